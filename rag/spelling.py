"""Misspelt words: the index's own word nearest to one that the index does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

SHORTEST = 4
"""Letters: shorter stems are too near to too many others."""
TWO_EDITS = 7
"""Letters from which a stem may differ by two edits; below, and where a letter is taken off, by one."""
_ELIDED = frozenset("cdjlmnst")
"""What is left of a word before an apostrophe; written without it ("lappel"), it hides the word."""


def respelt(
    terms: Sequence[str], vocabulary: Mapping[str, Mapping[str, int]], function_words: Iterable[str] = ()
) -> tuple[str, ...]:
    """For each of ``terms`` (stems) that is not in ``vocabulary`` the nearest stem that is, if one is near.

    ``vocabulary`` says, by first letter, in how many passages each stem stands. Nearest is what the fewest edits make
    of the term (insert, delete, replace, swap neighbours: the Damerau–Levenshtein distance in its optimal string
    alignment form; Damerau 1964 found four typing errors in five to be one such edit); then what stands in most
    passages. The first letter must agree, since it is seldom wrong (Pollock and Zamora 1984). A term as near to one of
    ``function_words`` is that, misspelt ("coment"), and brings nothing.
    """
    unknown = [
        term
        for term in dict.fromkeys(terms)
        if len(term) >= SHORTEST and term.isalpha() and term not in vocabulary.get(term[0], ())
    ]
    nearest = (_nearest(term, vocabulary, list(function_words)) for term in unknown)
    return tuple(dict.fromkeys(term for term in nearest if term and term not in terms))


def _nearest(term: str, vocabulary: Mapping[str, Mapping[str, int]], function_words: Sequence[str]) -> str | None:
    """The nearest stem of ``vocabulary``; None when none is near or a function word is as near."""
    candidates: list[tuple[int, float, str]] = []
    for written in (term, term[1:]) if term[0] in _ELIDED else (term,):
        edits = 2 if len(written) >= TWO_EDITS and written == term else 1
        known = vocabulary.get(written[0], {})
        candidates += [(distance, 0.0, "") for _, distance in _near(written, function_words, edits)]
        candidates += [(distance, 1 / known[near], near) for near, distance in _near(written, list(known), edits)]
    return min(candidates, default=(0, 0.0, ""))[2] or None


def _near(term: str, words: Sequence[str], edits: int) -> list[tuple[str, int]]:
    """Those of ``words`` at most so many edits from ``term``, with their number."""
    from rapidfuzz.distance import OSA  # only a question with an unknown word needs it
    from rapidfuzz.process import extract

    if len(term) < SHORTEST:
        return []
    found = extract(term, words, scorer=OSA.distance, score_cutoff=edits, limit=None)
    return [(near, int(distance)) for near, distance, _ in found if near[0] == term[0] and len(near) >= SHORTEST]
