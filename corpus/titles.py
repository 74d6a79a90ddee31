"""Which line is the title, and what it says without its trimmings."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.bylines import envoy, read_byline
from corpus.clean import is_item, is_prose, shape
from corpus.dates import DATE
from corpus.furniture import fold
from corpus.names import people, publication

_LONGEST = 220
_MOST_WORDS = 32
_HEAD = 15
"""Lines among which a title is looked for."""
_KICKERS = frozenset(
    {"breve", "tribune", "interview", "entretien", "dossier", "chronique", "edito", "editorial", "actualite"}
    | {"analyse", "enquete", "reportage", "portrait", "avis d'expert", "point de vue", "communique", "opinion", "zoom"}
)
_WORD = re.compile(r"[^\W\d_]+")
# Acronyms of the trade that an article's text may not repeat.
_ACRONYMS_WORDS = (
    "afrc api b2b b2c bpo bfm cca cdd cdi cnil cpf crm cti cx dgccrf dsi dpo drh edf faq fcr ia iso it "
    "kpi mvno nps ocr pabx pci pdg pme pmi qvt rgpd rh roi rse saas seca sfr sms sncf sp2c svi tpe tv ue "
    "uk usa voip wfm"
)
_ACRONYMS = frozenset(_ACRONYMS_WORDS.split())


def find_title(lines: Sequence[str], dropped: set[int], end: int, repeated: frozenset[str]) -> int | None:
    """Return the index of the title among the lines before ``end`` (the first line of prose), None if untitled.

    A title is short and no sentence; it is likelier first, doubled, or right above the by-line.
    """
    candidates = [
        i
        for i in range(min(end, len(lines)))
        if lines[i] and i not in dropped and len(lines[i]) <= _LONGEST and len(lines[i].split()) <= _MOST_WORDS
    ]
    if not candidates or not any(line and i not in dropped and i > candidates[0] for i, line in enumerate(lines)):
        return None
    folds = Counter(fold(line) for line in lines[: end + 1] if line and len(line) <= _LONGEST)
    scores = {
        i: _score(lines, i, folds, repeated) - 0.6 * place + (1 if place == 0 else 0)
        for place, i in enumerate(candidates[:_HEAD])
    }
    best = max(scores, key=lambda i: (scores[i], -i))
    return best if scores[best] > 0 else None


def _score(lines: Sequence[str], i: int, folds: Mapping[str, int], repeated: frozenset[str]) -> float:
    line = lines[i]
    words = len(line.split())
    doubled = folds[fold(line)] > 1 or any(site_after(other, line) for other in lines[:_HEAD] if other)
    score = 4.0 * doubled + (words >= 3) + 0.5
    following = [other for other in lines[i + 1 : i + 8] if other][:3]
    below = [bool(read_byline(other)) or fold(other).startswith(("lecture", "publie")) for other in following]
    score += (2.0 if below[:1] == [True] else 1.0) * any(below) - 3.0 * (fold(line) in _KICKERS)
    score -= 2.5 * (line[-1] == "." and not line.endswith("..."))
    score -= 2.0 * (shape(line) in repeated)
    score -= 3.0 * (publication(line, alone=words <= 4) is not None)
    score -= 3.0 * is_item(line) + 1.0 * (line[-1] in ":,;") + 2.0 * (people(line) is not None and words <= 3)
    return score


def site_after(line: str, title: str) -> str | None:
    """Return the site's name in "Title - Name" or "Title | Name" if ``line`` is ``title`` with one after it."""
    rest = line[len(title) :] if title and line.startswith(title) else ""
    found = re.fullmatch(r"\s+[-–—|]\s+(?P<name>\S.{1,40})", rest)
    return found["name"] if found and len(found["name"].split()) <= 5 else None


def before_title(line: str, title: str, repeated: frozenset[str]) -> bool:
    """Tell whether a line above the title is the site's header or a rubric, not text."""
    return (
        len(line.split()) <= 5
        or shape(line) in repeated
        or publication(line, alone=True) is not None
        or site_after(line, title) is not None
        or (
            not is_prose(line)
            and re.search(r"\b(?:magazine|blog|site|portail|média|actualité)\b", line, re.I) is not None
        )
    )


def tidy_title(line: str, publication_name: str | None) -> str:
    """Return a title without envoy, date, footnote mark and the site's name after it."""
    title = " ".join(re.split(r"[ \t\n]+", line)).strip()
    sent = envoy(title)
    if sent:
        title = title.replace(sent[1], "")
    title = re.sub(rf"\s*[/|(–—-]?\s*(?:le )?{DATE.pattern}\)?\s*$", "", title, flags=re.IGNORECASE) or title
    parts = re.split(r"\s+[|]\s+|\s+[-–—]\s+(?=[^-–—|]*$)", title)
    if len(parts) > 1 and (
        fold(parts[-1]) == fold(publication_name or "")
        or publication(parts[-1])
        or ("|" in title and len(parts[-1].split()) <= 5)
    ):
        title = title[: title.rindex(parts[-1])]
    by = re.search(r"\s*[-–—|,]\s*(?:par|by) (?P<who>[^,|]+)$", title, flags=re.IGNORECASE)
    if by and people(by["who"]):
        title = title[: by.start()]
    title = title.strip(" \u00a0,;/|–—-#")
    return re.sub(r"(?<=\w)\*+(?=$|[\s,])", "", title).strip() or line


def sentence_case(title: str, body: str) -> str:
    """Return an all-capitals title in sentence case, each word as ``body`` writes it; any other title as it is.

    Words the body does not have are in small letters, known acronyms and words without a vowel excepted; the first
    word and one after an opening quotation mark keep their capital.
    """
    letters = [char for char in title if char.isalpha()]
    words = _WORD.findall(title)
    if not letters or any(char.islower() for char in letters) or len(letters) < 8:
        return title
    if len(words) == 1 and len(letters) < 8:
        return title
    known = _spellings(body)

    def calm(found: re.Match[str]) -> str:
        word = found.group()
        spelled = known.get(_bare(word)) if len(word) > 2 or word.lower() in _ACRONYMS else None
        if spelled is None:
            plain = _bare(word)
            keeps = plain in _ACRONYMS or (len(word) > 1 and not re.search(r"[aeiouy]", plain))
            spelled = word if keeps else word.lower()
        before = title[: found.start()].rstrip(" \u00a0\u202f")
        if not before or before[-1] in '«“".!?…' and not before.endswith("..."):
            spelled = spelled[0].upper() + spelled[1:]
        return spelled

    return _WORD.sub(calm, title)


def _spellings(body: str) -> dict[str, str]:
    """Return the usual form in ``body`` of each word without accents, those that begin a sentence left aside."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for found in re.finditer(r"(?<![.!?…«\n])[ ’'(«]+([^\W\d_]{2,30})", body[:100_000]):
        forms[_bare(found.group(1))][found.group(1)] += 1
    return {plain: counter.most_common(1)[0][0] for plain, counter in forms.items()}


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def title_from_file(path: Path, text: str) -> str:
    """Return a title for an untitled article: its file's name, made readable, and unlike how its text begins."""
    stem = "".join(char if char.isprintable() else " " for char in path.stem)
    title = " ".join(re.sub(r"[_\s]+|(?<=[^\W\d_])-(?=[^\W\d_])", " ", stem).split())[:120] or "Article"
    return title if not text.startswith(title) else f"{title} (fichier)"
