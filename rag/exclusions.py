"""What a sentence lets in that its quote keeps out: excluded days, offers that nobody refused, what is set aside.

All are denials without a word of denial, so that the gate for those does not see them.
"""

from __future__ import annotations

import re

from rag.words import fold, language_of, stems

_FREE = ("week-end", "weekend", "samedi", "dimanche", "ferie", "nuit", "saturday", "sunday", "weekend", "holiday")
_DAYS = re.compile(rf"\b({'|'.join(_FREE)})s?\b")
_KEEPS_OUT = re.compile(
    r"\b(exclu\w*|interdi\w*|proscri\w*|prohib\w*|sauf|hors|hormis|except\w*|ni|jamais|aucun\w*|pas|not?|never|forbid\w*)\b"
)
_REFUSES = re.compile(r"\b(refus\w*|rejet\w*|renonc\w*|decline[dr]?s?|reject\w*)\b")
_ASIDE = re.compile(
    r"\b(?:au lieu d(?:e |')|plutot qu(?:e |')(?:d(?:e |'))?|et non (?:pas )?|instead of |rather than "
    r"|en (?:lugar|vez) de )(?P<what>[^,;:.()]+)"
)
_SENTENCE = re.compile(r"(?<=[.;:!?])\s+")


def lets_in(claim: str, quote: str) -> bool:
    """Whether ``claim`` holds of free days what ``quote`` does not say of them, or says that they are kept out of.

    Only what ``claim`` itself does not keep out counts. Both are sentences in their articles' spelling.
    """
    said = fold(claim)
    named = set(_DAYS.findall(said))
    if not named or _KEEPS_OUT.search(said):
        return False
    parts = [part for part in _SENTENCE.split(fold(quote)) if _DAYS.search(part)]
    return all(_KEEPS_OUT.search(part) for part in parts)


def refuses_alone(claim: str, quote: str) -> bool:
    """Whether ``claim`` says that somebody refused something and ``quote`` does not."""
    return bool(_REFUSES.search(fold(claim))) and not _REFUSES.search(fold(quote))


def says_set_aside(claim: str, quote: str) -> bool:
    """Whether ``claim`` tells as so what ``quote``, in the same language, only sets aside: « au lieu de taper sur des
    touches » is no « en utilisant des touches ».
    """  # noqa: D205
    said = fold(claim)
    if _ASIDE.search(said):
        return False
    told, language = fold(quote), language_of(quote)
    aside = [match["what"] for match in _ASIDE.finditer(told)]
    if not aside:
        return False
    besides, held = set(stems(_ASIDE.sub(" ", told), language)), set(stems(said, language))
    return any(len((own := set(stems(what, language)) - besides) & held) * 2 >= len(own) > 0 for what in aside)
