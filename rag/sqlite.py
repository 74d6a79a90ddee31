"""The store on one machine: SQLite is the truth, two FAISS files are derived from it.

One transaction changes one article: its text, passages, sentences, vectors and words appear together or not at all.
Every change raises the generation. The FAISS files carry the generation they were made from and their SHA-256 is in
the database, so that a missing, stale or damaged one is noticed before it is read and made again from the stored
vectors without embedding anything. ``faiss.read_index`` itself loads damaged files without a word.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from corpus.article import Article, Passage, Span
from embeddings.encoder import Vectors
from embeddings.vectors import VectorFileError, VectorIndex
from rag.hits import EVERYTHING, Filters
from rag.store import (
    ArticleRow,
    Candidate,
    Finding,
    IndexedPassage,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreMismatch,
)
from rag.words import fold

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, publication TEXT, date TEXT,
    language TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, headings TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL,
    digest BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE (article, number));
CREATE TABLE sentences (
    key INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_digest ON passages (digest);
CREATE INDEX sentences_digest ON sentences (digest);
CREATE INDEX sentences_passage ON sentences (passage);
CREATE VIRTUAL TABLE passage_words USING fts5 (title, about, heading, body, tokenize = 'unicode61');
CREATE TRIGGER passages_words AFTER DELETE ON passages BEGIN DELETE FROM passage_words WHERE rowid = old.key; END;
"""
WORD_WEIGHTS = (1.0, 1.0, 1.0, 1.0)
"""BM25 weights of title, about, heading and body."""

_ROW = (
    "a.id, a.title, a.author, a.publication, a.date, a.language, a.source, a.path, a.digest, "
    "(SELECT count(*) FROM passages WHERE article = a.id)"
)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def _blob(vector: Vectors) -> bytes:
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


@dataclass(frozen=True, slots=True)
class _Derived:
    """The FAISS indexes of one generation; ``owners`` maps a sentence key to its passage key."""

    generation: int
    passages: VectorIndex
    sentences: VectorIndex
    owners: dict[int, int]


