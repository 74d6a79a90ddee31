"""The SQLite file: its connections and transactions, its errors as sentences."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from embeddings.encoder import Vectors
from rag.rows import damaged, unblob, unblobs
from rag.schema import SCHEMA_VERSION, create, fingerprint, migrate, require_fingerprint, require_layout
from rag.store import StoreDamaged, StoreError, StoreLocked

IDLE = 8
"""Connections kept for the next transactions; more are opened when more run at a time, and closed after."""


class Database:
    """One SQLite file in write-ahead mode, with a connection for each transaction at a time."""

    def __init__(self, path: Path, encoder: str, dimension: int) -> None:
        """Open the file, made if missing, for vectors of ``encoder`` with ``dimension`` numbers.

        Raises ``StoreMismatch`` when it was made by another encoder or version, ``StoreDamaged`` when it is no
        database.
        """
        self.path = path
        self.dimension = dimension
        self._encoder = encoder
        self._local = threading.local()
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()

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
        around: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if around is not None:
            yield around
            return
        with explained(self.path), self._borrowed() as connection:
            connection.execute(f"BEGIN {kind}")
            self._local.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._local.connection = None

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile. Threads come and go with each question; connections stay."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        finally:
            with self._lock:
                kept = len(self._idle) < IDLE and not connection.in_transaction
                if kept:
                    self._idle.append(connection)
            if not kept:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        return connection

    def vector(self, blob: bytes) -> Vectors:
        """A stored vector, shape ``(dimension,)``. Raises ``StoreDamaged`` when it is not what was stored."""
        vector = unblob(blob, self.dimension)
        if vector is None:
            raise damaged("A vector", self.path)
        return vector

    def vectors(self, blobs: Sequence[bytes]) -> Vectors:
        """Stored vectors, shape ``(n, dimension)``. Raises ``StoreDamaged`` when one is not what was stored."""
        vectors = unblobs(blobs, self.dimension)
        if vectors is None:
            raise damaged("A vector", self.path)
        return vectors

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    def _prepare(self) -> None:
        wanted = fingerprint(self._encoder, self.dimension)
        with self._borrowed() as connection:
            found = require_layout(connection, self.path.parent)
            if found == 0 and any(self.path.parent.glob("*.faiss")):
                raise damaged("Everything", self.path)
            if found < SCHEMA_VERSION:
                connection.execute("PRAGMA journal_mode = WAL")
        if found < SCHEMA_VERSION:
            with self.writing() as connection:
                # Another process may have made or migrated it meanwhile.
                version = require_layout(connection, self.path.parent)
                if version == 0:
                    create(connection, wanted)
                elif version < SCHEMA_VERSION:
                    migrate(connection, version)
        with self._borrowed() as connection:
            require_fingerprint(connection, self.path.parent, wanted)


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder's only writer; the system frees it if the process dies. ``StoreLocked`` if taken."""
    import filelock

    lock = filelock.FileLock(folder / "writer.lock", timeout=0.5)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise StoreLocked(
            f"Another process is writing to the index {folder}: wait until it has finished, then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def explained(database: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    folder = database.parent
    try:
        yield
    except sqlite3.OperationalError as error:
        # A text that is no UTF-8 any more is quoted in full by SQLite.
        text = "a text in it is no UTF-8" if "decode" in str(error) else str(error)
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
        raise StoreDamaged(
            f"The database {database} cannot be read ({text}): “standardiste doctor” says what mends it."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(
            f"The database {database} is damaged ({error}): run “standardiste restore FILE” with a backup, or "
            "delete the folder and index the articles again."
        ) from error
