"""What the question encoder learns from: questions, and which stored passages and sentences answer them.

The passages' vectors are the default encoder's, as ``index`` stores them, and stay as they are. The questions are those
of PIAF's training part and those written for the reader (``training.pairs``).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks import squad
from embeddings.encoder import Encoder, Vectors
from rag.retrieve import question_terms
from rag.store import Store
from rag.words import fold
from training.pairs import kept_for_looking, trade_set, written_on_piaf

BATCH = 64
NEAR = 10 * BATCH
"""Questions sorted by length at a time, so that a batch has little padding."""
DEPTH = 40
"""Passages of which the words' score is known; that of the others counts as 0."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An index's vectors: ``passages`` (p, d), ``sentences`` (s, d), and the passage of each sentence, ``owner`` (s,).

    ``articles`` (p) and ``texts`` (p) name and hold the passages, ``told`` (s) the sentences.
    """

    passages: Tensor
    sentences: Tensor
    owner: Tensor
    articles: tuple[str, ...]
    texts: tuple[str, ...]
    told: tuple[str, ...]
    places: dict[tuple[str, int], int]
    """The place of each passage, by article and number."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the places of the passages and sentences that answer it, and BM25 (0 to 1) by passage."""

    question: str
    article: str
    passages: tuple[int, ...]
    sentences: tuple[int, ...]
    words: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One index and the questions on it: those to learn from and those only looked at."""

    stored: Stored
    learnt: tuple[Example, ...]
    looked_at: tuple[Example, ...]

    def batches(self, chance: random.Random) -> Iterator[list[Example]]:
        """The questions to learn from, each once but for a rest, in batches of like length."""
        asked = chance.sample(self.learnt, len(self.learnt))
        near = [sorted(asked[i : i + NEAR], key=lambda one: len(one.question)) for i in range(0, len(asked), NEAR)]
        flat = [one for some in near for one in some]
        yield from (flat[i : i + BATCH] for i in range(0, len(flat) - BATCH + 1, BATCH))


def lessons(encoder: Encoder, work: Path) -> tuple[Lesson, Lesson]:
    """PIAF, whose calibration part is looked at, and our own texts, a sixth of which are."""
    data = squad.load()
    training, calibration = data.part("training"), data.part("calibration")
    store = squad.indexed(data, encoder, work)
    asked = [*data.questions, *written_on_piaf(data)[0]]
    known = read(store)
    piaf = Lesson(
        known,
        tuple(examples((one for one in asked if one.group in training), known, store, encoder)),
        tuple(examples((one for one in data.questions if one.group in calibration), known, store, encoder)),
    )
    store.close()
    store, trade = trade_set(encoder, work)
    known = read(store)
    made = list(examples(trade.questions, known, store, encoder))
    store.close()
    kept = kept_for_looking(one.article for one in made)
    parts = defaultdict[bool, list[Example]](list)
    for one in made:
        parts[one.article in kept].append(one)
    return piaf, Lesson(known, tuple(parts[False]), tuple(parts[True]))


def read(store: Store) -> Stored:
    """All vectors of a store."""
    passages, sentences, owner = list[Vectors](), list[Vectors](), list[int]()
    articles, texts, told = list[str](), list[str](), list[str]()
    places: dict[tuple[str, int], int] = {}
    for row in store.articles():
        text = store.article(row.id).text
        for indexed in store.indexed(row.id):
            places[row.id, indexed.passage.number] = len(articles)
            owner += [len(articles)] * len(indexed.passage.sentences)
            articles.append(row.id)
            texts.append(indexed.passage.text)
            told += [text[span.start : span.end] for span in indexed.passage.sentences]
            passages.append(indexed.vectors[0])
            sentences.append(indexed.vectors[1:])
    return Stored(
        torch.from_numpy(np.stack(passages)), torch.from_numpy(np.concatenate(sentences)), torch.tensor(owner),
        tuple(articles), tuple(texts), tuple(told), places,
    )  # fmt: skip


def examples(asked: Iterable[squad.Question], known: Stored, store: Store, encoder: Encoder) -> Iterator[Example]:
    """The questions as examples; what answers is what holds an answer's words, else every passage of the article."""
    of: dict[str, list[int]] = defaultdict(list)
    for place, article in enumerate(known.articles):
        of[article].append(place)
    sentences: dict[int, list[int]] = defaultdict(list)
    for place, owner in enumerate(known.owner.tolist()):
        sentences[owner].append(place)
    for one in asked:
        answers = [fold(answer) for answer in one.answers]
        own = of[one.paragraph]
        right = [place for place in own if _holds(known.texts[place], answers)] or own
        told = [s for place in right for s in sentences[place] if _holds(known.told[s], answers)]
        yield Example(
            one.text, one.paragraph, tuple(right), tuple(told), tuple(_words(one.text, known, store, encoder))
        )


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = fold(text)
    return any(answer in folded for answer in answers)


def _words(question: str, known: Stored, store: Store, encoder: Encoder) -> Iterator[tuple[int, float]]:
    """BM25 of the passages found by words, scaled by the highest."""
    vector = encoder.encode_queries([question])[0]
    found = store.search(vector, question_terms(question, "fr"), DEPTH)
    highest = max((candidate.scores.words for candidate in found), default=0.0)
    for candidate in found:
        if candidate.scores.words > 0:
            place = known.places[candidate.row.id, candidate.passage.number]
            yield place, candidate.scores.words / highest
