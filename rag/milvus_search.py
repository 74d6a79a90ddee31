"""A question to a Milvus store: three searches in Milvus, exact scores, all of it in one state of the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.encoder import Vectors
from rag.bm25 import bm25, idf
from rag.hits import Filters
from rag.milvus_vectors import Level, MilvusVectors, expression
from rag.places import Place
from rag.record_rows import (
    SENTENCE_BITS,
    Recorded,
    current,
    frequencies,
    leftovers,
    passages_by_key,
    totals,
    version_of,
    with_texts,
)  # fmt: skip
from rag.records import Records
from rag.store import Candidate, Choice, Scores, StoreDamaged, StoreLocked

_TRIES = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What ``rag.store.Store.search`` is asked."""

    vector: Vectors
    terms: Sequence[str]
    depth: int
    filters: Filters


@dataclass(frozen=True, slots=True)
class _Found:
    """What Milvus found: passages with their cosine, passages with their best sentence's, passages by words."""

    dense: dict[int, float]
    sentence: dict[int, float]
    words: frozenset[int]

    def keys(self) -> set[int]:
        """All passages found."""
        return {*self.dense, *self.sentence, *self.words}


def search(
    records: Records, vectors: MilvusVectors, question: Question, choose: Choice, level: Callable[[int], Level]
) -> list[Candidate]:
    """The chosen passages; ``level`` says by the records' generation how fresh Milvus must read.

    Raises ``StoreDamaged`` when Milvus lost vectors of a passage, ``StoreLocked`` when the store never holds still.
    """
    hidden: set[int] = set()
    for _ in range(_TRIES):
        with records.reading() as connection:
            hidden.update(leftovers(connection))
            generation, total, average = totals(connection)
            counts = frequencies(connection, question.terms)
        weights = {term: idf(count, total) for term, count in counts.items()}
        found = _find(vectors, question, weights, expression(question.filters, hidden), level(generation))
        keys = found.keys()
        with records.reading() as connection:
            known = passages_by_key(connection, keys)
            stale = {version_of(key) for key in keys} - {version_of(key) for key in known}
            # What was on its way in when this began may have arrived, and what it replaced be gone.
            arrived = current(connection, hidden)
            cosines = None if stale or arrived else _cosines(vectors, question.vector, known, found)
            if cosines is not None:
                scores = [
                    Scores(key, *cosines[key], bm25(weights, row.words, average)) for key, row in sorted(known.items())
                ]
                chosen = choose(_cut(scores, found, question.depth))
                texts = with_texts(connection, [known[one.key] for one in chosen], records.place.records_name)
                return [Candidate(*text, one) for text, one in zip(texts, chosen, strict=True)]
        if not stale and not arrived:
            # Replaced meanwhile, or lost: only what the records still give out is lost.
            with records.reading() as connection:
                if current(connection, {version_of(key) for key in known}) == {version_of(key) for key in known}:
                    raise lost(records.place)
        hidden = (hidden | stale) - arrived
    raise StoreLocked(f"The store {records.place} changes too fast to be searched: wait a moment, then try again.")


def lost(place: Place) -> StoreDamaged:
    """The error for vectors that Milvus does not hold any more."""
    return StoreDamaged(
        f"Milvus at {place} has lost vectors of the index: copy another store into a new one (“standardiste migrate”), "
        "or index the articles again."
    )


def vectors_of(vectors: MilvusVectors, passages: Sequence[Recorded]) -> dict[int, Vectors] | None:
    """By passage its own vector and its sentences', shape (1 + s, d); None when any is missing."""
    own = vectors.vectors("passages", [row.key for row in passages])
    keys = [key for row in passages for key in row.sentence_keys()]
    sentences = vectors.vectors("sentences", keys)
    if len(own) < len(passages) or len(sentences) < len(keys):
        return None
    return {row.key: np.stack([own[row.key], *(sentences[key] for key in row.sentence_keys())]) for row in passages}


def _find(
    vectors: MilvusVectors, question: Question, weights: Mapping[str, float], which: str, level: Level
) -> _Found:  # fmt: skip
    from rag.sparse import question_weights

    depth = question.depth
    near = vectors.nearest("passages", question.vector, depth, which, level)
    # Twice as deep: neighbouring sentences of one passage take each other's places.
    sentences = vectors.nearest("sentences", question.vector, 2 * depth, which, level)
    # Twice as deep: their order is nearly, not quite, that of the exact scores (``rag.sparse``).
    by_words = vectors.sharing(question_weights(weights), 2 * depth, which, level)
    best: dict[int, float] = {}
    for key, cosine in sentences.items():
        best.setdefault(key >> SENTENCE_BITS, cosine)
    return _Found(near, best, frozenset(by_words))


def _cosines(
    vectors: MilvusVectors, vector: Vectors, known: Mapping[int, Recorded], found: _Found
) -> dict[int, tuple[float, float]] | None:
    """For each passage its cosine and that of its best sentence (its own if it has none); None when any is missing.

    What a search found it also scored: a passage's first sentence among them is its best. Only the rest is fetched.
    """
    own = vectors.vectors("passages", [key for key in known if key not in found.dense])
    wanted = {key: row.sentence_keys() for key, row in known.items() if key not in found.sentence}
    sentences = vectors.vectors("sentences", [one for keys in wanted.values() for one in keys])
    dense = {**found.dense, **{key: float(one @ vector) for key, one in own.items()}}
    if any(key not in dense for key in known) or any(one not in sentences for keys in wanted.values() for one in keys):
        return None
    best = {
        key: max((float(sentences[one] @ vector) for one in keys), default=dense[key]) for key, keys in wanted.items()
    }
    return {key: (dense[key], found.sentence.get(key, best.get(key, 0.0))) for key in known}


def _cut(scores: Iterable[Scores], found: _Found, depth: int) -> list[Scores]:
    """Of what only its words found, the ``depth`` best by their exact score."""
    scores = list(scores)
    by_words = sorted((one for one in scores if one.key in found.words), key=lambda one: (-one.words, one.key))
    kept = {*found.dense, *found.sentence} | {one.key for one in by_words[:depth]}
    return [one for one in scores if one.key in kept]
