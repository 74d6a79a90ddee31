"""The vectors by which what a search found is scored: some in mapped files, all of them in the database.

Only vectors that are searched by codes have such a file; what it lacks, or holds damaged, is read from the database.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.rounded import RoundedVectors
from embeddings.sealed import SealError
from embeddings.vectors import CHUNK, Fetch, Source
from rag.database import Database
from rag.rows import batches, damaged, marks

Keys = NDArray[np.int64]
TOGETHER = 2000
"""Rows asked for at once: SQLite takes many more parameters since 3.32."""


def fetching(
    connection: sqlite3.Connection, database: Database, files: Mapping[str, RoundedVectors]
) -> Callable[[str], Fetch]:
    """How to get the vectors of a table, each of them checked; ``files`` holds those of some tables."""

    def of(table: str) -> Fetch:
        file = files.get(table)

        def fetch(keys: Keys) -> Vectors:
            if file is None:
                return _stored(connection, database, table, keys)
            vectors, sound = file.vectors_of(keys)
            if not sound.all():
                vectors[~sound] = _stored(connection, database, table, keys[~sound])
            return vectors

        return fetch

    return of


def _stored(connection: sqlite3.Connection, database: Database, table: str, keys: Keys) -> Vectors:
    """The vectors (n, d) under ``keys`` (n,) as the database holds them."""
    rows = [
        row
        for batch in batches(keys.tolist(), TOGETHER)
        for row in connection.execute(f"SELECT key, vector FROM {table} WHERE key IN ({marks(batch)})", batch)
    ]
    found = np.array([key for key, _ in rows], np.int64)
    if len(found) != len(np.unique(keys)):
        raise damaged("A vector", database.path)
    order = np.argsort(found)
    places = np.searchsorted(found, keys, sorter=order)
    return database.vectors([vector for _, vector in rows])[order[places]]


def _file(database: Database, table: str) -> Path:
    return database.path.parent / f"{table}.vectors"


def read(database: Database, sums: Mapping[str, str]) -> dict[str, RoundedVectors]:
    """Those files, of the tables with these SHA-256, that are there and whole."""
    files = {}
    for table, sha256 in sums.items():
        with contextlib.suppress(SealError):
            files[table] = RoundedVectors.read(_file(database, table), sha256, database.dimension)
    return files


def write(connection: sqlite3.Connection, database: Database, tables: Sequence[str]) -> dict[str, str]:
    """Write the files of these tables, and of no other; returns their SHA-256."""
    for path in database.path.parent.glob("*.vectors"):
        if path.stem not in tables:
            path.unlink()
    return {
        table: RoundedVectors.write(_file(database, table), source_of(connection, database, table)) for table in tables
    }


def source_of(connection: sqlite3.Connection, database: Database, table: str) -> Source:
    """All vectors of a table, by key."""
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    sql = f"SELECT key, vector FROM {table} ORDER BY key"
    return Source(count, database.dimension, lambda: pieces_of(connection, database, sql, ()))


def pieces_of(
    connection: sqlite3.Connection, database: Database, sql: str, values: Sequence[int]
) -> Iterator[tuple[Vectors, Keys]]:
    """What ``sql`` asks for, (key, vector) each, piece by piece."""
    rows = connection.execute(sql, values)
    while some := rows.fetchmany(CHUNK):
        yield database.vectors([vector for _, vector in some]), np.array([key for key, _ in some], np.int64)
