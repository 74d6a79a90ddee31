"""The vector index: the only user of FAISS. Scores are inner products, higher is better."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]

NO_ID = -1
"""Stands where fewer than ``k`` vectors could be returned; its score is -inf."""


class VectorFileError(Exception):
    """An index file is missing, unreadable, or not the one that was written. The text names it."""


class VectorIndex:
    """Vectors by id, searched exhaustively: exact, and quick enough for some 100,000 of them."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - FAISS is untyped
        """Wraps a FAISS ``IndexIDMap2``; callers use ``build`` or ``read``."""
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors, ids: Ids) -> VectorIndex:
        """An index of ``vectors`` (n, dimension), float32, under ``ids`` (n,), distinct and not negative."""
        import faiss

        if vectors.ndim != 2 or ids.shape != (len(vectors),):
            raise ValueError(f"vectors {vectors.shape} and ids {ids.shape} do not belong together")
        if len(ids) and ids.min() < 0:
            raise ValueError("an id below 0 would be taken for padding")
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))
        return cls(index)

    def __len__(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Vectors, Ids]:
        """The ``k`` best vectors for each query (q, dimension), best first: scores and ids, both (q, k).

        ``allowed`` restricts the search to these ids, exactly. Where fewer than ``k`` are left, the id is
        ``NO_ID`` and the score -inf.
        """
        import faiss

        scores = np.full((len(queries), k), -np.inf, np.float32)
        ids = np.full((len(queries), k), NO_ID, np.int64)
        # FAISS refuses k = 0, and would fill its padding with the lowest float32.
        found = min(k, len(self) if allowed is None else len(allowed))
        if found == 0 or len(queries) == 0:
            return scores, ids
        options: dict[str, Any] = {}
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
            options["params"] = _parameters(selector)
        got = self._index.search(np.ascontiguousarray(queries, np.float32), found, **options)
        scores[:, :found], ids[:, :found] = got
        scores[ids == NO_ID] = -np.inf
        return scores, ids

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors (n, dimension) under ``ids`` (n,). Raises ``KeyError`` for an id that is not there."""
        try:
            return np.asarray(self._index.reconstruct_batch(np.ascontiguousarray(ids, np.int64)), np.float32)
        except RuntimeError as error:
            raise KeyError("an id is not in the vector index") from error

    def write(self, path: Path) -> str:
        """Writes the index whole or not at all; returns the SHA-256 of the file. Raises ``OSError``."""
        import faiss

        content = faiss.serialize_index(self._index).tobytes()
        # faiss.write_index has reported success on a full disk: we write the bytes ourselves.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
        return hashlib.sha256(content).hexdigest()

    @classmethod
    def read(cls, path: Path, sha256: str) -> VectorIndex:
        """The index in ``path``, whose SHA-256 must be ``sha256``; raises ``VectorFileError``.

        FAISS has loaded every damaged file it was given in trials, so it only sees bytes whose sum matches.
        """
        import faiss

        try:
            content = path.read_bytes()
        except OSError as error:
            raise VectorFileError(f"the vector index {path} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise VectorFileError(f"the vector index {path} is damaged or belongs to another state")
        try:
            return cls(faiss.deserialize_index(np.frombuffer(content, np.uint8)))
        except RuntimeError as error:
            raise VectorFileError(f"the vector index {path} was written by another FAISS") from error


def _parameters(selector: Any) -> Any:  # noqa: ANN401 - FAISS adds the keyword while it is imported
    import faiss

    untyped: Any = faiss.SearchParameters
    return untyped(sel=selector)


def _flush_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system lets a folder be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
