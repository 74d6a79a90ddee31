"""Trains the reader on PIAF's training split; writes its weights and its curves.

Run: ``python -m training.train [--minutes M] [--epochs N] [--work DIR] [--resume] [--onward FILE | --shipped]``, then
``python -m training.export``; needs ../shared/data. With ``--minutes`` the learning rate falls with the clock, so that
a run fits the time there is. What is exported is the running mean of the weights, steadier than the last step's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks import machine, squad
from embeddings.encoder import load_encoder
from embeddings.reader import WEIGHTS
from training.batches import QUESTIONS, Batch, Pairer, epoch
from training.export import unpacked_names
from training.model import ReaderModel
from training.pairs import DEVELOPMENT, Asked, mined
from training.run import Run, begin, open_pairer, read

SPAN_WEIGHT, RIGHT_WEIGHT = 0.5, 3.0
EVERY = 150
"""Steps between two looks at the development questions, and between two checkpoints."""


def losses(model: ReaderModel, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Ranking (softmax within a question), answerability (each pair alone) and span."""
    found = read(model, batch)
    truth = batch.truth.float()
    weight = 1 + (RIGHT_WEIGHT - 1) * truth
    answers = functional.binary_cross_entropy_with_logits(found.score, truth, weight)
    groups = sorted({int(group) for group in batch.group if group >= 0})
    ranking = torch.stack([
        -torch.log_softmax(found.score[batch.group == group], 0)[batch.truth[batch.group == group].argmax()]
        for group in groups
    ]).mean()  # fmt: skip
    known = batch.start >= 0
    span = functional.cross_entropy(found.start[known], batch.start[known])
    span = span + functional.cross_entropy(found.end[known], batch.end[known])
    return ranking, answers, SPAN_WEIGHT * span


@torch.no_grad()
def examine(model: ReaderModel, pairer: Pairer, examples: Sequence[Asked]) -> dict[str, float]:
    """On development questions against their ten hardest passages: right first, AUC, and spans met exactly."""
    from sklearn.metrics import roc_auc_score

    model.eval()
    first, exact = 0, 0
    scores: list[float] = []
    truth: list[int] = []
    for asked in examples:
        batch = pairer.batch([pairer.pair(asked.question, text) for text in (asked.right, *asked.wrong[:9])])
        found = read(model, batch)
        first += int(found.score.argmax() == 0)
        exact += int(found.start[0].argmax() == batch.start[0] and found.end[0].argmax() == batch.end[0])
        scores += found.score[:2].tolist()
        truth += batch.truth[:2].tolist()
    model.train()
    auc = float(roc_auc_score(truth, scores))
    return {"first": round(first / len(examples), 4), "auc": round(auc, 4), "span": round(exact / len(examples), 4)}


def train(run: Run[ReaderModel], examples: tuple[list[Asked], list[Asked]], checkpoint: Path, seed: int) -> None:
    """Learn until the run is over; a look at the development questions and a checkpoint every ``EVERY`` steps.

    ``seed`` decides the order of the questions: a run that goes on from another one's end needs another.
    """
    asked, written = examples
    # Of the written ones those on a tenth of the texts, which are sorted by text.
    looked_at = {"": asked[:DEVELOPMENT], "written ": written[-DEVELOPMENT:]}
    chance, pairer = random.Random(seed + run.step), open_pairer()
    started, seen = time.perf_counter() - run.seconds, [0.0] * 3
    for batch in _endless(asked[DEVELOPMENT:], written[:-DEVELOPMENT], pairer, chance):
        run.seconds = time.perf_counter() - started
        if run.done() >= 1:
            return
        seen = [old + part for old, part in zip(seen, run.learn(losses(run.model, batch)), strict=True)]
        if run.step % EVERY == 0:
            means = dict(zip(("ranking", "answers", "place"), (round(s / EVERY, 4) for s in seen), strict=True))
            with run.averaged():
                look = {
                    f"{of}{name}": value
                    for of, some in looked_at.items()
                    for name, value in examine(run.model, pairer, some).items()
                }
            run.curve.append({"step": run.step, "minutes": round(run.seconds / 60, 1), **means, **look})
            print(json.dumps(run.curve[-1]), flush=True)
            seen = [0.0] * 3
            torch.save(run.state(), checkpoint)


def _endless(
    asked: Sequence[Asked], written: Sequence[Asked], pairer: Pairer, chance: random.Random
) -> Iterator[Batch]:
    while True:
        yield from epoch(asked, written, pairer, chance)


def main() -> int:
    """Train."""
    from safetensors.torch import load_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    parser.add_argument("--last", type=int, default=0, metavar="N", help="of the written questions only the last N")
    parser.add_argument("--seed", type=int, default=squad.SPLIT_SEED, help="of the order of the questions")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    begun = parser.add_mutually_exclusive_group()
    begun.add_argument("--onward", type=Path, metavar="FILE", help="begin from the weights of a finished run")
    begun.add_argument("--shipped", action="store_true", help="begin from the weights in the repository")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    asked, written = mined(squad.load(), load_encoder(), options.work)
    written = written[-options.last :]
    an_epoch = (len(written) * 3 // 2 if written else len(asked)) // QUESTIONS
    run = begin(options.epochs * an_epoch, options.minutes, ReaderModel())
    checkpoint = options.work / "reader.pt"
    if options.onward:
        run.onward(torch.load(options.onward, weights_only=True))
    if options.shipped:
        run.model.load_state_dict(unpacked_names(load_file(WEIGHTS)), strict=False)
        run.slow_down()
    if options.resume and checkpoint.exists():
        run.restore(torch.load(checkpoint, weights_only=True))
    print(machine.describe("torch"))
    print(f"{len(asked)} questions of PIAF, {len(written)} written", flush=True)
    train(run, (asked, written), checkpoint, options.seed)
    with run.averaged():
        torch.save(run.state(), options.work / "reader-final.pt")
    print(f"{run.step} steps, {run.seconds / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
