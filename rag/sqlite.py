"""The store on one machine: SQLite is the truth, two FAISS files are derived from it.

One transaction changes one article: its text, passages, sentences, vectors and words appear together or not at all.
Every change raises the generation, by which readers know that what they derived is stale.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Passage, Span
from embeddings.encoder import Vectors
from rag import derived
from rag.bm25 import bm25, idf
from rag.database import Database, batches, blob, digest, explained, get_meta, marks, set_meta
from rag.derived import Derived
from rag.hits import EVERYTHING, Filters
from rag.store import ArticleRow, Candidate, Choice, Finding, IndexedPassage, Scores, StoreError, StoreLocked
from rag.words import fold

Keys = NDArray[np.int64]

_ROW = (
    "a.id, a.title, a.author, a.publication, a.date, a.language, a.source, a.path, a.digest, "
    "(SELECT count(*) FROM passages WHERE article = a.id)"
)


class SqliteStore:
    """A folder with ``articles.db``, ``passages.faiss`` and ``sentences.faiss`` (``rag.store.Store``)."""

    def __init__(self, folder: Path, encoder: str, dimension: int) -> None:
        """Open the store in ``folder``, made if missing, for vectors of the named encoder.

        Raises ``StoreMismatch`` when it holds another encoder's vectors, ``StoreDamaged`` when it cannot be read.
        """
        self.folder = folder
        self._database = Database(folder / "articles.db", encoder, dimension)
        self._lock = threading.Lock()
        self._derived: Derived | None = None

    def close(self) -> None:
        """Close all connections; the store is not usable afterwards."""
        self._database.close()

    # Writing ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock, freed by the system if the process dies; write the FAISS files at the end."""
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

    def put(self, article: Article, path: str, content: str, passages: Sequence[IndexedPassage]) -> None:
        """Add or replace one article (see ``rag.store.Store.put``)."""
        headings = json.dumps([(span.start, span.end) for span in article.headings])
        day = article.date.isoformat() if article.date else None
        with self._database.writing() as connection:
            connection.execute("DELETE FROM articles WHERE id = ? OR path = ?", (article.id, path))
            connection.execute(
                f"INSERT INTO articles VALUES ({marks(range(11))})",
                (article.id, path, article.title, article.author, article.publication, day, article.language,
                 article.source, article.text, headings, content),
            )  # fmt: skip
            for indexed in passages:
                _insert_passage(connection, article.id, indexed)
            _raise_generation(connection)

    def remove(self, article: str) -> None:
        """Remove one article (see ``rag.store.Store.remove``)."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM articles WHERE id = ?", (article,))
            _raise_generation(connection)

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of texts embedded before (see ``rag.store.Store.known_vectors``)."""
        by_digest = {digest(text): text for text in texts}
        found: dict[str, Vectors] = {}
        with self._database.reading() as connection:
            for table in derived.KINDS:
                for batch in batches(list(by_digest)):
                    sql = f"SELECT digest, vector FROM {table} WHERE digest IN ({marks(batch)})"
                    for key, stored in connection.execute(sql, batch):
                        found[by_digest[key]] = self._database.vector(stored)
        return found

    def _write_derived(self) -> None:
        """Bring the FAISS files up to date; the database is told of them only after they are in place."""
        with self._database.reading() as connection:
            generation = int(get_meta(connection, "generation"))
            if derived.read(connection, self.folder, generation) is not None:
                return
            current = self._current(connection)
        with explained(self._database.path):
            remembered = derived.write(current, self.folder)
        with self._database.writing() as connection:
            set_meta(connection, **remembered)

    def mend(self) -> None:
        """Write the FAISS files again from the stored vectors where they are missing, stale or damaged."""
        with self.writing():
            self._derived = None

    # Reading ----------------------------------------------------------------------------------------------------

    def articles(self) -> list[ArticleRow]:
        """All articles, by title."""
        with self._database.reading() as connection:
            return [_row(row) for row in connection.execute(f"SELECT {_ROW} FROM articles a ORDER BY a.title, a.id")]

    def article(self, article: str) -> Article:
        """One article with its text."""
        sql = f"SELECT {_ROW}, text, headings FROM articles a WHERE id = ?"
        with self._database.reading() as connection:
            row = connection.execute(sql, (article,)).fetchone()
        if row is None:
            raise StoreError(f"There is no article “{article}”: “standardiste articles” lists them.")
        known = _row(row)
        headings = tuple(Span(start, end) for start, end in json.loads(row[11]))
        return Article(
            known.id, known.title, row[10], known.author, known.publication, known.date, known.language, known.source,
            headings,
        )  # fmt: skip

    def search(
        self,
        vector: Vectors,
        terms: Sequence[str],
        depth: int,
        filters: Filters = EVERYTHING,
        choose: Choice = list,
    ) -> list[Candidate]:
        """The passages that the three searches find (see ``rag.store.Store.search``)."""
        with self._database.reading() as connection:
            current = self._current(connection)
            allowed, allowed_sentences = _allowed(connection, current, filters)
            dense = _found(current.passages.search(vector[None], depth, allowed))
            # Twice as deep: neighbouring sentences of one passage take each other's places.
            near = _found(current.sentences.search(vector[None], 2 * depth, allowed_sentences))
            by_words = _search_words(connection, terms, depth, allowed)
            keys = sorted({*dense, *by_words, *(current.owners[key] for key in near)})
            words = _score_words(connection, terms, keys, current.average_stems)
            cosines = current.cosines(keys, vector)
            found = [Scores(key, *cosines[key], words[key]) for key in keys]
            return _candidates(connection, choose(found))

    def _current(self, connection: sqlite3.Connection) -> Derived:
        """The indexes of the generation this transaction sees: in memory, else from file, else made anew."""
        generation = int(get_meta(connection, "generation"))
        known = self._derived
        if known is not None and known.generation == generation:
            return known
        with self._lock:
            if self._derived is not None and self._derived.generation == generation:
                return self._derived
            current = derived.read(connection, self.folder, generation)
            current = current or derived.make(connection, self._database, generation)
            if self._derived is None or self._derived.generation < generation:
                self._derived = current
            return current

    def sentence_vectors(self, spans: Sequence[tuple[str, Span]]) -> Vectors:
        """Vectors of sentences (see ``rag.store.Store.sentence_vectors``)."""
        vectors = np.zeros((len(spans), self._database.dimension), dtype=np.float32)
        places = {(article, span.start, span.end): position for position, (article, span) in enumerate(spans)}
        with self._database.reading() as connection:
            for batch in batches(sorted({article for article, _ in spans})):
                sql = (
                    "SELECT p.article, s.start, s.end, s.vector FROM passages p JOIN sentences s ON s.passage = p.key "
                    f"WHERE p.article IN ({marks(batch)})"
                )
                for article, start, end, stored in connection.execute(sql, batch):
                    position = places.get((article, start, end))
                    if position is not None:
                        vectors[position] = self._database.vector(stored)
        return vectors

    def document_frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each term stands, and the number of passages."""
        with self._database.reading() as connection:
            return _frequencies(connection, terms)

    def check(self) -> list[Finding]:
        """Integrity of the database, agreement of its tables, soundness of the FAISS files."""
        anew = f"delete {self.folder} and run “standardiste index” on your articles again"
        with self._database.reading() as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            findings = [Finding("database", verdict == "ok", str(verdict), anew)]
            if verdict != "ok":
                return findings
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            passages, words = (
                {key for (key,) in connection.execute(sql)}
                for sql in ("SELECT key FROM passages", "SELECT rowid FROM passage_words")
            )
            agree = not broken and passages == words
            findings.append(Finding("tables", agree, f"{len(passages)} passages, {len(words)} in full text", anew))
            current = derived.read(connection, self.folder, int(get_meta(connection, "generation")))
            sound = current is not None and len(current.passages) == len(passages)
            detail = "in step with the database" if sound else "missing, stale or damaged"
            findings.append(Finding("faiss", sound or not passages, detail, "standardiste doctor --mend"))
        return findings


def _insert_passage(connection: sqlite3.Connection, article: str, indexed: IndexedPassage) -> None:
    passage, digests = indexed.passage, [digest(text) for text in indexed.texts]
    key = connection.execute(
        "INSERT INTO passages (article, number, start, end, heading, stems, digest, vector) VALUES (?,?,?,?,?,?,?,?)",
        (article, passage.number, passage.start, passage.end, passage.heading, len(indexed.words[-1].split()),
         digests[0], blob(indexed.vectors[0])),
    ).lastrowid  # fmt: skip
    connection.executemany(
        "INSERT INTO sentences (passage, start, end, digest, vector) VALUES (?,?,?,?,?)",
        [
            (key, span.start, span.end, known, blob(vector))
            for span, known, vector in zip(passage.sentences, digests[1:], indexed.vectors[1:], strict=True)
        ],
    )
    sql = "INSERT INTO passage_words (rowid, title, about, heading, body) VALUES (?,?,?,?,?)"
    connection.execute(sql, (key, *indexed.words))


def _raise_generation(connection: sqlite3.Connection) -> None:
    set_meta(connection, generation=str(int(get_meta(connection, "generation")) + 1))


def _allowed(
    connection: sqlite3.Connection, current: Derived, filters: Filters
) -> tuple[Keys, Keys] | tuple[None, None]:
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
    sentences = [key for key, owner in current.owners.items() if owner in keys]
    return np.array(sorted(keys), dtype=np.int64), np.array(sentences, dtype=np.int64)


def _search_words(connection: sqlite3.Connection, terms: Sequence[str], depth: int, allowed: Keys | None) -> list[int]:
    """Keys of the ``depth`` passages that SQLite's BM25 puts first."""
    if not terms:
        return []
    query = " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))
    sql = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY rank"
    if allowed is None:
        return [key for (key,) in connection.execute(f"{sql} LIMIT {depth}", (query,))]
    passing = set(allowed.tolist())
    return [key for (key,) in connection.execute(sql, (query,)) if key in passing][:depth]


