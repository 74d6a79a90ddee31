"""The store for several machines: vectors and words in Milvus, texts and notes in the records (``rag.records``).

Milvus has no transactions over rows; the records have. An article is put in this order:

1. The records give it a version that no article ever had, noted as a leftover.
2. Its rows go to Milvus, each carrying the version.
3. One transaction of the records makes the version the article's, and what it replaces a leftover.
4. Milvus deletes the replaced rows; then the records forget the leftover.

A search hides leftovers, and asks again without any version that the records do not give out. So whoever dies between
two steps leaves an article as it was (before 3) or as it should be (from 3 on), never half; rows that nobody sees are
deleted by the next writer. Two searches of one question may still see the article's old and its new state if it is
replaced between them: then the old one is hidden and all are asked again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from corpus.article import Article, Span
from embeddings.encoder import Vectors
from rag.hits import EVERYTHING, Filters
from rag.milvus_health import check
from rag.milvus_search import Question, lost, search, vectors_of
from rag.milvus_vectors import KINDS, Level, MilvusVectors, about
from rag.places import Place
from rag.record_notes import RecordNotes
from rag.record_rows import (
    Recorded,
    article_of,
    frequencies,
    leftovers,
    passages_of,
    recorded,
    rows,
    totals,
    vocabulary,
    with_texts,
)  # fmt: skip
from rag.record_writing import forget, forget_leftovers, new_version, record, recount
from rag.records import ARTICLES, Records
from rag.schema import fingerprint
from rag.sparse import passage_weights
from rag.store import ArticleRow, Candidate, Choice, Finding, IndexedPassage, StoreError, digest

SETTLED = 10.0
"""Seconds after which a change is everywhere in Milvus: its "Bounded" reads, much quicker than "Strong" ones, are
behind by five seconds at most (``common.gracefulTime``)."""


class MilvusStore:
    """Milvus and the records beside it (``rag.store.Store``)."""

    def __init__(self, place: Place, encoder: str, dimension: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the store, made if missing, for vectors of the named encoder.

        Raises ``StoreMismatch`` when it holds another encoder's vectors, ``StoreError`` when either half does not
        answer, ``StoreDamaged`` when Milvus does not hold what the records speak of.
        """
        self.place = place
        self._dimension = dimension
        self._clock = clock
        self._records = Records(place, fingerprint(encoder, dimension))
        self._vectors = MilvusVectors(place, self._records.identity, dimension)
        with self._records.reading() as connection:
            generation, passages, _ = totals(connection)
        self._vectors.prepare(empty=passages == 0)
        self._changed = (generation, clock())
        self._vocabulary: tuple[int, dict[str, dict[str, int]]] = (-1, {})
        self.notes = RecordNotes(self._records)

    def close(self) -> None:
        """Close all connections; the store is not usable afterwards."""
        self._vectors.close()
        self._records.close()

    # Writing --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the only pen; delete what a writer that died left behind."""
        with self._records.pen():
            self._sweep()
            try:
                yield
            finally:
                self._vectors.settle()

    def put(self, article: Article, path: str, content: str, passages: Sequence[IndexedPassage]) -> None:
        """Add or replace one article (see ``rag.store.Store.put``)."""
        version = new_version(self._records)
        written = [recorded(version, indexed) for indexed in passages]
        self._insert(about(article, version), written, passages)
        with self._records.writing() as connection:
            record(connection, article, path, content, version, written)
        self._sweep()

    def _insert(
        self, filters: Mapping[str, Any], written: Sequence[Recorded], passages: Sequence[IndexedPassage]
    ) -> None:
        own, sentences = [], []
        for row, indexed in zip(written, passages, strict=True):
            known = [one.hex() for one in row.digests]
            first = {**filters, "key": row.key, "digest": known[0], "vector": indexed.vectors[0]}
            own.append({**first, "words": passage_weights(row.words)})
            sentences += [
                {**filters, "key": key, "digest": name, "vector": vector}
                for key, name, vector in zip(row.sentence_keys(), known[1:], indexed.vectors[1:], strict=True)
            ]
        self._vectors.insert("passages", own)
        self._vectors.insert("sentences", sentences)

    def remove(self, article: str) -> None:
        """Remove one article (see ``rag.store.Store.remove``)."""
        with self._records.writing() as connection:
            forget(connection, ARTICLES.c.id == article)
        self._sweep()

    def _sweep(self) -> None:
        """Delete leftovers; the records forget them only after Milvus has."""
        with self._records.reading() as connection:
            versions = leftovers(connection)
        if versions:
            self._vectors.delete(versions)
            with self._records.writing() as connection:
                forget_leftovers(connection, versions)

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of texts embedded before (see ``rag.store.Store.known_vectors``)."""
        by_digest = {digest(text): text for text in texts}
        found: dict[str, Vectors] = {}
        for kind in KINDS:
            missing = [known for known, text in by_digest.items() if text not in found]
            for known, vector in self._vectors.by_digest(kind, missing).items():
                found[by_digest[known]] = vector
        return found

    def mend(self) -> None:
        """Delete leftovers and count the words again."""
        with self.writing(), self._records.writing() as connection:
            recount(connection)

    # Reading --------------------------------------------------------------------------------------------------------

    def articles(self) -> list[ArticleRow]:
        """All articles, by title."""
        with self._records.reading() as connection:
            return rows(connection, self.place.records_name)

    def article(self, article: str) -> Article:
        """One article with its text."""
        with self._records.reading() as connection:
            found = article_of(connection, article, self.place.records_name)
        if found is None:
            raise StoreError(f"There is no article “{article}”: “standardiste articles” lists them.")
        return found

    def indexed(self, article: str) -> list[IndexedPassage]:
        """One article's passages as they were put (see ``rag.store.Store.indexed``)."""
        with self._records.reading() as connection:
            known = passages_of(connection, [article])
            passages = [passage for _, passage in with_texts(connection, known, self.place.records_name)]
            vectors = vectors_of(self._vectors, known)
        if vectors is None:
            raise lost(self.place)
        return [
            IndexedPassage(passage, (), vectors[row.key], row.words, row.digests)
            for row, passage in zip(known, passages, strict=True)
        ]

    def search(
        self,
        vector: Vectors,
        terms: Sequence[str],
        depth: int,
        filters: Filters = EVERYTHING,
        choose: Choice = list,
    ) -> list[Candidate]:
        """The passages that the three searches find (see ``rag.store.Store.search``)."""
        return search(self._records, self._vectors, Question(vector, terms, depth, filters), choose, self._level)

    def _level(self, generation: int) -> Level:
        """How fresh Milvus's reads must be: "Strong" ones wait for every write, some 0.2 s on a server."""
        known, since = self._changed
        now = self._clock()
        if known != generation:
            self._changed = (generation, now)
            return "Strong"
        return "Strong" if now - since < SETTLED else "Bounded"

    def sentence_vectors(self, spans: Sequence[tuple[str, Span]]) -> Vectors:
        """Vectors of sentences (see ``rag.store.Store.sentence_vectors``)."""
        found = np.zeros((len(spans), self._dimension), dtype=np.float32)
        with self._records.reading() as connection:
            known = passages_of(connection, {article for article, _ in spans})
            keys = {
                (row.article, span): key
                for row in known
                for key, span in zip(row.sentence_keys(), row.spans, strict=True)
            }
            wanted = [keys.get(place, -1) for place in spans]
            vectors = self._vectors.vectors("sentences", sorted({key for key in wanted if key >= 0}))
        for position, key in enumerate(wanted):
            if key in vectors:
                found[position] = vectors[key]
        return found

    def document_frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each term stands, and the number of passages."""
        with self._records.reading() as connection:
            return frequencies(connection, terms), totals(connection)[1]

    def vocabulary(self) -> Mapping[str, Mapping[str, int]]:
        """By first letter every stem (see ``rag.store.Store.vocabulary``)."""
        with self._records.reading() as connection:
            generation, *_ = totals(connection)
            if self._vocabulary[0] != generation:
                self._vocabulary = (generation, vocabulary(connection))
            return self._vocabulary[1]

    def check(self) -> list[Finding]:
        """Whether all of it is sound and agrees (``rag.milvus_health``)."""
        return check(self._records, self._vectors)
