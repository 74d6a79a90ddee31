"""What a sentence tells as so and its quote only as supposed: « le projet aurait laissé appeler le samedi »."""

from __future__ import annotations

import re

from rag.words import fold, language_of, stems

_SUPPOSED = re.compile(r"\b(?:aurai(?:en)?t|serai(?:en)?t|would (?:not )?(?:have|be)|might have|(?:habri|seri)an?)\b")
_NOT_TOLD_AS_SO = re.compile(
    r"\b(?:\w{2,}rai(?:en)?t|sera|seront|aura|auront|peut|peuvent|doit|doivent|proje\w+|plan\w*|prev\w+|envisag\w+|would"
    r"|could|should|might|may|can|will|\w{2,}ria[ns]?|sera[n]?|puede[n]?|deb\w+)\b"
)
_CLAUSE = re.compile(r"(?<=[.;:,!?])\s+")


def only_supposed(claim: str, quote: str) -> bool:
    """Whether ``claim`` tells as so what the clause of ``quote`` that shares most with it says would be or have been.

    Both are sentences in their articles' spelling, in one language; a claim that itself tells of a project, a future
    or a possibility is none that tells something as so.
    """
    if not _SUPPOSED.search(fold(quote)) or _NOT_TOLD_AS_SO.search(fold(claim)):
        return False
    language = language_of(quote)
    said = set(stems(claim, language))
    # Of clauses that share as much, one that tells it as so.
    shared = [
        (len(said & set(stems(clause, language))), not _SUPPOSED.search(fold(clause)))
        for clause in _CLAUSE.split(quote)
    ]
    return not max(shared)[1]
