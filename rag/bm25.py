"""BM25 over stems, with fields.

SQLite's own ``bm25()`` fixes k1 and b and gives a word that stands in half of the passages no weight at all, which in a
folder of five articles is the topic's name. It only picks candidates here; this scores them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

K1 = 1.2
B = 0.6
FIELD_WEIGHTS = (1.0, 0.7, 0.7, 1.0)
"""Weights of title, about (author, publication, date), heading and body, as in BM25F (Robertson et al., CIKM 2004)."""


def idf(frequency: int, total: int) -> float:
    """Inverse document frequency, ``log(1 + (N - n + 0.5) / (n + 0.5))``: never negative (as in Lucene)."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def bm25(weights: Mapping[str, float], fields: Sequence[str], average: float) -> float:
    """Score of one passage, 0 when it shares no term.

    ``weights`` are the question's terms with their idf, ``fields`` the passage's stems by field (space-separated),
    ``average`` the mean number of stems of a body, by which length is normalised.
    """
    frequencies: dict[str, float] = {}
    for field, weight in zip(fields, FIELD_WEIGHTS, strict=True):
        # Most terms are in no field: looking for the letters first spares most of the splitting and counting.
        if near := [term for term in weights if term in field]:
            stems = field.split()
            for term in near:
                if count := stems.count(term):
                    frequencies[term] = frequencies.get(term, 0.0) + weight * count
    if not frequencies:
        return 0.0
    length = len(fields[-1].split())  # the last field is the body
    normal = K1 * (1 - B + B * length / average) if average else K1
    return sum(weights[stem] * count * (K1 + 1) / (count + normal) for stem, count in frequencies.items())
