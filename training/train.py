"""Trains the reader on PIAF's training split; writes its weights and its curves.

Run: ``python -m training.train [--minutes M] [--epochs N] [--work DIR] [--resume] [--onward FILE]``, then ``python -m
training.export``; needs ../shared/data. With ``--minutes`` the learning rate falls with the clock, so that a run fits
the time there is. What is exported is the running mean of the weights, which is steadier than the last step's.
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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from benchmarks import machine, squad
from embeddings.encoder import load_encoder
from embeddings.weights import DEFAULT_ENCODER, locate
from training.batches import QUESTIONS, Batch, Pairer, epoch
from training.model import Read, ReaderModel
from training.pairs import DEVELOPMENT, Asked, mined

RATE, HEAD_RATE, WARM_UP = 1.2e-4, 1e-3, 0.04
ONWARD_RATE = 3e-4
"""What no part exceeds when it goes on from a finished run."""
SPAN_WEIGHT, RIGHT_WEIGHT = 0.5, 3.0
MEMORY = 0.995
"""Share of the mean of the weights that a step leaves as it is: about the last 200 steps count."""
EVERY = 150
"""Steps between two looks at the development questions, and between two checkpoints."""
FRESH = ("pool", "answers", "span", "token_type")
"""Parts that the encoder does not have; they learn at ``HEAD_RATE``."""


def read(model: ReaderModel, batch: Batch) -> Read:
    """The model's reading of a batch, in bfloat16 where the processor has it."""
    with torch.autocast("cpu", torch.bfloat16):
        return model(batch.ids, batch.kinds, batch.mask, batch.passage)  # type: ignore[no-any-return]


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
    return ranking, answers, span + functional.cross_entropy(found.end[known], batch.end[known])


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


@dataclass(slots=True)
class Run:
    """A training run: what it has learnt, how far it is, and how long it may go on."""

    model: ReaderModel
    optimizer: torch.optim.Optimizer
    pairer: Pairer
    total: int
    minutes: float | None
    step: int = 0
    seconds: float = 0.0
    curve: list[dict[str, Any]] = field(default_factory=list)
    mean: dict[str, Tensor] = field(default_factory=dict)
    """The running mean of what learns."""

    def done(self) -> float:
        """The share of the run that is over."""
        return self.seconds / (60 * self.minutes) if self.minutes else self.step / self.total

    def learn(self, batch: Batch) -> list[float]:
        """One step; the three losses."""
        done = self.done()
        rate = max(min(done / WARM_UP, (1 - done) / (1 - WARM_UP)), 0.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["peak"]
        parts = losses(self.model, batch)
        (parts[0] + parts[1] + SPAN_WEIGHT * parts[2]).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        self._remember()
        return [float(part.detach()) for part in parts]

    @torch.no_grad()
    def _remember(self) -> None:
        memory = min(MEMORY, self.step / (self.step + 10))
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                self.mean.setdefault(name, parameter.detach().clone()).lerp_(parameter.detach(), 1 - memory)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The model with the mean of its weights, for as long as the context lasts."""
        last = {name: value.clone() for name, value in self.model.state_dict().items() if name in self.mean}
        self.model.load_state_dict(self.mean, strict=False)
        try:
            yield
        finally:
            self.model.load_state_dict(last, strict=False)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step,
                "seconds": self.seconds, "curve": self.curve, "mean": self.mean}  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]
        self.mean = state.get("mean", {})

    def onward(self, state: dict[str, Any]) -> None:
        """A new run from the weights that another one ended with."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for group in self.optimizer.param_groups:
            group["peak"] = min(group["peak"], ONWARD_RATE)
        self.curve = state["curve"]


def begin(examples: int, epochs: int, minutes: float | None) -> Run:
    """A new run."""
    model = ReaderModel()
    pairer = Pairer(Tokenizer.from_file(str(locate(DEFAULT_ENCODER) / "tokenizer.json")))
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    old = [parameter for name, parameter in named if not any(part in name for part in FRESH)]
    new = [parameter for name, parameter in named if any(part in name for part in FRESH)]
    groups = [{"params": old, "peak": RATE}, {"params": new, "peak": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01, fused=True)
    return Run(model, optimizer, pairer, epochs * (examples // QUESTIONS), minutes)


def train(run: Run, examples: tuple[list[Asked], list[Asked]], checkpoint: Path) -> None:
    """Learn until the run is over; a look at the development questions and a checkpoint every ``EVERY`` steps."""
    asked, written = examples
    # Of the written ones those on a tenth of the texts, which are sorted by text.
    looked_at = {"": asked[:DEVELOPMENT], "written ": written[-DEVELOPMENT:]}
    chance = random.Random(squad.SPLIT_SEED + run.step)
    started, seen = time.perf_counter() - run.seconds, [0.0] * 3
    for batch in _endless(asked[DEVELOPMENT:], written[:-DEVELOPMENT], run.pairer, chance):
        run.seconds = time.perf_counter() - started
        if run.done() >= 1:
            return
        seen = [old + part for old, part in zip(seen, run.learn(batch), strict=True)]
        if run.step % EVERY == 0:
            means = dict(zip(("ranking", "answers", "place"), (round(s / EVERY, 4) for s in seen), strict=True))
            with run.averaged():
                look = {
                    f"{of}{name}": value
                    for of, some in looked_at.items()
                    for name, value in examine(run.model, run.pairer, some).items()
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--onward", type=Path, metavar="FILE", help="begin from the weights of a finished run")
    options = parser.parse_args()
    torch.manual_seed(squad.SPLIT_SEED)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    examples = mined(squad.load(), load_encoder(), options.work)
    asked, written = examples
    run = begin(len(written) * 3 // 2 if written else len(asked), options.epochs, options.minutes)
    checkpoint = options.work / "reader.pt"
    if options.onward:
        run.onward(torch.load(options.onward, weights_only=True))
    if options.resume and checkpoint.exists():
        run.restore(torch.load(checkpoint, weights_only=True))
    print(machine.describe("torch"))
    print(f"{len(asked)} questions of PIAF, {len(written)} written", flush=True)
    train(run, examples, checkpoint)
    with run.averaged():
        torch.save(run.state(), options.work / "reader-final.pt")
    print(f"{run.step} steps, {run.seconds / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
