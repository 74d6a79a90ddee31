"""What is derived from the database to search quickly: two FAISS indexes and a few numbers, of one generation.

The files carry the generation they were made from, and their SHA-256 stands in the database, so that a missing, stale
or damaged file is noticed before it is read (``faiss.read_index`` loads damaged ones without a word) and made again
from the stored vectors without embedding anything.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors
from embeddings.vectors import VectorFileError, VectorIndex
from rag.database import Database
from rag.rows import damaged
from rag.schema import get_meta

KINDS = ("passages", "sentences")


@dataclass(frozen=True, slots=True)
class Derived:
    """The indexes of one generation.

    ``owners`` maps a sentence's key to its passage's, ``sentences_of`` back; ``average_stems`` is the mean number of
    stems of a passage.
    """

    generation: int
    passages: VectorIndex
    sentences: VectorIndex
    owners: dict[int, int]
    average_stems: float
    sentences_of: dict[int, list[int]]

    def cosines(self, passages: Sequence[int], vector: Vectors) -> dict[int, tuple[float, float]]:
        """For each passage its cosine to ``vector`` (d,) and that of its best sentence (its own if it has none)."""
        if not passages:
            return {}
        own = self.passages.vectors_of(np.array(passages, dtype=np.int64)) @ vector
        keys = [key for passage in passages for key in self.sentences_of.get(passage, ())]
        sentences = self.sentences.vectors_of(np.array(keys, dtype=np.int64)) @ vector if keys else own[:0]
        best: dict[int, float] = {}
        for key, cosine in zip(keys, sentences.tolist(), strict=True):
            owner = self.owners[key]
            best[owner] = max(cosine, best.get(owner, -1.0))
        return {key: (cosine, best.get(key, cosine)) for key, cosine in zip(passages, own.tolist(), strict=True)}


def read(connection: sqlite3.Connection, folder: Path, generation: int) -> Derived | None:
    """The indexes from their files; None when those are missing, of another generation or damaged."""
    if get_meta(connection, "faiss_generation") != str(generation):
        return None
    try:
        passages, sentences = (
            VectorIndex.read(folder / f"{kind}.faiss", get_meta(connection, f"{kind}_sha256")) for kind in KINDS
        )
    except VectorFileError:
        return None
    current = _derived(connection, generation, passages, sentences)
    if get_meta(connection, "owners_sum") not in ("", _owners_sum(current.owners)):
        raise damaged("Which sentence belongs to which passage", folder / "articles.db")
    return current


def _owners_sum(owners: dict[int, int]) -> str:
    return hashlib.sha256(repr(sorted(owners.items())).encode()).hexdigest()


def make(connection: sqlite3.Connection, database: Database, generation: int) -> Derived:
    """The indexes from the stored vectors."""
    made = []
    for table in KINDS:
        rows = connection.execute(f"SELECT key, vector FROM {table} ORDER BY key").fetchall()
        vectors = np.zeros((len(rows), database.dimension), dtype=np.float32)
        for position, (_, stored) in enumerate(rows):
            vectors[position] = database.vector(stored)
        made.append(VectorIndex.build(vectors, np.array([key for key, _ in rows], dtype=np.int64)))
    return _derived(connection, generation, made[0], made[1])


def write(derived: Derived, folder: Path) -> dict[str, str]:
    """Write both files; returns what the database must remember of them once they are in place."""
    sums = {
        "owners_sum": _owners_sum(derived.owners),
        "passages_sha256": derived.passages.write(folder / "passages.faiss"),
        "sentences_sha256": derived.sentences.write(folder / "sentences.faiss"),
    }
    return {"faiss_generation": str(derived.generation), **sums}


def _derived(connection: sqlite3.Connection, generation: int, passages: VectorIndex, sentences: VectorIndex) -> Derived:
    owners = dict(connection.execute("SELECT key, passage FROM sentences"))
    average = connection.execute("SELECT avg(stems) FROM passages").fetchone()[0]
    sentences_of: dict[int, list[int]] = {}
    for key, owner in owners.items():
        sentences_of.setdefault(owner, []).append(key)
    return Derived(generation, passages, sentences, owners, float(average or 0.0), sentences_of)
