"""The nearest vectors by comparing all, and questions to measure by how many of them an index finds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

SAMPLE = 200
"""Questions of which recall is measured when an index is built: each the mean of so many stored vectors."""
MEAN_OF = 3
"""A stored vector is too easy a question: its nearest stand out, those of a real one do not."""


def questions(sample: Floats) -> Floats:
    """Unit vectors (q, d) that lie as real questions do: near to several stored vectors, very near to none."""
    count = min(SAMPLE, len(sample) // MEAN_OF)
    parts = sample[np.linspace(0, len(sample) - 1, count * MEAN_OF).astype(np.int64)]
    mixed = parts.reshape(MEAN_OF, count, -1).mean(0)
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def nothing_yet(queries: int) -> tuple[Floats, Ids]:
    """Scores and ids (q, 10) before ``nearer`` has seen any."""
    return np.full((queries, 10), -np.inf, np.float32), np.full((queries, 10), -1, np.int64)


def nearer(nearest: tuple[Floats, Ids], scores: Floats, ids: Ids) -> tuple[Floats, Ids]:
    """The ten best of those so far and of new ``scores`` (q, n) of ``ids`` (n,)."""
    best = np.argpartition(-scores, min(10, scores.shape[1] - 1), axis=1)[:, :10]
    both = np.hstack([nearest[0], np.take_along_axis(scores, best, 1)])
    names = np.hstack([nearest[1], ids[best]])
    order = np.argsort(-both, axis=1)[:, :10]
    return np.take_along_axis(both, order, 1), np.take_along_axis(names, order, 1)
