"""Text → sentences, as spans.

French is split by the rules below. ``sentencex`` was tried first and kept for the other languages: in French it
breaks after "M." and inside "J.-C.", never after "etc." or "…", and joins every quotation to what stands around
it, so that correcting it took more code than finding the stops.
"""

from __future__ import annotations

import bisect
import re

from corpus.article import Span

_CLOSERS = "»”\")\\]’'›"
# The look-behind lets a run of stops be tried once only: without it a million dots take quadratic time.
_STOP = re.compile(
    rf"(?<![.!?…])(?P<stop>[.!?…]++)(?P<tail>(?:(?:[ \u00a0\u202f]{{0,2}}[»›]|[{_CLOSERS}])[.!?…]{{0,3}}){{0,4}})"
    r"(?P<gap>\s*+)"
)
_LINE = re.compile(r"[^\n]+")
_LAST_WORD = re.compile(r"[^\s(«“\"'’\[]{1,24}$")
_INITIALS = re.compile(r"(?:\w\.-?)*\w", re.UNICODE)
_ENUMERATOR = re.compile(r"\s*(?:[•*–-]\s*)?\(?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[IVX]{1,5}|[A-Za-z])")
_WORD = re.compile(r"[^\W\d_]+")

# Abbreviations after which a capital or a figure goes on with the sentence.
_ABBREVIATIONS_WORDS = (
    "m mm mme mmes mlle mlles dr drs pr me mgr st ste sts vve cf art al p pp vol n no nos fig chap coll "
    "dir éd ed av apr hab tél tel fax réf ref bd boul env ex resp spéc suppl trad ann adj adv num réd "
    "sect par c.-à-d p.ex p.-ex mr mrs ms prof sr jr vs approx"
)
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_WORDS.split())
# Abbreviations which end a sentence as often as not: a capital after them begins the next one.
_OPENER_WORDS = (
    "il elle ils elles on nous vous je ce cet cette ces cela ceci un une des l d c s j n qu en dans pour "
    "mais et ou or donc car puis ainsi après avant depuis si son sa ses leur leurs notre nos votre vos à "
    "au aux par sur sous avec sans quand comme lorsque enfin aujourd hier pourtant cependant toutefois "
    "selon chez tout tous toute plusieurs certains chaque même"
)
OPENERS = frozenset(_OPENER_WORDS.split())
"""Common words that open French sentences."""
_ARTICLES = frozenset({"le", "la", "les", "du"})
_WINDOW = 5000
"""Characters."""
_LONGEST_ASIDE = 250
"""Characters: a quotation or parenthesis up to this long stays in one sentence, a longer one may be broken."""


def sentence_spans(text: str, language: str) -> tuple[Span, ...]:
    """Return the sentences of ``text`` in order, trimmed: every character outside the spans is white space.

    A line break ends a sentence. ``language`` is ISO 639-1; a code that no rule knows is split like English.
    Takes time linear in the length of the text.
    """
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        inside = line.group()
        cuts = _french_cuts(inside) if language == "fr" else _other_cuts(inside, language)
        for start, end in zip([0, *cuts], [*cuts, len(inside)], strict=True):
            piece = inside[start:end]
            if piece.strip():
                first = line.start() + start + len(piece) - len(piece.lstrip())
                spans.append(Span(first, first + len(piece.strip())))
    return tuple(spans)


def _other_cuts(line: str, language: str) -> list[int]:
    from sentencex import get_sentence_boundaries

    cuts: list[int] = []
    start = 0
    while start < len(line):
        # sentencex takes time quadratic in the number of quotation marks.
        window = line[start : start + _WINDOW]
        ends = sorted(
            {int(found["end_index"]) for found in get_sentence_boundaries(language, window)} - {0, len(window)}
        )
        if start + len(window) < len(line):
            # The last sentence may go on beyond the window.
            following = ends[-1] if ends else len(window)
            ends = ends or [following]
        else:
            following = len(window)
        cuts += [start + end for end in ends]
        start += following
    return cuts


def _french_cuts(line: str) -> list[int]:
    """Return the places where a sentence ends and another begins, in order."""
    asides = _short_asides(line)
    opened = [span.start for span in asides]
    cuts: list[int] = []
    begun = 0
    for found in _STOP.finditer(line):
        end = found.end("tail")
        if found.end() >= len(line) or not _ends_sentence(line, found, begun):
            continue
        around = bisect.bisect_right(opened, found.start()) - 1
        if around >= 0 and end < asides[around].end:
            continue
        cuts.append(end)
        begun = end
    return cuts


def _ends_sentence(line: str, found: re.Match[str], begun: int) -> bool:
    after = line[found.end()]
    if not found["gap"]:
        return _ends_without_space(line, found)
    if after.islower() or after in ",;:)]»%":
        return False
    if found["stop"] != "." or found["tail"]:
        return True
    return not _is_abbreviation(line, found, begun)


def _ends_without_space(line: str, found: re.Match[str]) -> bool:
    """Tell whether a stop that a capital follows at once ends a sentence: scraped pages lose such spaces."""
    before, after = line[max(0, found.start() - 4) : found.start()], line[found.end() : found.end() + 2]
    if not (after[0].isupper() and (len(after) == 1 or after[1].islower() or after[1] in "'’ ")):
        return False
    if found["stop"] in ("?", "!") or found["tail"]:
        return before[-1:].isspace() or before[-1:].isalpha()
    return len(before) > 2 and before[-3:].isalpha() and before[-3:].islower() and found["stop"] == "."


def _is_abbreviation(line: str, found: re.Match[str], begun: int) -> bool:
    dot = found.start()
    word = _LAST_WORD.search(line, max(begun, dot - 24), dot)
    if word is None:
        return False
    head = word.group().lower()
    if head in _ABBREVIATIONS:
        return True
    if _ENUMERATOR.fullmatch(line, begun, dot):
        return True
    if not _INITIALS.fullmatch(word.group()) or head.isdigit():
        return False
    if len(head) == 1 and not word.group().isupper():
        return False
    following = _WORD.match(line, found.end())
    opener = following.group().lower() if following else ""
    # "J. Le Goff" is a name, "avant J.-C. Le temple" is two sentences.
    return opener not in OPENERS and not (len(head) > 1 and opener in _ARTICLES)


def _short_asides(line: str) -> list[Span]:
    """Return the quotations and parentheses that must not be broken, in order, without overlap."""
    found: list[Span] = []
    pairs = {"«": "»", "“": "”", "(": ")"}
    opened: int | None = None
    closer = ""
    for match in re.finditer(r"[«»“”()]", line):
        mark = match.group()
        if opened is not None and mark == closer:
            if match.start() - opened <= _LONGEST_ASIDE:
                found.append(Span(opened, match.start()))
            opened = None
        elif mark in pairs and (opened is None or match.start() - opened > _LONGEST_ASIDE or pairs[mark] == closer):
            opened, closer = match.start(), pairs[mark]
    return found
