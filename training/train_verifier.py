"""Trains the verifier, from the reader's weights, to tell which statements a few sentences support.

Run: ``python -m training.train_verifier [--minutes M] [--epochs N] [--work DIR] [--onward FILE]``, then ``python -m
training.export --verifier``; needs ../shared/data. It prints its curves: for the statements on titles that are not
trained on, the area under the ROC curve, and how many false ones of each kind are caught where 3% of the true ones are
rejected.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks import machine, squad
from embeddings.reader import WEIGHTS
from training.batches import Batch, Pairer
from training.claims import Example, Source, examples, made_wrong, split, written
from training.export import unpacked_names
from training.model import ReaderModel
from training.pairs import Text
from training.run import Run, begin, open_pairer, read

PAIRS = 32
"""Pairs in a batch."""
MEGABATCH = 30
"""Batches among which pairs are sorted by length."""
EVERY = 200
"""Steps between two looks at the development statements."""
REJECTED = 0.03
"""Share of the true statements at whose rejection the caught ones are counted."""


def batches(sources: Sequence[Source], pairer: Pairer, chance: random.Random) -> Iterator[Batch]:
    """All examples, in batches of like length, again and again."""
    while True:
        found = list(examples(sources, chance))
        chance.shuffle(found)
        for begin_at in range(0, len(found), MEGABATCH * PAIRS):
            some = sorted(found[begin_at : begin_at + MEGABATCH * PAIRS], key=lambda one: len(one.text + one.claim))
            parts = [some[at : at + PAIRS] for at in range(0, len(some), PAIRS)]
            chance.shuffle(parts)
            yield from (batch_of(part, pairer) for part in parts)


def batch_of(some: Sequence[Example], pairer: Pairer) -> Batch:
    """Examples as tensors."""
    batch = pairer.batch([pairer.pair(one.claim, Text(one.title, one.text)) for one in some])
    return batch._replace(truth=torch.tensor([int(one.truth) for one in some]))


@torch.no_grad()
def examine(model: ReaderModel, pairer: Pairer, some: Sequence[Example]) -> dict[str, float]:
    """Area under the curve, and by kind the share caught where ``REJECTED`` of the true ones are rejected."""
    from sklearn.metrics import roc_auc_score

    model.eval()
    scores: list[float] = []
    for at in range(0, len(some), PAIRS):
        scores += read(model, batch_of(some[at : at + PAIRS], pairer)).score.tolist()
    model.train()
    truth = [one.truth for one in some]
    right = sorted(score for score, one in zip(scores, some, strict=True) if one.truth)
    bound = right[int(REJECTED * len(right))]
    asked, caught = Counter[str](), Counter[str]()
    for score, one in zip(scores, some, strict=True):
        if not one.truth:
            asked.update([one.kind, "all"])
            caught.update([one.kind, "all"] if score < bound else [])
    return {"auc": round(float(roc_auc_score(truth, scores)), 4)} | {
        kind: round(caught[kind] / count, 3) for kind, count in sorted(asked.items())
    }


def train(run: Run[ReaderModel], learnt: Sequence[Source], looked_at: Sequence[Example], checkpoint: Path) -> None:
    """Learn until the run is over."""
    chance, pairer = random.Random(squad.SPLIT_SEED), open_pairer()
    started, seen = time.perf_counter(), 0.0
    for batch in batches(learnt, pairer, chance):
        run.seconds = time.perf_counter() - started
        if run.done() >= 1:
            return
        score = read(run.model, batch).score
        seen += run.learn([functional.binary_cross_entropy_with_logits(score, batch.truth.float())])[0]
        if run.step % EVERY == 0:
            with run.averaged():
                look = examine(run.model, pairer, looked_at)
            run.curve.append({"step": run.step, "minutes": round(run.seconds / 60, 1), "loss": seen / EVERY, **look})
            print(json.dumps(run.curve[-1]), flush=True)
            seen = 0.0
            torch.save(run.state(), checkpoint)


def main() -> int:
    """Train."""
    from safetensors.torch import load_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    parser.add_argument("--onward", type=Path, metavar="FILE", help="begin from the weights of a finished run")
    options = parser.parse_args()
    torch.manual_seed(squad.SPLIT_SEED)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    learnt, kept = split(written())
    looked_at = [
        Example(one.text, source.title, source.window(), one.kind) for source in kept for one in source.statements
    ]
    chance = random.Random(squad.SPLIT_SEED)
    looked_at += [
        Example(wrong, source.title, source.window(), f"own words, {kind}")
        for source in kept
        for own in source.sentences()
        for kind, wrong in made_wrong(own, chance)
    ]
    model = ReaderModel()
    model.load_state_dict(unpacked_names(load_file(WEIGHTS)), strict=False)
    an_epoch = len(list(examples(learnt, random.Random(0)))) // PAIRS
    run = begin(options.epochs * an_epoch, options.minutes, model)
    if options.onward:
        run.onward(torch.load(options.onward, weights_only=True))
    print(machine.describe("torch"))
    print(f"{an_epoch} steps an epoch, {len(looked_at)} statements looked at", flush=True)
    train(run, learnt, looked_at, options.work / "verifier.pt")
    with run.averaged():
        print(json.dumps(examine(run.model, open_pairer(), looked_at)))
        torch.save(run.state(), options.work / "verifier-final.pt")
    print(f"{run.step} steps, {run.seconds / 60:.0f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
