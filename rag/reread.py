"""The reader's second look at the first hits: a new order, and for each the probability that it answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from embeddings.reader import Reader
from rag.hits import Hit
from rag.trace import traced

LANGUAGES = frozenset({"fr"})
"""Languages of the questions that are read with the hits: it was trained on French ones, and put the right passage of
English ones further down (``benchmarks/robust.py``)."""
FIRST = 4
"""Hits read at once; when one of them is sure to answer, no more are read."""
MOST = 12
"""Hits read when none of the first is."""
SURE = 0.5
"""P(answers) from which a hit is sure: reading on then changed no figure (``benchmarks/fit_retrieval.py``)."""
SHARE, FUSED, INTERCEPT = 0.710, 2.839, -3.939
"""Logistic model of P(a hit answers) over the reader's log odds and the fused score (0 to 1), by the same script: the
ratio of the first two is the one that ranks best, their size and the third make the probability calibrated."""


@traced("reread")
def reread(reader: Reader, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """``hits`` in their new order: those read by falling P(answers), then the rest as they were.

    ``score`` becomes P(answers), calibrated (``benchmarks/fit_retrieval.py`` fits it); that of hits not read lies below
    all of those read.
    """
    read: list[Hit] = []
    for part in (hits[:FIRST], hits[FIRST:MOST]):
        readings = reader.read(question, [(_about(hit), hit.text) for hit in part])
        for hit, reading in zip(part, readings, strict=True):
            answers = probability(reading.score, hit.score)
            read.append(replace(hit, score=answers, answers=answers, reading=reading))
        if any((hit.answers or 0.0) >= SURE for hit in read):
            break
    read.sort(key=lambda hit: -hit.score)
    rest = hits[len(read) :]
    lowest = min((hit.score for hit in read), default=0.0)
    highest = max((hit.score for hit in rest), default=1.0) or 1.0
    ordered = [*read, *(replace(hit, score=lowest * hit.score / highest) for hit in rest)]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1))


def probability(read: float, fused: float) -> float:
    """P(a hit answers) from the reader's log odds and the fused score."""
    return 1.0 / (1.0 + math.exp(-(SHARE * read + FUSED * fused + INTERCEPT)))


def _about(hit: Hit) -> str:
    """Title and heading, unless the title is only a file's name."""
    title = "" if hit.title == hit.article else hit.title
    return ". ".join(part for part in (title, hit.heading) if part)
