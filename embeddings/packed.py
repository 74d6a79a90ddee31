"""Reads the packed 4-bit file that carries multilingual-e5-small: a vocabulary and quantised tensors.

Layout, little-endian (after the C reader shipped in the same wheel): magic ``E5S1``; a header of ten
numbers; a SentencePiece unigram vocabulary (offsets, scores, UTF-8 bytes); a normalisation map, which we
skip because the ``tokenizers`` library has the same normalisation built in; a directory of tensors. A
quantised tensor is a run of blocks, each 32 weights in 18 bytes: a float16 scale, then 16 bytes whose low
nibbles are weights 0–15 and whose high nibbles are weights 16–31, each minus 8, times the scale.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
_FLOAT32, _QUANTISED = 0, 1


class PackedFileError(ValueError):
    """The file is not a whole packed model."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """A SentencePiece unigram vocabulary; a piece's index is its token id."""

    scores: NDArray[np.float32]
    offsets: NDArray[np.uint32]
    letters: bytes = field(repr=False)
    begin: int
    end: int
    pad: int
    unknown: int

    def __len__(self) -> int:
        return len(self.scores)

    def text(self, token: int) -> str:
        """The text of one piece, ``▁`` standing for a space."""
        return self.letters[self.offsets[token] : self.offsets[token + 1]].decode()


class PackedModel:
    """An open packed file; tensors are read from the mapped file only when asked for."""

    def __init__(self, path: Path) -> None:
        """Opens ``path``; raises ``PackedFileError`` if its header or directory does not hold together."""
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._read_front()
        except (struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
            raise PackedFileError(f"{path.name} is not a whole packed e5 file: {error}") from error

    def _read_front(self) -> None:
        head = struct.Struct("<4sI7ifi")
        magic, version, *sizes, block = head.unpack_from(self._data, 0)
        if (magic, version, block) != (MAGIC, 1, BLOCK):
            raise ValueError(f"unexpected start {magic!r}, version {version}, block {block}")
        self.shape = Shape(*sizes)
        at = head.size
        count, begin, end, pad, unknown, length = struct.unpack_from("<5iQ", self._data, at)
        at += 28
        offsets = np.frombuffer(self._data, np.dtype("<u4"), count + 1, at)
        scores = np.frombuffer(self._data, np.dtype("<f4"), count, at + 4 * (count + 1))
        at += 4 * (2 * count + 1)
        letters = self._data[at : at + length]
        self.pieces = Pieces(scores, offsets, letters, begin, end, pad, unknown)
        (normalisation_bytes,) = struct.unpack_from("<4xI", self._data, at + length)
        self._directory = self._read_directory(at + length + 8 + normalisation_bytes)

    def _read_directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        (count,) = struct.unpack_from("<i", self._data, at)
        at += 4
        directory = {}
        for _ in range(count):
            (name_length,) = struct.unpack_from("<H", self._data, at)
            name = self._data[at + 2 : at + 2 + name_length].decode()
            kind, size, start, stored = struct.unpack_from("<BIQQ", self._data, at + 2 + name_length)
            at += 2 + name_length + 21
            if start + stored > len(self._data):
                raise ValueError(f"tensor {name} ends beyond the file")
            directory[name] = (kind, size, start)
        return directory

    def names(self) -> list[str]:
        """Names of the tensors, in file order."""
        return list(self._directory)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """One whole tensor, flat, float32; quantised weights come out exactly as the engine sees them."""
        kind, size, start = self._directory[name]
        if kind == _FLOAT32:
            # A copy, because a tensor's start need not be aligned.
            return np.frombuffer(self._data, np.dtype("<f4"), size, start).astype(np.float32)
        return _unpack(self._blocks(name)).reshape(size)

    def matrix(self, name: str, rows: int) -> NDArray[np.float32]:
        """One tensor as ``(rows, size / rows)``, float32."""
        return self.tensor(name).reshape(rows, -1)

    def word_rows(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Word embeddings of ``tokens``, shape ``(*tokens.shape, hidden)``: only these rows are unpacked."""
        blocks = self._word_blocks()[tokens]
        return _unpack(blocks.reshape(-1)).reshape(*tokens.shape, self.shape.hidden)

    def _word_blocks(self) -> NDArray[np.void]:
        return self._blocks("emb.word").reshape(-1, self.shape.hidden // BLOCK)

    def _blocks(self, name: str) -> NDArray[np.void]:
        kind, size, start = self._directory[name]
        if kind != _QUANTISED or size % BLOCK:
            raise PackedFileError(f"tensor {name} is not made of whole 4-bit blocks")
        return np.frombuffer(self._data, _BLOCK_TYPE, size // BLOCK, start)


def _unpack(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Blocks ``(n,)`` → weights ``(n, 32)``; exact, since 4-bit × float16 fits float32."""
    nibbles = blocks["nibbles"]
    weights = np.empty((len(blocks), BLOCK), np.float32)
    weights[:, : BLOCK // 2] = nibbles & 0x0F
    weights[:, BLOCK // 2 :] = nibbles >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights
