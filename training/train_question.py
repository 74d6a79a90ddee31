"""Trains the question encoder against passages' vectors that stay as they are; writes its weights and its curves.

Run: ``python -m training.train_question [--minutes M] [--epochs N] [--work DIR]``, then ``python -m training.export
--question``; needs ../shared/data. The default encoder's layers learn, its embeddings stay. A step needs no passage to
be encoded: each question is held against all passages and sentences of its index at once. What is exported is the
running mean of the weights.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks import machine, squad
from embeddings.e5 import PROMPTS
from embeddings.encoder import load_encoder, load_sentence_transformer
from evaluation.metrics import ndcg_at, rank_articles
from rag.retrieve import fuse
from rag.store import Scores
from training.model import layered
from training.question_pairs import BATCH, Example, Lesson, Stored, lessons
from training.run import Run

RATE = 4e-5
SHARP = 0.03
"""Temperature of cosines alone. They lie close together, and the right passage need not stand out from all others."""
PASSAGE, SENTENCE, WORDS = 0.57 / 0.012, 0.43 / 0.012, 3.0
"""Logits of the whole search: passage cosine, best sentence's and BM25 count about as ``rag.retrieve`` weighs them."""
ANCHOR = 10.0
"""Weight of a vector's distance (1 − cosine) from where the encoder put the question."""
EVERY = 100
"""Steps between two looks and between two checkpoints."""
SHORTLIST = 30


class QuestionModel(nn.Module):
    """The default encoder, whose embeddings are frozen."""

    def __init__(self) -> None:
        super().__init__()
        model: Any = load_sentence_transformer()
        self.bert: Any = model[0].auto_model
        self.tokenizer: Any = model[0].tokenizer
        for parameter in self.bert.embeddings.parameters():
            parameter.requires_grad = False
        for module in self.bert.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0

    def forward(self, questions: Sequence[str]) -> Tensor:
        """(questions, hidden), each of length 1; the layers see no padding."""
        tokens = self.tokenizer([PROMPTS["query"] + text for text in questions], truncation=True, max_length=128)
        lengths = [len(ids) for ids in tokens["input_ids"]]
        ids = torch.tensor([[token for text in tokens["input_ids"] for token in text]])
        places = torch.cat([torch.arange(length) for length in lengths])[None]
        with torch.autocast("cpu", torch.bfloat16):
            *_, state = layered(self.bert, self.bert.embeddings(input_ids=ids, position_ids=places)[0], lengths)
        own = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
        total = torch.zeros(len(lengths), state.shape[-1]).index_add(0, own, state.float())
        return functional.normalize(total, dim=-1)


def cosines(vectors: Tensor, stored: Stored) -> tuple[Tensor, Tensor, Tensor]:
    """(questions, passages) with the passages, the same with the best sentence of each, (questions, sentences)."""
    sentences = vectors @ stored.sentences.T
    best = torch.full((len(vectors), len(stored.passages)), -1.0)
    best = best.scatter_reduce(1, stored.owner.expand(len(vectors), -1), sentences, "amax")
    return vectors @ stored.passages.T, best, sentences


def losses(vectors: Tensor, before: Tensor, batch: Sequence[Example], stored: Stored) -> list[Tensor]:
    """Passages by the whole search, by both cosines and by their own; sentences by theirs; how far questions moved."""
    passages, best, sentences = cosines(vectors, stored)
    words = torch.zeros_like(passages)
    for row, one in enumerate(batch):
        for place, weight in one.words:
            words[row, place] = weight
    right = [one.passages for one in batch]
    told = [row for row, one in enumerate(batch) if one.sentences]
    return [
        0.4 * _missed(PASSAGE * passages + SENTENCE * best + WORDS * words, right),
        _missed((0.55 * passages + 0.45 * best) / SHARP, right),
        0.5 * _missed(passages / SHARP, right),
        0.7 * _missed(sentences[told] / SHARP, [batch[row].sentences for row in told]),
        ANCHOR * (1 - (vectors * before).sum(1)).mean(),
    ]


def _missed(logits: Tensor, right: Sequence[Sequence[int]]) -> Tensor:
    """The mean of −log P(one of the right ones)."""
    allowed = torch.full_like(logits, -1e4)
    for row, places in enumerate(right):
        allowed[row, list(places)] = 0.0
    return (torch.logsumexp(logits, 1) - torch.logsumexp(logits + allowed, 1)).mean()


@torch.no_grad()
def examine(model: QuestionModel, lesson: Lesson) -> dict[str, float]:
    """nDCG@10 of articles by the passages' cosines and by the whole search, for the questions to be looked at."""
    model.eval()
    alone, fused = [], []
    for start in range(0, len(lesson.looked_at), BATCH):
        some = lesson.looked_at[start : start + BATCH]
        passages, best, _ = cosines(model([one.question for one in some]), lesson.stored)
        for one, dense, sentence in zip(some, passages, best, strict=True):
            alone.append(_gain(dense.topk(SHORTLIST).indices.tolist(), one, lesson.stored))
            fused.append(_gain(_searched(dense, sentence, dict(one.words)), one, lesson.stored))
    model.train()
    return {"dense": round(statistics.fmean(alone), 4), "fused": round(statistics.fmean(fused), 4)}


def _searched(dense: Tensor, sentence: Tensor, words: dict[int, float]) -> list[int]:
    """The places of passages as ``rag.retrieve`` orders them."""
    found = {*dense.topk(SHORTLIST).indices.tolist(), *sentence.topk(SHORTLIST).indices.tolist(), *words}
    scores = [Scores(p, float(dense[p]), float(sentence[p]), words.get(p, 0.0)) for p in sorted(found)]
    return [one.key for _, one in fuse(scores)]


def _gain(order: Sequence[int], one: Example, stored: Stored) -> float:
    return ndcg_at(rank_articles([stored.articles[place] for place in order]), {one.article}, 10) or 0.0


def train(run: Run[QuestionModel], taught: Sequence[Lesson], checkpoint: Path) -> None:
    """Learn until the run is over; a look at the other questions and a checkpoint every ``EVERY`` steps."""
    chance = random.Random(squad.SPLIT_SEED)
    before = _vectors(run.model, [one.question for lesson in taught for one in lesson.learnt])
    started, seen = time.perf_counter(), 0.0
    for batch, stored in _endless(taught, chance):
        run.seconds = time.perf_counter() - started
        if run.done() >= 1:
            return
        vectors = run.model([one.question for one in batch])
        seen += sum(run.learn(losses(vectors, torch.stack([before[one.question] for one in batch]), batch, stored)))
        if run.step % EVERY == 0:
            with run.averaged():
                piaf, own = (examine(run.model, lesson) for lesson in taught)
            run.curve.append({"step": run.step, "loss": round(seen / EVERY, 4), "piaf": piaf, "own": own})
            print(json.dumps(run.curve[-1]), flush=True)
            torch.save(run.state(), checkpoint)
            seen = 0.0


def _endless(taught: Sequence[Lesson], chance: random.Random) -> Iterator[tuple[list[Example], Stored]]:
    while True:
        batches = [(batch, lesson.stored) for lesson in taught for batch in lesson.batches(chance)]
        chance.shuffle(batches)
        yield from batches


@torch.no_grad()
def _vectors(encode: Callable[[Sequence[str]], Tensor], questions: Sequence[str]) -> dict[str, Tensor]:
    ordered = sorted(set(questions), key=len)
    parts = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
    return {question: vector for part in parts for question, vector in zip(part, encode(part), strict=True)}


def main() -> int:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    torch.manual_seed(squad.SPLIT_SEED)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    taught = lessons(load_encoder(), options.work)
    model = QuestionModel()
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW([{"params": learning, "peak": RATE}], lr=RATE, weight_decay=0.01, fused=True)
    steps = options.epochs * sum(len(lesson.learnt) // BATCH for lesson in taught)
    run = Run(model, optimizer, steps, options.minutes)
    print(machine.describe("torch"))
    print(json.dumps({"step": 0, "piaf": examine(model, taught[0]), "own": examine(model, taught[1])}), flush=True)
    train(run, taught, options.work / "question.pt")
    with run.averaged():
        torch.save(run.state(), options.work / "question-final.pt")
    print(f"{run.step} steps, {run.seconds / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
