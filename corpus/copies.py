"""Articles that say the same: whole, nearly, or in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from corpus.furniture import fold
from corpus.sheet import Finding, Sheet, words

SHINGLE = 5
"""Words."""
NEAR = 0.3
"""Share of the shorter article's shingles that make two articles near duplicates."""
_LONG_SENTENCE = 8
"""Words from which a sentence shared by two articles is no accident."""


def find_copies(sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """Yield errors for articles that repeat another one, whole or nearly, and warnings for repeated sentences.

    Near duplicates are found by containment of shingles (A. Broder, "On the resemblance and containment of
    documents", 1997): the share of the one's runs of ``SHINGLE`` words that stand in the other.
    """
    shingles = [_shingles(sheet.body) for sheet in sheets]
    told: set[int] = set()
    for (i, one), (j, other) in combinations(enumerate(sheets), 2):
        if fold(str(one.fields.get("title", ""))) == fold(str(other.fields.get("title", "-"))):
            yield other.error("title", other.field_line("title"), f"has the title of {one.path.name}: give it its own.")
        shorter = min(len(shingles[i]), len(shingles[j]))
        shared = len(shingles[i] & shingles[j]) / shorter if shorter else 0.0
        if shared >= NEAR:
            told.add(j)
            degree = "is a copy" if shared == 1 else f"repeats {shared:.0%} of the wording"
            yield other.error("duplicate", other.opening, f"{degree} of {one.path.name}: merge the two or rewrite one.")
    yield from _sentences([sheet for number, sheet in enumerate(sheets) if number not in told])


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    found = [word.casefold() for word in words(text)]
    return frozenset(tuple(found[i : i + SHINGLE]) for i in range(len(found) - SHINGLE + 1))


def _sentences(sheets: Sequence[Sheet]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Sheet] = {}
    for sheet in sheets:
        for span in sheet.sentences():
            found = tuple(word.casefold() for word in words(sheet.body[span.start : span.end]))
            if len(found) < _LONG_SENTENCE:
                continue
            other = first.setdefault(found, sheet)
            if other is not sheet:
                message = f"repeats a sentence of {other.path.name}: say it in other words, or once."
                yield sheet.warning("duplicate", sheet.line(span.start), message)