def _score_words(
    connection: sqlite3.Connection, terms: Sequence[str], keys: Sequence[int], average: float
) -> dict[int, float]:
    """BM25 of every candidate, also of those that only another search found."""
    counts, total = _frequencies(connection, terms)
    weights = {term: idf(count, total) for term, count in counts.items()}
    scores = dict.fromkeys(keys, 0.0)
    for batch in batches(keys):
        sql = f"SELECT rowid, title, about, heading, body FROM passage_words WHERE rowid IN ({marks(batch)})"
        for key, *fields in connection.execute(sql, batch):
            scores[key] = bm25(weights, fields, average)
    return scores


def _frequencies(connection: sqlite3.Connection, terms: Sequence[str]) -> tuple[dict[str, int], int]:
    total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
    sql = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
    return {t: connection.execute(sql, (f'"{t}"',)).fetchone()[0] for t in dict.fromkeys(terms)}, total


def _candidates(connection: sqlite3.Connection, chosen: Sequence[Scores]) -> list[Candidate]:
    """The chosen passages with their articles and sentences, in the order of ``chosen``."""
    keys = [scores.key for scores in chosen]
    spans: dict[int, list[Span]] = {key: [] for key in keys}
    loaded: dict[int, tuple[ArticleRow, Passage]] = {}
    for batch in batches(keys):
        sql = f"SELECT passage, start, end FROM sentences WHERE passage IN ({marks(batch)}) ORDER BY start"
        for key, start, end in connection.execute(sql, batch):
            spans[key].append(Span(start, end))
        sql = (
            f"SELECT {_ROW}, p.key, p.number, p.start, p.end, p.heading, substr(a.text, p.start + 1, p.end - p.start) "
            f"FROM passages p JOIN articles a ON a.id = p.article WHERE p.key IN ({marks(batch)})"
        )
        for row in connection.execute(sql, batch):
            key, number, start, end, heading, text = row[10:]
            loaded[key] = _row(row), Passage(row[0], number, text, start, end, heading, tuple(spans[key]))
    return [Candidate(*loaded[scores.key], scores) for scores in chosen]


def _found(result: tuple[Any, Any]) -> dict[int, float]:
    """{key: score} of a search for one question; the index pads with key -1."""
    scores, keys = result
    return {int(key): float(score) for key, score in zip(keys[0], scores[0], strict=True) if key >= 0}


def _row(row: Sequence[Any]) -> ArticleRow:
    day = date.fromisoformat(row[4]) if row[4] else None
    return ArticleRow(row[0], row[1], row[2], row[3], day, *row[5:10])
