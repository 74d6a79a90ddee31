"""Text as the metrics compare it: no case, no accents, one kind of apostrophe, space and digit grouping."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PLAIN = str.maketrans(
    {mark: "'" for mark in "’‘‛ʼʹ′`´＇"}
    | {mark: '"' for mark in "«»“”„‟″"}
    | {mark: "-" for mark in "‐‑‒–—―−"}
    | {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "\u00ad": None}
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff")
)
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_MARK = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """``text`` in lower case, without accents, with plain apostrophes, quotes, hyphens and single spaces.

    Digits grouped in threes by a space of any kind are joined: "1 500" and "1500" are the same text. Leading
    and trailing white space goes.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN)).casefold()
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # NFKD turns a stand-alone accent such as "´" into a space and a combining mark, hence the translation
    # first.
    spaced = " ".join(bare.split())
    return _GROUPED.sub(lambda found: found.group().replace(" ", ""), spaced)


def without_marks(answer: str) -> str:
    """``answer`` without its [n] marks, so that the 1 of "[1]" is not taken for a figure of the answer."""
    return _MARK.sub("", answer)


def words(text: str) -> list[str]:
    """Return the folded words of ``text`` in order, digits included; apostrophes and hyphens part words."""
    return _WORD.findall(fold(text))


def numbers(text: str) -> set[str]:
    """Return the numbers written in digits, each in one normal form.

    "1 500", "1.500" and "1500" are ``1500``, "4,80" is ``4.8``. A point or comma before exactly three digits
    groups them (unless a lone 0 stands before it, as in "0,125"); any other is the decimal mark. Leading
    zeros go, so that the "06" of a date is the 6 of a sentence.
    """
    found = set()
    for written in _NUMBER.findall(fold(text)):
        if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", written):
            found.add(re.sub(r"\D", "", written))
        elif re.fullmatch(r"\d+[.,]\d+", written):
            whole, part = re.split(r"[.,]", written)
            part = part.rstrip("0")
            found.add(f"{int(whole)}.{part}" if part else str(int(whole)))
        else:
            found.update(str(int(digits)) for digits in re.findall(r"\d+", written))
    return found
