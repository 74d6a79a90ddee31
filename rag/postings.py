"""In which passages each stem stands and how often: the arrays from which BM25 is computed, in one file.

SQLite's full text keeps the stems safe, but ranking with it reads every passage that holds any word of the question:
``benchmarks/scale.py`` prints what that takes. Here a stem's passages are one slice of two arrays that the system pages
in as they are needed. A passage's key never changes its words, so that the arrays of an older state stay right for all
passages that are still there.
"""

from __future__ import annotations

import json
import mmap
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.sealed import sealing, unsealed
from rag.bm25 import FIELD_WEIGHTS

Row = tuple[int, str, str, str, str]
"""A passage's key and its stems by field: title, about, heading, body."""
TENTHS = 10
"""Counts are kept in tenths, in which all field weights are whole."""
CHUNK = 20_000
"""Passages counted at a time."""
_ENTRY = np.dtype([("term", "<u4"), ("passage", "<u4"), ("count", "<u2")])
_HIGHEST = np.iinfo(np.uint16).max
_ARRAYS = ("keys", "lengths", "ends", "starts", "passages", "counts", "letters")


@dataclass(frozen=True, slots=True)
class Postings:
    """Stem by stem (sorted), the passages that hold it.

    ``keys`` (n,) are the passages' keys, rising; ``lengths`` (n,) the stems of their bodies. The stem ``t`` is
    ``letters[ends[t] : ends[t + 1]]`` in UTF-8; it stands in ``passages[starts[t] : starts[t + 1]]``, places in
    ``keys``, rising, ``counts`` times, weighted by field, in tenths.
    """

    keys: NDArray[np.int64]
    lengths: NDArray[np.int64]
    ends: NDArray[np.int64]
    starts: NDArray[np.int64]
    passages: NDArray[np.uint32]
    counts: NDArray[np.uint16]
    letters: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many stems there are."""
        return len(self.ends) - 1

    def term(self, number: int) -> bytes:
        """A stem, in UTF-8."""
        return self.letters[self.ends[number] : self.ends[number + 1]].tobytes()

    def first(self, term: bytes) -> int:
        """The number of the first stem that is not before ``term``."""
        return bisect_left(range(len(self)), term, key=self.term)

    def slice_of(self, term: str) -> slice:
        """Where ``passages`` and ``counts`` speak of ``term``; an empty slice when nothing holds it."""
        written = term.encode("utf-8", "surrogatepass")
        number = self.first(written)
        if number == len(self) or self.term(number) != written:
            return slice(0, 0)
        return slice(int(self.starts[number]), int(self.starts[number + 1]))

    def write(self, path: Path) -> str:
        """Write the file whole or not at all; returns its SHA-256. Raises ``OSError``."""
        arrays = [np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS]
        header = json.dumps([[array.dtype.str, len(array)] for array in arrays]).encode()
        with sealing(path) as file:
            file.write(len(header).to_bytes(8, "little") + header + b" " * (-len(header) % 8))
            for array in arrays:
                file.write(array.tobytes() + bytes(-array.nbytes % 8))
        return file.sha256

    @classmethod
    def read(cls, path: Path, sha256: str) -> Postings:
        """The postings in ``path``, whose SHA-256 must be ``sha256``; raises ``embeddings.sealed.SealError``.

        They stay in the file until they are needed.
        """
        with unsealed(path, sha256) as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int.from_bytes(content[:8], "little")
        place = 8 + length + -length % 8
        arrays: dict[str, Any] = {}
        for name, (kind, count) in zip(_ARRAYS, json.loads(content[8 : 8 + length]), strict=True):
            arrays[name] = np.frombuffer(content, np.dtype(kind), count, place)
            place += arrays[name].nbytes + -arrays[name].nbytes % 8
        return cls(**arrays)


def build(rows: Iterable[Row]) -> Postings:
    """The postings of ``rows``, whose keys rise. What was counted waits on disk; the result is in memory."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    keys, lengths, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], []
    with tempfile.TemporaryFile() as waiting:
        before = 0
        for chunk in _chunks(rows):
            keys.append(np.array([row[0] for row in chunk], np.int64))
            lengths.append(np.array([len(row[-1].split()) for row in chunk], np.int64))
            counted = _count(chunk, numbers)
            counted["passage"] += before
            waiting.write(counted.tobytes())
            sizes.append(len(counted))
            before += len(chunk)
        waiting.seek(0)
        return _joined(list(numbers), np.concatenate(keys), np.concatenate(lengths), waiting, sizes)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _count(rows: Sequence[Row], numbers: defaultdict[str, int]) -> NDArray[np.void]:
    """One entry a stem and passage of ``rows``: by stem (its number in ``numbers``), then passage (its place)."""
    found, sizes, weights = [], [], []
    for _, *fields in rows:
        for stems, weight in zip((field.split() for field in fields), FIELD_WEIGHTS, strict=True):
            found.append(np.fromiter(map(numbers.__getitem__, stems), np.int64, len(stems)))
            sizes.append(len(stems))
            weights.append(round(TENTHS * weight))
    passages = np.repeat(np.arange(len(sizes)) // len(FIELD_WEIGHTS), sizes)
    places, inverse = np.unique(np.concatenate(found) * len(rows) + passages, return_inverse=True)
    entries = np.zeros(len(places), _ENTRY)
    entries["term"], entries["passage"] = np.divmod(places, len(rows))
    entries["count"] = np.minimum(np.bincount(inverse, np.repeat(weights, sizes), len(places)), _HIGHEST)
    return entries


def _joined(
    terms: Sequence[str], keys: NDArray[np.int64], lengths: NDArray[np.int64], waiting: IO[bytes], sizes: Sequence[int]
) -> Postings:
    """All entries by stem, in the stems' order: those of each chunk stand behind those of the chunks before."""
    written = [term.encode("utf-8", "surrogatepass") for term in terms]
    order = sorted(range(len(written)), key=written.__getitem__)
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    totals = np.zeros(len(order) + 1, np.int64)
    for entries in _entries(waiting, sizes):
        totals[1:] += np.bincount(place_of[entries["term"]], minlength=len(order))
    starts = np.cumsum(totals)
    passages, counts = np.empty(starts[-1], np.uint32), np.empty(starts[-1], np.uint16)
    free = starts[:-1].copy()
    waiting.seek(0)
    for entries in _entries(waiting, sizes):
        found, first, many = np.unique(entries["term"], return_index=True, return_counts=True)
        here = place_of[found]
        places = np.repeat(free[here] - first, many) + np.arange(len(entries))
        passages[places], counts[places] = entries["passage"], entries["count"]
        free[here] += many
    ends = np.cumsum([0, *(len(written[number]) for number in order)])
    letters = np.frombuffer(b"".join(written[number] for number in order), np.uint8)
    return Postings(keys, lengths, ends.astype(np.int64), starts, passages, counts, letters)


def _entries(waiting: IO[bytes], sizes: Sequence[int]) -> Iterator[NDArray[np.void]]:
    for size in sizes:
        yield np.frombuffer(waiting.read(size * _ENTRY.itemsize), _ENTRY)
