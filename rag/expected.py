"""The kind of answer that a question expects (a time, a number, a share, a price, somebody), and whether texts hold it.

"En quelle année Tarsus a-t-il acheté le SECA ?" is not answered by sentences on the sale that name no year, however
near they are (expected answer types: Li and Roth, "Learning Question Classifiers", COLING 2002).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.counted import TIMES, asks_duration, asks_price, asks_share, holds_price, holds_share, near
from rag.quotes import names
from rag.words import MONTHS, fold, words

_AND = r"(?:et|mais|and|but|y)"
_WHEN = re.compile(
    rf"^\W*(?:{_AND} )?(?:\w+ {_AND} )?(?:(?:depuis|de|pour|a partir de|jusqu'a|since|until|from|desde|hasta) )?"
    rf"(?:quand|when|cuando)\b|\b{_AND} (?:quand|when|cuando)\b"
    r"|\b(?:quel(?:le)? (?:annee|date|jour|mois|siecle)|what (?:year|date|day)|que (?:ano|fecha|dia))\b"
)
"""Not the « quand » of "que faire quand …"."""
_NUMBER = re.compile(
    r"\b(?:combien|how (?:many|much|long)|cuant[oa]s?"
    r"|quel(?:le)? (?:est |etait |a ete )?(?:le |la |son |sa |leur )?(?:nombre|pourcentage|prix|montant|taux|cout"
    r"|chiffre|part|proportion|somme|duree|salaire|budget|effectif|amende)"
    r"|what (?:is the |was the )?(?:average |mean |total )?(?:percentage|price|share|amount|number|cost|rate|salary"
    r"|\w+ time))\b"
)
_WHO = re.compile(
    rf"^\W*(?:{_AND} )?(?:(?:par|chez|avec|by|with|por) )?(?:qui\b(?! (?:est|sont)-ce)|who\b|whom\b|quien(?:es)?\b)"
)
_OF_AN_ARTICLE = re.compile(
    r"publi|paru|parait|\becrit\b|\bsigne\b|redige|written|wrote|appear|escrib|\barti(?:cle|culo)"
)
"""What asks for an article's author or date, which its text need not hold."""

_DATES = re.compile(rf"\b(1\d{{3}}|20\d\d)\b|\b({'|'.join(fold(month) for month in MONTHS)})\b|\bsiecle\b")
_NUMBERS = re.compile(
    r"\d+|%|\b(deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|cent|mille|millions?|milliards?"
    r"|moitie|tiers|quart|dizaines?|centaines?)\b"
)

Holds = Callable[[str], bool]


def untyped(question: str, language: str, texts: Sequence[str]) -> float:
    """The share of ``texts``, 0 to 1, that hold nothing of the kind that ``question`` expects beyond what it says
    itself; 0 for a question that expects none of these kinds.
    """  # noqa: D205
    holds = _expected(question, language)
    if holds is None or not texts:
        return 0.0
    return sum(not holds(text) for text in texts) / len(texts)


def _expected(question: str, language: str) -> Holds | None:
    asked, said = fold(question), set(words(question))
    if _OF_AN_ARTICLE.search(asked):
        return None
    # The words for what is counted are the articles' only in their language.
    if language == "fr" and asks_share(asked):
        return holds_share
    if language == "fr" and asks_duration(asked):
        return lambda text: near(text, TIMES)
    if language == "fr" and asks_price(asked):
        return holds_price
    if _NUMBER.search(asked):
        return lambda text: any(found.group() not in said for found in _NUMBERS.finditer(fold(text)))
    if _WHEN.search(asked):
        return lambda text: any(found.group() not in said for found in _DATES.finditer(fold(text)))
    if _WHO.search(asked):
        # Its first word may be the name.
        return lambda text: bool(names(f"x {text}") - said)
    return None
