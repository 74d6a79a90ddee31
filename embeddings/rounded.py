"""Vectors in a file, two bytes a number, of which a search reads the few that it scores again.

A database gives rows by key one after the other, through the pages of a tree; here all are asked for at once, and are
half the bytes. A number is off by at most 1/65534 of the vector's largest, so that the product of two unit vectors is
off by less than 0.0001 (``tests/embeddings/test_rounded.py``): less than what parts neighbours.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from embeddings.sealed import SealError, sealing, unsealed
from embeddings.vectors import CHUNK, Ids, Source, Vectors

_STEPS = 32_767
_SCALE_BYTES = 4
_SEALED_BYTES = 12
"""Of a vector: its id and its row's checksum."""


class RoundedVectors:
    """The ``file`` begins with the rows of the vectors under ``ids`` (n,), rising; ``sums`` (n,) are their CRC-32.

    A row is the vector's numbers as int16 and the float32 to multiply them with. The file's SHA-256 covers ids and
    sums, which stand behind the rows; each row is compared with its sum whenever it is read, so that nobody waits for
    gigabytes to be hashed. Rows are read, not mapped: mapped ones count as memory once they were looked at.
    """

    def __init__(self, file: IO[bytes], dimension: int, ids: Ids, sums: NDArray[np.uint32]) -> None:
        self._file, self._ids, self._sums = file, ids, sums
        self._width = _width(dimension)

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._ids)

    @staticmethod
    def write(path: Path, source: Source) -> str:
        """Write the vectors of ``source``, whose ids rise, whole or not at all; returns the SHA-256.

        Raises ``OSError``.
        """
        ids, sums = [np.zeros(0, "<i8")], [np.zeros(0, "<u4")]
        with sealing(path) as file:
            for vectors, some in source.pieces():
                rows = _rounded(vectors)
                file.write(rows.tobytes(), summed=False)
                ids.append(some.astype("<i8"))
                sums.append(_sums(rows))
            file.write(np.concatenate(ids).tobytes())
            file.write(np.concatenate(sums).tobytes())
        return file.sha256

    @classmethod
    def read(cls, path: Path, sha256: str, dimension: int) -> RoundedVectors:
        """The vectors in ``path``, whose SHA-256 must be ``sha256``; raises ``embeddings.sealed.SealError``."""
        width = _width(dimension)
        try:
            count = path.stat().st_size // (width + _SEALED_BYTES)
        except OSError as error:
            raise SealError(f"{path} cannot be read: {error.strerror}") from error
        with unsealed(path, sha256, count * width) as file:
            ids = np.frombuffer(file.read(8 * count), "<i8").astype(np.int64)
            sums = np.frombuffer(file.read(4 * count), "<u4")
            return cls(os.fdopen(os.dup(file.fileno()), "rb"), dimension, ids, sums)

    def vectors_of(self, ids: Ids) -> tuple[Vectors, NDArray[np.bool_]]:
        """The vectors (n, dimension) under ``ids`` (n,), and whether each is here and is what was written (n,)."""
        # Sorted, they are found several times as quickly, and read in the order in which they lie.
        ids, asked = np.unique(ids, return_inverse=True)
        places = np.searchsorted(self._ids, ids)
        places[places == len(self)] = 0
        here = self._ids[places] == ids if len(self) else np.zeros(len(ids), bool)
        vectors, sound = np.zeros((len(ids), (self._width - _SCALE_BYTES) // 2), np.float32), here.copy()
        rows = self._rows(places[here].tolist())
        sound[here] = _sums(rows) == self._sums[places[here]]
        vectors[here] = rows[:, :-_SCALE_BYTES].view("<i2") * rows[:, -_SCALE_BYTES:].view("<f4")
        return vectors[asked], sound[asked]

    def sound(self) -> bool:
        """Whether every row is what was written; reads all of the file."""
        pieces = (range(start, min(start + CHUNK, len(self))) for start in range(0, len(self), CHUNK))
        return all(bool((_sums(self._rows(piece)) == self._sums[piece.start : piece.stop]).all()) for piece in pieces)

    def _rows(self, places: Sequence[int]) -> NDArray[np.uint8]:
        """The rows (n, bytes) at these places; zeros where the file is too short."""
        file, width = self._file.fileno(), self._width
        if hasattr(os, "posix_fadvise"):
            # A disk gives what it is asked for at once some ten times as quickly as one after the other.
            for place in places:
                os.posix_fadvise(file, place * width, width, os.POSIX_FADV_WILLNEED)
        read = [os.pread(file, width, place * width) for place in places]
        return np.frombuffer(b"".join(row.ljust(width, b"\0") for row in read), np.uint8).reshape(len(read), width)


def _width(dimension: int) -> int:
    """Bytes of a row."""
    return 2 * dimension + _SCALE_BYTES


def _rounded(vectors: Vectors) -> NDArray[np.uint8]:
    """The rows (n, bytes) of vectors (n, dimension)."""
    scales = (np.abs(vectors).max(axis=1, keepdims=True) / _STEPS).astype("<f4")
    numbers = np.rint(vectors / np.where(scales > 0, scales, 1)).astype("<i2")
    return np.hstack([numbers.view(np.uint8), scales.view(np.uint8)])


def _sums(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return np.fromiter((zlib.crc32(row) for row in rows), "<u4", len(rows))
