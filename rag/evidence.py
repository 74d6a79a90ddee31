"""Hits → the sentences that may answer, scored, and what of them fits the prompt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.article import Span
from rag.hits import Hit
from rag.retrieve import Retrieval
from rag.store import Store
from rag.words import stems

CHARACTERS_PER_TOKEN = 3.2
"""French press text in Qwen2.5's tokens (benchmarks/answers.py prints it); the budget is an estimate by it."""

CONSIDERED = 8
"""Hits whose sentences are looked at."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit. ``cosine`` is to the question; ``coverage`` the share (by idf) of the question's terms that
    stand in it or its neighbours; ``score`` mixes both with the hit's own score.
    """  # noqa: D205

    hit: Hit
    position: int
    span: Span
    text: str
    cosine: float
    coverage: float
    score: float


@dataclass(frozen=True, slots=True)
class EvidencePassage:
    """Sentences of one hit shown to the language model under ``number`` (from 1); gaps are marked « […] »."""

    number: int
    hit: Hit
    text: str


def term_weights(store: Store, terms: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of each term, ``log(1 + N / (df + 0.5))``."""
    counts, total = store.document_frequencies(terms)
    return {term: math.log(1 + total / (counts[term] + 0.5)) for term in dict.fromkeys(terms)}


def covered(terms: Sequence[str], weights: dict[str, float], stemmed: set[str]) -> float:
    """Share of the terms' weight that ``stemmed`` holds, 0 to 1; 0 without terms."""
    total = sum(weights[term] for term in terms)
    return sum(weights[term] for term in terms if term in stemmed) / total if total else 0.0


def score_sentences(retrieval: Retrieval, store: Store) -> list[ScoredSentence]:
    """The sentences of the first hits, best first."""
    hits = retrieval.hits[:CONSIDERED]
    places = [(hit, position) for hit in hits for position in range(len(hit.sentences))]
    vectors = store.sentence_vectors([(hit.article, hit.sentences[position]) for hit, position in places])
    cosines = vectors @ retrieval.vector if places else np.zeros(0, dtype=np.float32)
    weights = term_weights(store, retrieval.terms)
    low, high = (float(cosines.min()), float(cosines.max())) if places else (0.0, 0.0)
    scored = []
    stemmed = {id(hit): [set(stems(text, hit.language)) for text in hit.sentence_texts()] for hit in hits}
    for (hit, position), cosine in zip(places, cosines.tolist(), strict=True):
        own = stemmed[id(hit)]
        above = set(stems(f"{hit.title} {hit.heading}", hit.language))
        around = set().union(*own[max(position - 1, 0) : position + 2]) | above
        alone = covered(retrieval.terms, weights, own[position])
        coverage = covered(retrieval.terms, weights, around)
        scaled = (cosine - low) / (high - low) if high > low else 0.0
        score = 0.4 * scaled + 0.25 * alone + 0.15 * coverage + 0.2 * hit.score
        span = hit.sentences[position]
        text = hit.text[span.start - hit.start : span.end - hit.start]
        scored.append(ScoredSentence(hit, position, span, text, cosine, coverage, score))
    return sorted(scored, key=lambda sentence: -sentence.score)


def pack(sentences: Sequence[ScoredSentence], tokens: int) -> list[EvidencePassage]:
    """The best sentences with their neighbours, as many as ``tokens`` allow, in passages numbered by their best one.

    Neighbours come along because a sentence alone often speaks of "il" or "ce salon". At least one sentence is taken,
    however long.
    """
    budget = tokens * CHARACTERS_PER_TOKEN
    chosen: dict[tuple[str, int], set[int]] = {}
    hits: dict[tuple[str, int], Hit] = {}
    used = 0.0
    for sentence in sentences:
        hit = sentence.hit
        key = (hit.article, hit.passage)
        taken = chosen.get(key, set())
        for position in (sentence.position, sentence.position - 1, sentence.position + 1):
            if position in taken or not 0 <= position < len(hit.sentences):
                continue
            length = hit.sentences[position].end - hit.sentences[position].start
            header = 0 if taken else len(hit.title) + 30
            if used + length + header > budget and used > 0:
                continue
            taken.add(position)
            used += length + header
        if taken:
            chosen.setdefault(key, taken)
            hits.setdefault(key, hit)
        if used > 0.95 * budget:
            break
    return [
        EvidencePassage(number, hits[key], _text(hits[key], positions))
        for number, (key, positions) in enumerate(chosen.items(), start=1)
    ]


def _text(hit: Hit, positions: set[int]) -> str:
    texts, pieces, last = hit.sentence_texts(), [], None
    for position in sorted(positions):
        if last is not None and position > last + 1:
            pieces.append("[…]")
        pieces.append(" ".join(texts[position].split()))
        last = position
    return " ".join(pieces)
