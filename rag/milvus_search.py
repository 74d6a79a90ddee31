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
    """Keys of passages: found by either vector, and found by words in Milvus's order."""

    near: frozenset[int]
    by_words: frozenset[int]


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
        keys = found.near | found.by_words
        with records.reading() as connection:
            known = passages_by_key(connection, keys)
            stale = {version_of(key) for key in keys} - {version_of(key) for key in known}
            fetched = None if stale else vectors_of(vectors, list(known.values()))
            if fetched is not None:
                scores = _scores(question.vector, known, fetched, weights, average)
                chosen = choose(_cut(scores, found, question.depth))
                texts = with_texts(connection, [known[one.key] for one in chosen], records.place.records_name)
                return [Candidate(*text, one) for text, one in zip(texts, chosen, strict=True)]
        if not stale:
            # Replaced meanwhile, or lost: only what the records still give out is lost.
            with records.reading() as connection:
                if current(connection, {version_of(key) for key in known}) == {version_of(key) for key in known}:
                    raise lost(records.place)
        hidden |= stale
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
    return _Found(frozenset([*near, *(key >> SENTENCE_BITS for key in sentences)]), frozenset(by_words))


def _scores(
    vector: Vectors, known: Mapping[int, Recorded], fetched: Mapping[int, Vectors], weights: Mapping[str, float],
    average: float,
) -> list[Scores]:  # fmt: skip
    scores = []
    for key, row in sorted(known.items()):
        own, *sentences = (fetched[key] @ vector).tolist()
        scores.append(Scores(key, own, max(sentences, default=own), bm25(weights, row.words, average)))
    return scores


def _cut(scores: Iterable[Scores], found: _Found, depth: int) -> list[Scores]:
    """Of what only its words found, the ``depth`` best by their exact score."""
    scores = list(scores)
    by_words = sorted((one for one in scores if one.key in found.by_words), key=lambda one: (-one.words, one.key))
    kept = found.near | {one.key for one in by_words[:depth]}
    return [one for one in scores if one.key in kept]
