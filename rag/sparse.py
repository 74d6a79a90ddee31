"""BM25 as a product of two sparse vectors, one of the question and one of the passage, for engines that search those.

A passage's weight of a stem is the part of ``rag.bm25`` that belongs to the passage, fields and length included; the
question's is the stem's inverse document frequency when it is asked. Engines that compute BM25 themselves know neither
our fields nor our length, and some count frequencies by segment.

The mean length changes with every article, and passages cannot all be written anew: ``PIVOT`` stands in for it. That
moves scores a little, not candidates by much, and those are scored again exactly (``rag.bm25``).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from rag.bm25 import FIELD_WEIGHTS, K1, B

PIVOT = 40.0
"""Stems of a typical passage's body."""

DIMENSIONS = 2**32 - 2
"""Milvus takes dimensions below 2³² - 1. Two stems meet in one once in some 10⁹ pairs; exact scores part them again."""

_NOTHING = {0: 1e-6}
"""Of a passage without stems: Milvus refuses an empty vector, and no stem has dimension 0."""


def dimension(stem: str) -> int:
    """Where a stem's weight stands: its CRC-32, which every version and machine computes alike."""
    return zlib.crc32(stem.encode("utf-8", "surrogatepass")) % (DIMENSIONS - 1) + 1


def passage_weights(words: Sequence[str]) -> dict[int, float]:
    """A passage's sparse vector; ``words`` are its stems by field, the body last (space-separated)."""
    counts: dict[str, float] = {}
    for field, weight in zip(words, FIELD_WEIGHTS, strict=True):
        for stem in field.split():
            counts[stem] = counts.get(stem, 0.0) + weight
    normal = K1 * (1 - B + B * len(words[-1].split()) / PIVOT)
    return {dimension(stem): count * (K1 + 1) / (count + normal) for stem, count in counts.items()} or dict(_NOTHING)


def question_weights(weights: Mapping[str, float]) -> dict[int, float]:
    """A question's sparse vector; ``weights`` are its stems' inverse document frequencies."""
    return {dimension(stem): weight for stem, weight in weights.items()}
