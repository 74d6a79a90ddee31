"""A training run: its steps, its learning rate by step or by clock, the mean of its weights, its checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from embeddings.weights import DEFAULT_ENCODER, locate
from training.batches import Batch, Pairer
from training.model import Read, ReaderModel

RATE, HEAD_RATE, WARM_UP = 1.2e-4, 1e-3, 0.04
ONWARD_RATE = 3e-4
"""What no part exceeds when it goes on from a finished run."""
MEMORY = 0.995
"""Share of the mean of the weights that a step leaves as it is: about the last 200 steps count."""
FRESH = ("pool", "answers", "span", "token_type")
"""Parts that the encoder does not have; they learn at ``HEAD_RATE``."""


def read(model: ReaderModel, batch: Batch) -> Read:
    """The model's reading of a batch, in bfloat16 where the processor has it."""
    with torch.autocast("cpu", torch.bfloat16):
        return model(batch.ids, batch.kinds, batch.mask, batch.passage)  # type: ignore[no-any-return]


_Model = TypeVar("_Model", bound=nn.Module)


@dataclass(slots=True)
class Run(Generic[_Model]):
    """A training run: what it has learnt, how far it is, and how long it may go on."""

    model: _Model
    optimizer: torch.optim.Optimizer
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

    def learn(self, parts: Sequence[Tensor]) -> list[float]:
        """One step down the sum of some losses; their values."""
        done = self.done()
        rate = max(min(done / WARM_UP, (1 - done) / (1 - WARM_UP)), 0.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["peak"]
        torch.stack(list(parts)).sum().backward()  # type: ignore[no-untyped-call]
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
        self.slow_down()
        self.curve = state["curve"]

    def slow_down(self) -> None:
        """No part learns faster than what goes on from a finished run may."""
        for group in self.optimizer.param_groups:
            group["peak"] = min(group["peak"], ONWARD_RATE)


def open_pairer() -> Pairer:
    """The pairer with the default encoder's tokenizer."""
    return Pairer(Tokenizer.from_file(str(locate(DEFAULT_ENCODER) / "tokenizer.json")))


def begin(steps: int, minutes: float | None, model: ReaderModel) -> Run[ReaderModel]:
    """A new run of so many steps, or minutes."""
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    old = [parameter for name, parameter in named if not any(part in name for part in FRESH)]
    new = [parameter for name, parameter in named if any(part in name for part in FRESH)]
    groups = [{"params": old, "peak": RATE}, {"params": new, "peak": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01, fused=True)
    return Run(model, optimizer, steps, minutes)
