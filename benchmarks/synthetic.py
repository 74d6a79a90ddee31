"""Any number of passages that words and vectors meet as they would meet real ones, without hours of encoding.

A passage is the first half of one real passage (PIAF, the CNIL's answers, NoMIRACL) and the second half of another, so
that its text has real sentences and real word frequencies; the vocabulary does not grow, as that of new articles would.
Its vector is a mixture of the two real passages' vectors and noise, a sentence's one of its real vector, another
sentence's and noise; the noise has the covariance of the real vectors. ``likeness`` tells how near the result comes to
real vectors: what a mixture lacks is the crowding of many articles on one subject.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import squad
from corpus.article import Article, Passage, Span
from embeddings.encoder import Encoder, Vectors
from rag.parts import passages_of
from rag.store import IndexedPassage
from rag.words import index_text

PASSAGES = 10
"""Passages of an article."""
BLOCK = 2_000
"""Passages made at a time."""
PUBLICATIONS = 20
FIRST_DAY = date(2000, 1, 1)
DAYS = 9000
SHARE = (0.6, 1.0)
"""Share of the first vector in a mixture, evenly drawn."""
NOISE = 0.3
"""Length of the noise beside that of a real vector's distance from the mean."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Real:
    """Real passages as lists of sentences (places in ``sentences``), and the vectors of both, (n, d)."""

    passages: Sequence[Sequence[int]]
    sentences: Sequence[str]
    passage_vectors: Vectors
    sentence_vectors: Vectors


def real(encoder: Encoder, work: Path) -> Real:
    """The real passages, their vectors kept in ``work`` for the next run."""
    texts = list(dict.fromkeys(_texts()))
    split = [
        passage
        for text in texts
        for passage in passages_of(Article("a", "a", text, None, None, None, "fr", ""), encoder)
    ]
    said = [[passage.text[span.start - passage.start : span.end - passage.start] for span in passage.sentences]
            for passage in split]  # fmt: skip
    places = {text: place for place, text in enumerate(dict.fromkeys(text for group in said for text in group))}
    file = work / f"real-{encoder.name.replace(':', '-')}.npz"
    if not file.exists():
        vectors = encoder.encode_passages([passage.text for passage in split])
        np.savez(file, passages=vectors, sentences=encoder.encode_passages(list(places)))
    kept = np.load(file)
    passages = [[places[text] for text in group] for group in said]
    return Real(passages, list(places), kept["passages"], kept["sentences"])


def _texts() -> Iterator[str]:
    """The paragraphs of three French sets."""
    yield from squad.load().paragraphs.values()
    yield from squad.load(squad.SHARED / "data" / "cnil" / "squad.json").paragraphs.values()
    lines = (squad.SHARED / "data" / "nomiracl-fr" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        for passage in json.loads(line)["passages"]:
            yield passage["text"]


class Mixer:
    """Draws mixtures of real vectors."""

    def __init__(self, vectors: Vectors, chance: np.random.Generator) -> None:
        self._chance = chance
        self._mean = vectors.mean(0)
        self._centred = vectors - self._mean
        variances, axes = np.linalg.eigh(self._centred.T @ self._centred / len(vectors))
        self._axes = np.ascontiguousarray(axes.T)
        self._spread = (NOISE * np.sqrt(np.maximum(variances, 0))).astype(np.float32)

    def mixed(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> Vectors:
        """A unit vector (n, d) for each pair of places."""
        share = self._chance.uniform(*SHARE, (len(first), 1)).astype(np.float32)
        noise = self._chance.standard_normal((len(first), len(self._spread)), dtype=np.float32)
        made = self._mean + share * self._centred[first] + np.sqrt(1 - share**2) * self._centred[second]
        made += (noise * self._spread) @ self._axes
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

    def others(self, count: int) -> NDArray[np.int64]:
        """Places drawn at random."""
        return self._chance.integers(0, len(self._centred), count)


def articles(known: Real, count: int) -> Iterator[tuple[Article, list[IndexedPassage]]]:
    """Articles with ``count`` passages in all, ready to be stored; the same in every run."""
    chance = np.random.default_rng(SEED)
    passages, sentences = Mixer(known.passage_vectors, chance), Mixer(known.sentence_vectors, chance)
    stems = [index_text([text], "fr") for text in known.sentences]
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        first, second = passages.others(size), passages.others(size)
        groups = [_halves(known.passages[one], known.passages[other]) for one, other in zip(first, second, strict=True)]
        flat = np.array([place for group in groups for place in group], np.int64)
        vectors, said = passages.mixed(first, second), sentences.mixed(flat, sentences.others(len(flat)))
        ends = np.cumsum([0, *map(len, groups)])
        for place in range(0, size, PASSAGES):
            few = slice(place, place + PASSAGES)
            mine = said[ends[place] : ends[min(place + PASSAGES, size)]]
            yield _article((start + place) // PASSAGES, groups[few], known.sentences, stems, (vectors[few], mine))


def _halves(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The first half of the one and the second half of the other, at least a sentence."""
    return [*one[: (len(one) + 1) // 2], *other[(len(other) + 1) // 2 :]]


def _article(
    number: int, groups: Sequence[Sequence[int]], texts: Sequence[str], stems: Sequence[str],
    vectors: tuple[Vectors, Vectors],
) -> tuple[Article, list[IndexedPassage]]:  # fmt: skip
    indexed, parts, start, before = [], [], 0, 0
    for place, group in enumerate(groups):
        said = [texts[sentence] for sentence in group]
        text = " ".join(said)
        spans, here = [], start
        for one in said:
            spans.append(Span(here, here + len(one)))
            here += len(one) + 1
        passage = Passage(f"a{number}", place + 1, text, start, start + len(text), "", tuple(spans))
        rows = np.vstack([vectors[0][place], vectors[1][before : before + len(group)]])
        words = ("", "", "", " ".join(filter(None, (stems[sentence] for sentence in group))))
        indexed.append(IndexedPassage(passage, (text, *said), rows, words))
        parts.append(text)
        start, before = start + len(text) + 1, before + len(group)
    day = FIRST_DAY + timedelta(days=number * 7919 % DAYS)
    publication = f"Revue {number % PUBLICATIONS}"
    article = Article(f"a{number}", f"Article {number}", "\n".join(parts), None, publication, day, "fr", "")
    return article, indexed


def likeness(known: Real, questions: Vectors) -> str:
    """Mean cosines of real questions to their nearest, tenth nearest and any passage, real and made: one line."""
    chance = np.random.default_rng(SEED)
    mixer, size = Mixer(known.passage_vectors, chance), len(known.passage_vectors)
    told = []
    for vectors in (known.passage_vectors, mixer.mixed(mixer.others(size), mixer.others(size))):
        cosines = np.sort(questions @ vectors.T, axis=1)
        figures = (cosines[:, -1].mean(), cosines[:, -10].mean(), cosines.mean())
        told.append(" ".join(f"{figure:.3f}" for figure in figures))
    return f"cosine of questions to the 1st, 10th and mean of {size} passages: real {told[0]}, made {told[1]}"
