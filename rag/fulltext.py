"""Search by words: BM25 over the postings of one state of the store, and its vocabulary."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag import bm25
from rag.owners import held
from rag.postings import TENTHS, Postings, Row

Keys = NDArray[np.int64]
Mask = NDArray[np.bool_]
BLOCK = 256
"""Scores of which only the best is looked at first."""


def rows_after(connection: sqlite3.Connection, key: int) -> Iterator[Row]:
    """The stems of all passages whose key is above ``key``, keys rising."""
    return connection.execute(
        "SELECT rowid, title, about, heading, body FROM passage_words WHERE rowid > ? ORDER BY rowid", (key,)
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    """Postings and which of their passages (places) are still there; None: all."""

    postings: Postings
    kept: Mask | None

    def frequency(self, term: str) -> int:
        passages = self.postings.passages[self.postings.slice_of(term)]
        return len(passages) if self.kept is None else int(np.count_nonzero(self.kept[passages]))

    def normal(self, average: float) -> NDArray[np.float32]:
        """What BM25 adds to a count (n,): more for a longer passage than for one of ``average`` length."""
        lengths = self.postings.lengths.astype(np.float32)
        normal: NDArray[np.float32] = bm25.K1 * (1 - bm25.B + bm25.B * lengths / np.float32(average or 1.0))
        return normal

    def scores(self, weights: Mapping[str, float], normal: NDArray[np.float32]) -> NDArray[np.float32]:
        """BM25 (n,) of all passages, 0 for one that shares no stem or is gone."""
        scores = np.zeros(len(normal), np.float32)
        for term, weight in weights.items():
            where = self.postings.slice_of(term)
            passages = self.postings.passages[where]
            counts = self.postings.counts[where].astype(np.float32) / np.float32(TENTHS)
            # A stem stands once in the list of each of its passages, so that nothing is added twice here.
            scores[passages] += np.float32(weight * (bm25.K1 + 1)) * counts / (counts + normal[passages])
        if self.kept is not None:
            scores[~self.kept] = 0
        return scores


class Words:
    """The words of one state of the store: postings, what came since they were made, and without what went."""

    def __init__(self, base: Postings, newer: Postings, gone: Keys) -> None:
        """``gone`` are the keys of ``base`` that are no more; those of ``newer`` are all there, and above them."""
        self.base, self.newer = base, newer
        kept = None if not len(gone) else ~held(base.keys, gone)
        self._layers = (_Layer(base, kept), _Layer(newer, None))
        self.total = len(base.keys) - len(gone) + len(newer.keys)
        stems = int(base.lengths.sum() if kept is None else base.lengths[kept].sum()) + int(newer.lengths.sum())
        self.average = stems / self.total if self.total else 0.0
        self._letters: dict[str, dict[str, int]] = {}
        self._normals: dict[tuple[float, float], list[NDArray[np.float32]]] = {}

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term stands (absent: 0)."""
        return {term: sum(layer.frequency(term) for layer in self._layers) for term in dict.fromkeys(terms)}

    def score(self, terms: Sequence[str]) -> Scored:
        """BM25 of all passages for ``terms``."""
        weights = {term: bm25.idf(count, self.total) for term, count in self.frequencies(terms).items() if count}
        normals = self._normals.get((bm25.K1, bm25.B))
        if normals is None:
            normals = [layer.normal(self.average) for layer in self._layers]
            self._normals = {(bm25.K1, bm25.B): normals}
        return Scored([
            (layer.postings.keys, layer.scores(weights, normal))
            for layer, normal in zip(self._layers, normals, strict=True)
        ])  # fmt: skip

    def vocabulary(self) -> Vocabulary:
        """Every stem, by first letter."""
        return Vocabulary(self)

    def beginning(self, letter: str) -> dict[str, int]:
        """The stems that begin with ``letter``, and in how many passages each stands."""
        if letter not in self._letters:
            found: dict[str, int] = {}
            for layer in self._layers:
                for term, count in _beginning(layer, letter):
                    found[term] = found.get(term, 0) + count
            self._letters[letter] = found
        return self._letters[letter]

    def initials(self) -> list[str]:
        """The first letters of all stems, sorted."""
        found: set[str] = set()
        for layer in self._layers:
            number = 0
            while number < len(layer.postings):
                letter = layer.postings.term(number).decode("utf-8", "surrogatepass")[0]
                found.add(letter)
                number = layer.postings.first(_after(letter))
        return sorted(letter for letter in found if self.beginning(letter))


def _bound(scores: NDArray[np.float32], depth: int) -> float:
    """At most the ``depth``-th best of scores (n,), since so many blocks hold one as good; 0 for few scores."""
    count = len(scores) // BLOCK
    if count < depth:
        return 0.0
    return float(np.partition(scores[: count * BLOCK].reshape(count, BLOCK).max(axis=1), -depth)[-depth])


def _after(letter: str) -> bytes:
    """What comes right behind all words that begin with ``letter``: UTF-8 sorts as its characters do."""
    return letter.encode("utf-8", "surrogatepass") + b"\xff"


def _beginning(layer: _Layer, letter: str) -> Iterator[tuple[str, int]]:
    postings = layer.postings
    first, last = postings.first(letter.encode("utf-8", "surrogatepass")), postings.first(_after(letter))
    if first == last:
        return
    starts = postings.starts[first : last + 1]
    counts = np.diff(starts)
    if layer.kept is not None:
        counts = np.add.reduceat(layer.kept[postings.passages[starts[0] : starts[-1]]], starts[:-1] - starts[0])
    for number, count in zip(range(first, last), counts.tolist(), strict=True):
        if count:
            yield postings.term(number).decode("utf-8", "surrogatepass"), int(count)


class Vocabulary(Mapping[str, Mapping[str, int]]):
    """By first letter, every stem and in how many passages it stands; a letter is read when it is asked for."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __getitem__(self, letter: str) -> Mapping[str, int]:
        """The stems with this first letter. Raises ``KeyError`` when there is none."""
        found = self._words.beginning(letter)
        if not found:
            raise KeyError(letter)
        return found

    def __iter__(self) -> Iterator[str]:
        """The first letters."""
        return iter(self._words.initials())

    def __len__(self) -> int:
        """How many first letters there are."""
        return len(self._words.initials())


class Scored:
    """BM25 of all passages for one question."""

    def __init__(self, parts: Sequence[tuple[Keys, NDArray[np.float32]]]) -> None:
        """``parts`` are keys (n,), rising from part to part, and their scores (n,)."""
        self._parts = parts

    def best(self, depth: int, allowed: Keys | None = None) -> list[int]:
        """Keys of the ``depth`` passages that score highest, best first, of those ``allowed``; none that scores 0."""
        found: list[tuple[float, int]] = []
        for keys, scores in self._parts:
            open_to = scores if allowed is None else scores * held(keys, allowed)
            bound = _bound(open_to, depth)
            places = np.flatnonzero(open_to >= bound if bound > 0 else open_to > 0)
            if len(places) > depth:
                lowest = np.partition(open_to[places], -depth)[-depth]
                places = places[open_to[places] >= lowest]
            found += [(-float(open_to[place]), int(keys[place])) for place in places]
        return [key for _, key in sorted(found)[:depth]]

    def of(self, keys: Sequence[int]) -> dict[int, float]:
        """The scores of ``keys``; 0 for what no part holds."""
        scores = dict.fromkeys(keys, 0.0)
        for known, values in self._parts:
            places = np.searchsorted(known, keys)
            for key, place in zip(keys, places.tolist(), strict=True):
                if place < len(known) and known[place] == key:
                    scores[key] = float(values[place])
        return scores