class SqliteStore:
    """A folder with ``articles.db``, ``passages.faiss`` and ``sentences.faiss`` (``rag.store.Store``)."""

    def __init__(self, folder: Path, encoder: str, dimension: int) -> None:
        """Open the store in ``folder``, made if missing, for vectors of the named encoder.

        Raises ``StoreMismatch`` when it holds another encoder's vectors, ``StoreDamaged`` when it cannot be read.
        """
        self.folder = folder
        self.database = folder / "articles.db"
        self._encoder, self._dimension = encoder, dimension
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._derived: _Derived | None = None
        folder.mkdir(parents=True, exist_ok=True)
        with _explained(self.database):
            self._prepare()

    # Connections ------------------------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        """Open one connection a thread; SQLite's own are not shared between threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.database, timeout=30.0, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        """``kind`` is DEFERRED (one snapshot to read from) or IMMEDIATE (the only writer)."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        with _explained(self.database):
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        connection = self._connection()
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._create(connection)
        elif version != SCHEMA_VERSION:
            raise StoreMismatch(
                f"The index {self.folder} has another layout (schema {version}, this version needs {SCHEMA_VERSION}): "
                "index the articles again into a new folder with --index."
            )
        made_by = self._meta(connection, "encoder")
        if made_by != self._encoder:
            raise StoreMismatch(
                f"The index {self.folder} was made with the encoder {made_by}, not {self._encoder}: "
                "use that encoder again, or index into a new folder with --index."
            )

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        with self._transaction("IMMEDIATE"):
            if connection.execute("PRAGMA user_version").fetchone()[0]:
                return  # another process made it meanwhile
            for statement in SCHEMA.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            self._set_meta(connection, encoder=self._encoder, dimension=str(self._dimension), generation="0")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @staticmethod
    def _meta(connection: sqlite3.Connection, key: str) -> str:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    @staticmethod
    def _set_meta(connection: sqlite3.Connection, **values: str) -> None:
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def close(self) -> None:
        """Close all connections; the store object is not usable afterwards."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    # Writing ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder's writer lock (freed by the system if the process dies); write the FAISS files at the end."""
        import filelock

        lock = filelock.FileLock(self.folder / "writer.lock", timeout=0.5)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise StoreLocked(
                f"Another process is writing to the index {self.folder}: wait until it has finished, then try again."
            ) from None
        try:
            yield
        finally:
            try:
                self._write_derived()
            finally:
                lock.release()

    def put(self, article: Article, path: str, digest: str, passages: Sequence[IndexedPassage]) -> None:
        """Add or replace one article (see ``rag.store.Store.put``)."""
        headings = json.dumps([(span.start, span.end) for span in article.headings])
        day = article.date.isoformat() if article.date else None
        with self._transaction("IMMEDIATE") as connection:
            connection.execute("DELETE FROM articles WHERE id = ? OR path = ?", (article.id, path))
            connection.execute(
                f"INSERT INTO articles VALUES ({_marks(range(11))})",
                (article.id, path, article.title, article.author, article.publication, day, article.language,
                 article.source, article.text, headings, digest),
            )  # fmt: skip
            for indexed in passages:
                self._insert_passage(connection, article.id, indexed)
            self._raise_generation(connection)

    @staticmethod
    def _insert_passage(connection: sqlite3.Connection, article: str, indexed: IndexedPassage) -> None:
        passage, digests = indexed.passage, [_digest(text) for text in indexed.texts]
        key = connection.execute(
            "INSERT INTO passages (article, number, start, end, heading, digest, vector) VALUES (?,?,?,?,?,?,?)",
            (article, passage.number, passage.start, passage.end, passage.heading, digests[0],
             _blob(indexed.vectors[0])),
        ).lastrowid  # fmt: skip
        connection.executemany(
            "INSERT INTO sentences (passage, start, end, digest, vector) VALUES (?,?,?,?,?)",
            [
                (key, span.start, span.end, digest, _blob(vector))
                for span, digest, vector in zip(passage.sentences, digests[1:], indexed.vectors[1:], strict=True)
            ],
        )
        connection.execute(
            "INSERT INTO passage_words (rowid, title, about, heading, body) VALUES (?,?,?,?,?)",
            (key, *indexed.words),
        )

    def remove(self, article: str) -> None:
        """Remove one article (see ``rag.store.Store.remove``)."""
        with self._transaction("IMMEDIATE") as connection:
            connection.execute("DELETE FROM articles WHERE id = ?", (article,))
            self._raise_generation(connection)

    def _raise_generation(self, connection: sqlite3.Connection) -> None:
        self._set_meta(connection, generation=str(int(self._meta(connection, "generation")) + 1))

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of texts embedded before (see ``rag.store.Store.known_vectors``)."""
        by_digest = {_digest(text): text for text in texts}
        found: dict[str, Vectors] = {}
        with self._transaction("DEFERRED") as connection:
            for table in ("passages", "sentences"):
                for batch in _batches(list(by_digest)):
                    sql = f"SELECT digest, vector FROM {table} WHERE digest IN ({_marks(batch)})"
                    for digest, vector in connection.execute(sql, batch):
                        found[by_digest[digest]] = self._vector(vector)
        return found

    def _vector(self, blob: bytes) -> Vectors:
        vector = np.frombuffer(blob, dtype="<f4")
        if vector.shape != (self._dimension,):
            raise StoreDamaged(
                f"A vector in {self.database} is damaged: delete the folder and index the articles again."
            )
        return vector

    # The derived FAISS files --------------------------------------------------------------------------------------

    def _current(self, connection: sqlite3.Connection) -> _Derived:
        """The indexes of the generation that this transaction sees: in memory, else from file, else made anew."""
        generation = int(self._meta(connection, "generation"))
        derived = self._derived
        if derived is not None and derived.generation == generation:
            return derived
        with self._lock:
            if self._derived is not None and self._derived.generation == generation:
                return self._derived
            derived = self._from_files(connection, generation) or self._from_vectors(connection, generation)
            if self._derived is None or self._derived.generation < generation:
                self._derived = derived
            return derived

    def _from_files(self, connection: sqlite3.Connection, generation: int) -> _Derived | None:
        if self._meta(connection, "faiss_generation") != str(generation):
            return None
        try:
            passages, sentences = (
                VectorIndex.read(self.folder / f"{kind}.faiss", self._meta(connection, f"{kind}_sha256"))
                for kind in ("passages", "sentences")
            )
        except VectorFileError:
            return None
        owners = dict(connection.execute("SELECT key, passage FROM sentences"))
        return _Derived(generation, passages, sentences, owners)

    def _from_vectors(self, connection: sqlite3.Connection, generation: int) -> _Derived:
        made = []
        for table in ("passages", "sentences"):
            rows = connection.execute(f"SELECT key, vector FROM {table} ORDER BY key").fetchall()
            vectors = np.zeros((len(rows), self._dimension), dtype=np.float32)
            for position, (_, blob) in enumerate(rows):
                vectors[position] = self._vector(blob)
            made.append(VectorIndex.build(vectors, np.array([key for key, _ in rows], dtype=np.int64)))
        owners = dict(connection.execute("SELECT key, passage FROM sentences"))
        return _Derived(generation, made[0], made[1], owners)

    def _write_derived(self) -> None:
        """Bring the FAISS files up to the database's generation; their sums are recorded after they are in place."""
        with self._transaction("DEFERRED") as connection:
            generation = self._meta(connection, "generation")
            if self._from_files(connection, int(generation)) is not None:
                return
            derived = self._current(connection)
        sums = {
            f"{kind}_sha256": getattr(derived, kind).write(self.folder / f"{kind}.faiss")
            for kind in ("passages", "sentences")
        }
        with self._transaction("IMMEDIATE") as connection:
            self._set_meta(connection, faiss_generation=generation, **sums)

    # Reading ----------------------------------------------------------------------------------------------------

    def articles(self) -> list[ArticleRow]:
        """All articles, by title."""
        with self._transaction("DEFERRED") as connection:
            return [_row(row) for row in connection.execute(f"SELECT {_ROW} FROM articles a ORDER BY a.title, a.id")]

    def article(self, article: str) -> Article:
        """One article with its text."""
        with self._transaction("DEFERRED") as connection:
            row = connection.execute(
                f"SELECT {_ROW}, text, headings FROM articles a WHERE id = ?", (article,)
            ).fetchone()
        if row is None:
            raise StoreError(f"There is no article “{article}”: “standardiste articles” lists them.")
        known = _row(row)
        headings = tuple(Span(start, end) for start, end in json.loads(row[11]))
        return Article(
            known.id, known.title, row[10], known.author, known.publication, known.date, known.language, known.source,
            headings,
        )  # fmt: skip

    def search(
        self, vector: Vectors, terms: Sequence[str], depth: int, filters: Filters = EVERYTHING
    ) -> list[Candidate]:
        """The passages that the three searches find (see ``rag.store.Store.search``)."""
        with self._transaction("DEFERRED") as connection:
            derived = self._current(connection)
            allowed, allowed_sentences = self._allowed(connection, derived, filters)
            dense = _found(derived.passages.search(vector[None], depth, allowed))
            sentences: dict[int, float] = {}
            # Twice as deep: neighbouring sentences of one passage take each other's places.
            for key, score in _found(derived.sentences.search(vector[None], 2 * depth, allowed_sentences)).items():
                owner = derived.owners[key]
                sentences[owner] = max(score, sentences.get(owner, -1.0))
            words = self._search_words(connection, terms, depth, allowed)
            keys = sorted(dense.keys() | sentences.keys() | words.keys())
            self._complete(connection, vector, keys, dense, sentences)
            return [
                Candidate(key, row, passage, dense[key], sentences.get(key, dense[key]), words.get(key, 0.0))
                for key, row, passage in self._passages(connection, keys)
            ]

    @staticmethod
    def _allowed(
        connection: sqlite3.Connection, derived: _Derived, filters: Filters
    ) -> tuple[np.ndarray[Any, np.dtype[np.int64]] | None, np.ndarray[Any, np.dtype[np.int64]] | None]:
        """Keys of the passages, and of their sentences, that pass the filters; None for all."""
        if not filters:
            return None, None
        wanted = fold(filters.publication).strip() if filters.publication else None
        rows = connection.execute(
            "SELECT p.key, a.publication FROM passages p JOIN articles a ON a.id = p.article "
            "WHERE (?1 IS NULL OR a.date >= ?1) AND (?2 IS NULL OR a.date <= ?2)",
            (filters.since and filters.since.isoformat(), filters.until and filters.until.isoformat()),
        )
        keys = {key for key, publication in rows if wanted is None or fold(publication or "").strip() == wanted}
        sentences = [key for key, owner in derived.owners.items() if owner in keys]
        return np.array(sorted(keys), dtype=np.int64), np.array(sentences, dtype=np.int64)

    @staticmethod
    def _search_words(
        connection: sqlite3.Connection,
        terms: Sequence[str],
        depth: int,
        allowed: np.ndarray[Any, np.dtype[np.int64]] | None,
    ) -> dict[int, float]:
        if not terms:
            return {}
        query = " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))
        # FTS5's bm25() is better the lower it is.
        sql = f"SELECT rowid, -bm25(passage_words, {','.join(map(str, WORD_WEIGHTS))}) AS score FROM passage_words " \
              "WHERE passage_words MATCH ? ORDER BY score DESC"  # fmt: skip
        if allowed is None:
            return dict(connection.execute(f"{sql} LIMIT {depth}", (query,)))
        keys = set(allowed.tolist())
        found = [(key, score) for key, score in connection.execute(sql, (query,)) if key in keys]
        return dict(found[:depth])

    def _complete(
        self,
        connection: sqlite3.Connection,
        vector: Vectors,
        keys: Sequence[int],
        dense: dict[int, float],
        sentences: dict[int, float],
    ) -> None:
        """Give every candidate its exact cosines, also those that only another search found."""
        missing = [key for key in keys if key not in dense]
        for batch in _batches(missing):
            sql = f"SELECT key, vector FROM passages WHERE key IN ({_marks(batch)})"
            for key, blob in connection.execute(sql, batch):
                dense[key] = float(self._vector(blob) @ vector)
        missing = [key for key in keys if key not in sentences]
        for batch in _batches(missing):
            sql = f"SELECT passage, vector FROM sentences WHERE passage IN ({_marks(batch)})"
            for key, blob in connection.execute(sql, batch):
                sentences[key] = max(sentences.get(key, -1.0), float(self._vector(blob) @ vector))

    @staticmethod
    def _passages(connection: sqlite3.Connection, keys: Sequence[int]) -> Iterator[tuple[int, ArticleRow, Passage]]:
        spans: dict[int, list[Span]] = {key: [] for key in keys}
        for batch in _batches(keys):
            sql = (
                f"SELECT passage, start, end FROM sentences WHERE passage IN ({_marks(batch)}) ORDER BY passage, start"
            )
            for key, start, end in connection.execute(sql, batch):
                spans[key].append(Span(start, end))
        for batch in _batches(keys):
            sql = (
                f"SELECT {_ROW}, p.key, p.number, p.start, p.end, p.heading, "
                "substr(a.text, p.start + 1, p.end - p.start) "
                f"FROM passages p JOIN articles a ON a.id = p.article WHERE p.key IN ({_marks(batch)})"
            )
            for row in connection.execute(sql, batch):
                key, number, start, end, heading, text = row[10:]
                yield key, _row(row), Passage(row[0], number, text, start, end, heading, tuple(spans[key]))

    def sentence_vectors(self, spans: Sequence[tuple[str, Span]]) -> Vectors:
        """Vectors of sentences (see ``rag.store.Store.sentence_vectors``)."""
        vectors = np.zeros((len(spans), self._dimension), dtype=np.float32)
        sql = (
            "SELECT s.vector FROM sentences s JOIN passages p ON p.key = s.passage "
            "WHERE p.article = ? AND s.start = ? AND s.end = ?"
        )
        with self._transaction("DEFERRED") as connection:
            for position, (article, span) in enumerate(spans):
                row = connection.execute(sql, (article, span.start, span.end)).fetchone()
                if row:
                    vectors[position] = self._vector(row[0])
        return vectors

    def document_frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each term stands, and the number of passages."""
        with self._transaction("DEFERRED") as connection:
            total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
            counts = {}
            for term in dict.fromkeys(terms):
                sql = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
                counts[term] = connection.execute(sql, (f'"{term}"',)).fetchone()[0]
        return counts, total

    def check(self) -> list[Finding]:
        """Integrity of the database, agreement of its tables, soundness of the FAISS files."""
        rebuild = f"delete {self.folder} and run “standardiste index” on your articles again"
        with self._transaction("DEFERRED") as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            findings = [Finding("database", verdict == "ok", str(verdict), rebuild)]
            if verdict != "ok":
                return findings
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            passages, words = (
                {key for (key,) in connection.execute(sql)}
                for sql in ("SELECT key FROM passages", "SELECT rowid FROM passage_words")
            )
            agree = not broken and passages == words
            findings.append(
                Finding("tables", agree, f"{len(passages)} passages, {len(words)} full-text entries", rebuild)
            )
            generation = int(self._meta(connection, "generation"))
            derived = self._from_files(connection, generation)
            sound = derived is not None and len(derived.passages) == len(passages)
            detail = "in step with the database" if sound else "missing, stale or damaged"
            findings.append(Finding("faiss", sound or not passages, detail, "standardiste doctor --mend"))
        return findings

    def mend(self) -> None:
        """Write the FAISS files again from the stored vectors where they are missing, stale or damaged."""
        with self.writing():
            self._derived = None


@contextlib.contextmanager
def _explained(database: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text:
            raise StoreLocked(f"The index {database.parent} is busy: wait a moment, then try again.") from error
        if "full" in text:
            raise StoreError(
                f"The disk is full: the index {database.parent} has been left as it was; free some space and try again."
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f"The index {database.parent} cannot be opened for writing: check the folder's permissions."
            ) from error
        raise StoreDamaged(
            f"The database {database} cannot be read ({text}): “standardiste doctor” says what is wrong."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(
            f"The database {database} is damaged ({error}): delete the folder and index the articles again."
        ) from error


def _batches(values: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    """Pieces of at most ``size``: SQLite limits the number of parameters of a statement."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


def _found(result: tuple[Any, Any]) -> dict[int, float]:
    """{key: score} of a search for one question; the index pads with key -1."""
    scores, keys = result
    return {int(key): float(score) for key, score in zip(keys[0], scores[0], strict=True) if key >= 0}


def _row(row: Sequence[Any]) -> ArticleRow:
    day = date.fromisoformat(row[4]) if row[4] else None
    return ArticleRow(row[0], row[1], row[2], row[3], day, *row[5:10])
