"""Which sentence belongs to which passage, for millions of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]


def held(keys: Keys, chosen: Keys) -> NDArray[np.bool_]:
    """Whether each of ``keys`` (n,) is among ``chosen``; quicker than ``isin`` for a database's dense keys."""
    highest = max(int(keys.max(initial=0)), int(chosen.max(initial=0)))
    if highest > 64 * (len(keys) + len(chosen)) + (1 << 20):
        return np.isin(keys, chosen)
    table = np.zeros(highest + 1, bool)
    table[chosen] = True
    return table[keys]


@dataclass(frozen=True, slots=True)
class Owners:
    """``passages`` (n,), rising, are the keys of the passages that own the sentences ``keys`` (n,).

    ``order`` (n,) sorts ``keys``; None where they rise by themselves, as they do unless somebody copied rows.
    """

    passages: Keys
    keys: Keys
    order: NDArray[np.int64] | None = None

    @classmethod
    def sorted(cls, passages: Keys, keys: Keys) -> Owners:
        """With the ``order`` that the keys need."""
        order = None if (np.diff(keys) > 0).all() else np.argsort(keys, kind="stable")
        return cls(passages, keys, order)

    def __len__(self) -> int:
        """How many sentences there are."""
        return len(self.keys)

    def sum(self) -> str:
        """A digest of all of it."""
        return hashlib.sha256(self.passages.tobytes() + self.keys.tobytes()).hexdigest()

    def of(self, sentences: Sequence[int]) -> list[int]:
        """The passages that own these sentences, in their order. Raises ``KeyError`` for one that is not there."""
        if not len(sentences):
            return []
        sorter = self.order
        places = np.searchsorted(self.keys, sentences, sorter=sorter)
        places = np.minimum(places, len(self) - 1)
        places = places if sorter is None else sorter[places]
        if not len(self) or (self.keys[places] != np.asarray(sentences)).any():
            raise KeyError("a sentence without a passage")
        found: list[int] = self.passages[places].tolist()
        return found

    def sentences(self, passages: Sequence[int]) -> list[Keys]:
        """The sentences of each of these passages."""
        first = np.searchsorted(self.passages, passages).tolist()
        last = np.searchsorted(self.passages, passages, side="right").tolist()
        return [self.keys[start:end] for start, end in zip(first, last, strict=True)]

    def among(self, passages: Keys) -> Keys:
        """The sentences of all these passages."""
        return self.keys[held(self.passages, passages)]

    def changed(self, gone: Keys, newer: Owners) -> Owners:
        """Without the sentences of the passages ``gone``, and with those of ``newer``, which come behind."""
        if len(gone):
            kept = ~held(self.passages, gone)
            self = Owners.sorted(self.passages[kept], self.keys[kept])
        if not len(newer):
            return self
        passages = np.concatenate([self.passages, newer.passages])
        return Owners.sorted(passages, np.concatenate([self.keys, newer.keys]))


def owners_of(connection: sqlite3.Connection, first: int, last: int) -> Owners:
    """Those of the passages whose keys are above ``first`` and at most ``last``."""
    sql = "SELECT passage, key FROM sentences WHERE passage > ? AND passage <= ? ORDER BY passage, key"
    pairs = np.fromiter(connection.execute(sql, (first, last)), np.dtype((np.int64, 2)))
    return Owners.sorted(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]))
