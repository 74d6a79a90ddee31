"""How hard a French text is to read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.sheet import words

_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüÿœæ]+")
_MUTE = re.compile(r"(?<=[^aeiouyàâäéèêëîïôöùûüÿœæ])es?\b")


def syllables(word: str) -> int:
    """Return about how many syllables of a French word are spoken: groups of vowels, mute final e's aside."""
    return max(1, len(_VOWELS.findall(_MUTE.sub("", word.lower()))))


def kandel_moles(sentences: Sequence[str]) -> float:
    """Return the reading ease of French sentences: 100 is very easy, 0 very hard; either may be exceeded.

    207 − 1.015 · words per sentence − 73.6 · syllables per word, Flesch's formula as L. Kandel and A. Moles fitted it
    to French in 1958 (constants: www.cordial.fr/descr_technique/lisibilite.htm). Raises ValueError without a word.
    """
    counted = [found for sentence in sentences if (found := words(sentence))]
    total = sum(map(len, counted))
    if not total:
        raise ValueError("a text without words has no reading level")
    spoken = sum(syllables(word) for found in counted for word in found)
    return 207 - 1.015 * total / len(counted) - 73.6 * spoken / total
