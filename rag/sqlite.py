"""The store on one machine: SQLite is the truth, two FAISS files and the postings are derived from it.

One transaction changes one article: its text, passages, sentences, vectors and words appear together or not at all.
Every change raises the generation, by which readers know that what they derived is stale.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Span
from embeddings.encoder import Vectors
from rag import derived
from rag.database import Database, explained, only_writer
from rag.derived import Derived
from rag.health import check
from rag.hits import EVERYTHING, Filters
from rag.notes import SqliteNotes
from rag.rows import (
    ROW,
    ROW_WIDTH,
    batches,
    damaged,
    decoding,
    insert_article,
    insert_passage,
    marks,
    read_candidates,
    read_row,
    text_sum,
)  # fmt: skip
from rag.schema import get_meta, set_meta
from rag.store import ArticleRow, Candidate, Choice, Finding, IndexedPassage, Scores, StoreError, digest
from rag.stored import read_indexed

Keys = NDArray[np.int64]


class SqliteStore:
    """A folder with ``articles.db`` and, derived from it, two FAISS files and one of postings (``rag.store.Store``)."""

    def __init__(self, folder: Path, encoder: str, dimension: int) -> None:
        """Open the store in ``folder``, made if missing, for vectors of the named encoder.

        Raises ``StoreMismatch`` when it holds another encoder's vectors, ``StoreDamaged`` when it cannot be read.
        """
        self.folder = folder
        self._database = Database(folder / "articles.db", encoder, dimension)
        self._lock = threading.Lock()
        self._derived: Derived | None = None
        self.notes = SqliteNotes(self._database)

    def close(self) -> None:
        """Close all connections; the store is not usable afterwards."""
        self._database.close()

    # Writing ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock, freed by the system if the process dies; write the FAISS files at the end."""
        with only_writer(self.folder):
            try:
                yield
            finally:
                self._write_derived()

    def put(self, article: Article, path: str, content: str, passages: Sequence[IndexedPassage]) -> None:
        """Add or replace one article (see ``rag.store.Store.put``)."""
        headings = json.dumps([(span.start, span.end) for span in article.headings])
        with self._database.writing() as connection:
            connection.execute("DELETE FROM articles WHERE id = ? OR path = ?", (article.id, path))
            insert_article(connection, article, path, headings, content)
            for indexed in passages:
                insert_passage(connection, article.id, indexed)
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

    def _write_derived(self, *, thorough: bool = False) -> None:
        """Bring the files up to date; the database is told of them only after they are in place.

        ``thorough`` reads all of them, so that none stays that is damaged.
        """
        with self._database.reading() as connection:
            generation = self._generation(connection)
            known, files = self._derived, get_meta(connection, "faiss_generation")
            if files and known is not None and known.base.written == files:
                # Read from those files, and whole then: nobody reads and hashes gigabytes for one more article.
                current: Derived | None = self._current(connection)
            else:
                current = derived.read(connection, self._database, generation)
            if current is not None and not current.outdated and (not thorough or current.sound):
                return
            made = derived.make(connection, self._database, generation)
            with explained(self._database.path):
                written, remembered = derived.write(connection, self._database, made)
        with self._database.writing() as connection:
            set_meta(connection, **remembered)
        self._derived = written

    def mend(self) -> None:
        """Write the derived files again from what is stored where they are missing, stale or damaged."""
        with only_writer(self.folder):
            self._derived = None
            self._write_derived(thorough=True)

    # Reading ----------------------------------------------------------------------------------------------------

    def articles(self) -> list[ArticleRow]:
        """All articles, by title."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {ROW} FROM articles a ORDER BY a.title, a.id")
            return [read_row(row, self._database.path) for row in rows]

    def article(self, article: str) -> Article:
        """One article with its text."""
        sql = f"SELECT {ROW}, text, headings, text_sum FROM articles a WHERE id = ?"
        with self._database.reading() as connection:
            row = connection.execute(sql, (article,)).fetchone()
        if row is None:
            raise StoreError(f"There is no article “{article}”: “standardiste articles” lists them.")
        known = read_row(row[:ROW_WIDTH], self._database.path)
        text, places, sum_ = row[ROW_WIDTH:]
        if text_sum(text, places) != sum_:
            raise damaged(f"The text of the article “{article}”", self._database.path)
        headings = tuple(Span(start, end) for start, end in json.loads(places))
        return Article(
            known.id, known.title, text, known.author, known.publication, known.date, known.language, known.source,
            headings,
        )  # fmt: skip

    def indexed(self, article: str) -> list[IndexedPassage]:
        """One article's passages as they were put (see ``rag.store.Store.indexed``)."""
        with self._database.reading() as connection, decoding(self._database.path):
            return read_indexed(connection, self._database, article)

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
            with decoding(self._database.path):
                found = _search(connection, self._database, current, vector, terms, depth, filters)
            return read_candidates(connection, choose(found), self._database.path)

    def _current(self, connection: sqlite3.Connection) -> Derived:
        """The indexes of the generation this transaction sees: in memory, else from file, else made anew."""
        generation = self._generation(connection)
        known = self._derived
        if known is not None and known.generation == generation:
            return known
        with self._lock:
            if self._derived is not None and self._derived.generation == generation:
                return self._derived
            # A restored database may give the same keys to other passages.
            if known is not None and known.generation < generation and known.lineage == get_meta(connection, "lineage"):
                current = derived.follow(connection, self._database, known.base, generation)
            else:
                current = derived.read(connection, self._database, generation) or derived.make(
                    connection, self._database, generation
                )
            if self._derived is None or self._derived.generation < generation:
                self._derived = current
            return current

    def _generation(self, connection: sqlite3.Connection) -> int:
        with decoding(self._database.path):
            return int(get_meta(connection, "generation"))

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
            words = self._current(connection).words
        return words.frequencies(terms), words.total

    def vocabulary(self) -> Mapping[str, Mapping[str, int]]:
        """By first letter every stem (see ``rag.store.Store.vocabulary``)."""
        with self._database.reading() as connection:
            return self._current(connection).words.vocabulary()

    def check(self) -> list[Finding]:
        """Whether all of it is sound and agrees (``rag.health``)."""
        return check(self._database, self.folder)


def _raise_generation(connection: sqlite3.Connection) -> None:
    set_meta(connection, generation=str(int(get_meta(connection, "generation")) + 1))


def _search(
    connection: sqlite3.Connection,
    database: Database,
    current: Derived,
    vector: Vectors,
    terms: Sequence[str],
    depth: int,
    filters: Filters,
) -> list[Scores]:
    """What any of the three searches finds, with all three scores."""
    allowed = allowed_sentences = None
    if filters:
        allowed = current.catalogue(connection).allowed(filters)
        allowed_sentences = current.owners.among(allowed)
    fetch = current.fetching(connection, database)
    dense = _found(current.passages.search(vector[None], depth, allowed, fetch("passages")))
    # Twice as deep: neighbouring sentences of one passage take each other's places.
    near = _found(current.sentences.search(vector[None], 2 * depth, allowed_sentences, fetch("sentences")))
    words = current.words.score(terms)
    keys = sorted({*dense, *words.best(depth, allowed), *current.owners.of(near)})
    scores, cosines = words.of(keys), current.cosines(keys, vector, fetch)
    return [Scores(key, *cosines[key], scores[key]) for key in keys]


def _found(result: tuple[Vectors, Keys]) -> list[int]:
    """The keys of a search for one question; the index pads with key -1."""
    return [key for key in result[1][0].tolist() if key >= 0]
