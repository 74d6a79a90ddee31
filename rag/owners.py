"""Which sentence belongs to which passage, for millions of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Owners:
    """``passages`` (n,), rising, are the keys of the passages that own the sentences ``keys`` (n,)."""

    passages: Keys
    keys: Keys

    def __len__(self) -> int:
        """How many sentences there are."""
        return len(self.keys)

    def sum(self) -> str:
        """A digest of all of it."""
        return hashlib.sha256(self.passages.tobytes() + self.keys.tobytes()).hexdigest()

    def of(self, sentences: Sequence[int]) -> list[int]:
        """The passages that own these sentences, in their order. Raises ``KeyError`` for one that is not there."""
        order = np.argsort(self.keys, kind="stable") if len(self) and (np.diff(self.keys) < 0).any() else None
        rising = self.keys if order is None else self.keys[order]
        places = np.minimum(np.searchsorted(rising, sentences), max(len(self) - 1, 0))
        if not len(sentences):
            return []
        if not len(self) or (rising[places] != np.asarray(sentences)).any():
            raise KeyError("a sentence without a passage")
        found: list[int] = self.passages[places if order is None else order[places]].tolist()
        return found

    def sentences(self, passage: int) -> Keys:
        """The sentences of a passage."""
        first, last = np.searchsorted(self.passages, [passage, passage + 1])
        return self.keys[first:last]

    def among(self, passages: Keys) -> Keys:
        """The sentences of all these passages."""
        return self.keys[np.isin(self.passages, passages)]

    def changed(self, gone: Keys, newer: Owners) -> Owners:
        """Without the sentences of the passages ``gone``, and with those of ``newer``, which come behind."""
        if len(gone):
            kept = ~np.isin(self.passages, gone)
            self = Owners(self.passages[kept], self.keys[kept])
        if not len(newer):
            return self
        return Owners(np.concatenate([self.passages, newer.passages]), np.concatenate([self.keys, newer.keys]))


def owners_of(connection: sqlite3.Connection, first: int, last: int) -> Owners:
    """Those of the passages whose keys are above ``first`` and at most ``last``."""
    sql = "SELECT passage, key FROM sentences WHERE passage > ? AND passage <= ? ORDER BY passage, key"
    pairs = np.fromiter(connection.execute(sql, (first, last)), np.dtype((np.int64, 2)))
    return Owners(np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]))
