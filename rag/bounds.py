"""Which way a number is a bound: "5 % au plus" is not "5 % ou plus"."""

from __future__ import annotations

import re

from rag.words import fold

_NUMBER = r"\d[\d .,]*(?: ?%| pour cent| percent)?"
_LEAST = re.compile(
    rf"\b(?:au moins|plus d['e’]|minimum d['e’]|un minimum|superieure?s? a|at least|more than|over)\s*{_NUMBER}"
    rf"|{_NUMBER}\s*(?:\w+\s+)?(?:ou plus|ou davantage|au moins|au minimum|minimum|or more|at least)\b"
)
_MOST = re.compile(
    rf"\b(?:au plus|moins d['e’]|maximum d['e’]|inferieure?s? a|jusqu['’]a|at most|less than|up to|under)\s*{_NUMBER}"
    rf"|\bne (?:doit |devrait )?(?:pas )?depass\w*(?: pas)?\s*(?:les )?{_NUMBER}"
    rf"|{_NUMBER}\s*(?:\w+\s+)?(?:ou moins|au plus|au maximum|maximum|or less|at most)\b"
)


def bounds(text: str) -> frozenset[str]:
    """The ways in which ``text`` makes a number a bound: "least", "most", both or neither."""
    folded = fold(text)
    return frozenset(way for way, pattern in (("least", _LEAST), ("most", _MOST)) if pattern.search(folded))


def turned_bound(claim: str, quote: str) -> bool:
    """Whether ``claim`` makes a bound of a number, and ``quote`` none of that way."""
    said = bounds(claim)
    return bool(said) and not said & bounds(quote)
