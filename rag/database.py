"""The SQLite file: its tables, its connections and transactions, its errors as sentences."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Vectors
from rag.store import StoreDamaged, StoreError, StoreLocked, StoreMismatch

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, publication TEXT, date TEXT,
    language TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, headings TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL,
    stems INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE (article, number));
CREATE TABLE sentences (
    key INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_digest ON passages (digest);
CREATE INDEX sentences_digest ON sentences (digest);
CREATE INDEX sentences_passage ON sentences (passage);
CREATE VIRTUAL TABLE passage_words USING fts5 (title, about, heading, body, tokenize = 'unicode61');
CREATE TRIGGER passages_words AFTER DELETE ON passages BEGIN DELETE FROM passage_words WHERE rowid = old.key; END;
"""


class Database:
    """One SQLite file in write-ahead mode, with a connection for each thread."""

    def __init__(self, path: Path, encoder: str, dimension: int) -> None:
        """Open the file, made if missing, for vectors of ``encoder`` with ``dimension`` numbers.

        Raises ``StoreMismatch`` when it was made by another encoder or version, ``StoreDamaged`` when it is no
        database.
        """
        self.path = path
        self.dimension = dimension
        self._encoder = encoder
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()

    def connection(self) -> sqlite3.Connection:
        """Open one connection a thread; SQLite's own are not shared between threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot to read from."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One change: all of it or nothing."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        connection = self.connection()
        if connection.in_transaction:
            yield connection
            return
        with explained(self.path):
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def vector(self, blob: bytes) -> Vectors:
        """A stored vector, shape ``(dimension,)``. Raises ``StoreDamaged`` when it has another length."""
        vector = np.frombuffer(blob, dtype="<f4")
        if vector.shape != (self.dimension,):
            raise StoreDamaged(f"A vector in {self.path} is damaged: delete the folder and index the articles again.")
        return vector

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def _prepare(self) -> None:
        connection = self.connection()
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._create(connection)
        elif version != SCHEMA_VERSION:
            raise StoreMismatch(
                f"The index {self.path.parent} has another layout (schema {version}, this version needs "
                f"{SCHEMA_VERSION}): index the articles again into a new folder with --index."
            )
        made_by = get_meta(connection, "encoder")
        if made_by != self._encoder:
            raise StoreMismatch(
                f"The index {self.path.parent} was made with the encoder {made_by}, not {self._encoder}: use that "
                "encoder again, or index into a new folder with --index."
            )

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            if connection.execute("PRAGMA user_version").fetchone()[0]:
                return  # another process made it meanwhile
            for statement in SCHEMA.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            set_meta(connection, encoder=self._encoder, dimension=str(self.dimension), generation="0")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def get_meta(connection: sqlite3.Connection, key: str) -> str:
    """What the store remembers under ``key``, "" if nothing."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def set_meta(connection: sqlite3.Connection, **values: str) -> None:
    """Remember values by key."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def digest(text: str) -> bytes:
    """16 bytes that tell an embedded text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def blob(vector: Vectors) -> bytes:
    """A vector as it is stored: little-endian float32."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def marks(values: Sequence[object]) -> str:
    """Question marks for ``IN (…)``."""
    return ",".join("?" * len(values))


def batches(values: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    """Pieces of at most ``size``: SQLite limits the number of parameters of a statement."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


@contextlib.contextmanager
def explained(database: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    folder = database.parent
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text:
            raise StoreLocked(f"The index {folder} is busy: wait a moment, then try again.") from error
        if "full" in text or "disk I/O" in text:
            raise StoreError(
                f"The disk is full or failing: the index {folder} is as it was; free some space and try again."
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f"The index {folder} cannot be opened for writing: check the folder's permissions."
            ) from error
        raise StoreDamaged(f"The database {database} cannot be read ({text}): run “standardiste doctor”.") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(
            f"The database {database} is damaged ({error}): delete the folder and index the articles again."
        ) from error
