"""The figures and proper names of an article: what a reader may want to see a source for.

Found by form alone. Numbers written in letters are not found; a capital at the start of a sentence counts only where
the word is never written small in the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.sentences import OPENERS
from corpus.sheet import Sheet

_MONTH = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_NUMBER = r"\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?"
_SPACE = r"[ \u00a0\u202f]"
_UNIT = (
    rf"(?:{_SPACE}(?:millions|million|milliards|milliard)\b)?(?:{_SPACE}(?:d[’']|de{_SPACE})?(?:euros|euro|dollars)\b|"
    rf"{_SPACE}?[%€$])?"
)
_FIGURE = re.compile(
    rf"\b\d{{1,2}}(?:er)?{_SPACE}{_MONTH}(?:{_SPACE}\d{{4}})?\b|\b{_MONTH}{_SPACE}\d{{4}}\b|"
    rf"\b[A-Za-z]*\d[\w]*(?:[./-]\w*\d\w*)+\b|\b{_NUMBER}(?![\d\w]){_UNIT}|\b\w*\d\w*\b",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ]"
_TOKEN = rf"{_CAPITAL}(?:[\w&.-]*\w)?"
_PARTICLE = rf"(?:(?:de|du|des|d[’']|l[’']|la|le|van|von|di|da|el|al){_SPACE}?)"
_NAME = re.compile(rf"(?<![\w]){_TOKEN}(?:{_SPACE}{_PARTICLE}{{0,2}}{_TOKEN})*")
_ELISION = re.compile(r"\b(?:[ldnsjcmtLDNSJCMT]|[Qq]u|[Ll]orsqu|[Pp]uisqu|[Jj]usqu)[’']")
_OPENING = re.compile(r"(?:[«“\"(:–—•-]\s*|[.!?…]\s+)$")

_NO_NAMES = OPENERS | {"le", "la", "les", "du", "voici", "prenons", "reprenons", "au-dessus", "au-dessous"}
"""Words that open sentences and may never be written small in a corpus."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure or name as it stands in the article, first on ``line``, in ``sentence``."""

    text: str
    line: int
    sentence: str

    @property
    def key(self) -> str:
        """What two mentions of the same fact share."""
        return fact_key(self.text)


def fact_key(text: str) -> str:
    """Return ``text`` in the form in which facts are compared: spaces in numbers, case and apostrophes alike."""
    plain = " ".join(text.replace("’", "'").split()).casefold()
    return re.sub(r"(?<=\d) (?=\d{3}\b)", "", plain)


def find_figures(sheet: Sheet, vocabulary: frozenset[str]) -> list[Fact]:
    """Return the figures and proper names of the article, each once, in order of their first mention.

    ``vocabulary`` are the words that the corpus writes small (``small_words``).
    """
    found: dict[str, Fact] = {}
    titles = fact_key(" ".join(str(value) for source in sheet.sources() for value in source.values()))
    for span in sheet.sentences():
        sentence = sheet.body[span.start : span.end]
        for start, text in sorted([*_figures(sentence), *_names(sentence, vocabulary, titles)]):
            fact = Fact(text, sheet.line(span.start + start), " ".join(sentence.split()))
            found.setdefault(fact.key, fact)
    return list(found.values())


def small_words(text: str) -> frozenset[str]:
    """Return the words that ``text`` writes without a capital."""
    return _NO_NAMES | frozenset(re.findall(r"\b[a-zà-öø-ÿœ][\wà-öø-ÿœ-]*", text))


def _figures(sentence: str) -> Iterator[tuple[int, str]]:
    for found in _FIGURE.finditer(sentence):
        yield found.start(), found.group().strip()


def _names(sentence: str, vocabulary: frozenset[str], titles: str) -> Iterator[tuple[int, str]]:
    plain = _ELISION.sub(lambda found: " " * len(found.group()), sentence)
    for found in _NAME.finditer(plain):
        start, end = found.span()
        opens = not plain[:start].strip() or _OPENING.search(plain[:start]) is not None
        if opens:
            first = re.split(r"[ \u00a0\u202f]", found.group(), maxsplit=1)[0]
            # "Relation Client Magazine" begins with a common word; the sources know it as a name.
            named = " " in found.group() and fact_key(found.group()) in titles
            if first.lower() in vocabulary and not first[1:2].isupper() and not named:
                rest = _NAME.search(plain, start + len(first), end)
                if rest is None:
                    continue
                start = rest.start()
        name = sentence[start:end].strip()
        if len(name) > 1 and not any(char.isdigit() for char in name):
            yield start, name
