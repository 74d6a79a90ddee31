"""The native engine measured on the real model: which options are the fastest, and whether it beats the wheel's."""

from __future__ import annotations

import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embeddings.manifest import manifests
from embeddings.weights import locate
from rag.model import ModelUnavailable
from rag.native import NativeError
from rag.native_server import NativeServer
from rag.settings import Settings, load_settings
from rag.speed import Speed, measure, say

VARIANTS: tuple[tuple[str, ...], ...] = ((), ("--no-repack",))
"""Rearranging the weights for the processor's instructions pays on some processors, and costs on others."""
QUESTION, KNOWN = "Quelle est la capitale de la France ? Réponds en un mot.", "Paris"
"""A build that computes wrongly answers, but not this."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The engines' speeds with ``model``; ``answers`` says whether the native one knows what the wheel's knows."""

    model: str
    wheel: Speed
    options: tuple[str, ...]
    native: Speed
    others: dict[str, Speed]
    answers: bool

    @property
    def worthwhile(self) -> bool:
        """Whether a usual answer comes sooner from the native engine."""
        return self.answers and self.native.answer < self.wheel.answer

    def sentence(self) -> str:
        """The figures, for people."""
        if not self.answers:
            return f"The native engine does not answer “{QUESTION}” with {self.model} as the wheel's does."
        return (
            f"With {self.model} the native engine reads {self.native.read:.0f} prompt tokens/s and writes "
            f"{self.native.written:.1f}, the wheel's {self.wheel.read:.0f} and {self.wheel.written:.1f}."
        )

    def record(self) -> dict[str, Any]:
        """What is kept of it."""
        speeds = {"wheel": self.wheel, named(self.options): self.native, **self.others}
        return {"model": self.model, **{name: asdict(speed) for name, speed in speeds.items()}}


def model_to_measure() -> tuple[str, Path]:
    """The local model that the settings name, else the default one: its name and file. Raises ``WeightsError``."""
    settings = load_settings()
    local = settings.uses_model and not settings.endpoint
    name = settings.model if local else Settings(settings.index).model
    path = locate(name)
    return (name if name in manifests() else path.name), path


def compare(program: Path, model: str, weights: Path) -> Comparison:
    """Measure the wheel's engine and each variant of the native one. Raises ``NativeError``."""
    sys.stderr.write(f"Measuring with {model}…\n")
    speeds, replies = {}, {}
    for options in VARIANTS:
        try:
            speeds[options], replies[options] = _native(program, options, weights)
        except (NativeError, ModelUnavailable) as error:
            sys.stderr.write(f"{' '.join(options) or 'Without options'}: {error}\n")
    if not speeds:
        raise NativeError("The native engine was built but does not answer: it is not kept, and the wheel's serves.")
    wheel, expected = _wheel(weights)
    best = max(speeds, key=lambda options: speeds[options].read)
    others = {named(options): speed for options, speed in speeds.items() if options != best}
    answers = KNOWN in replies[best] or KNOWN not in expected
    return Comparison(model, wheel, best, speeds[best], others, answers)


def named(options: tuple[str, ...]) -> str:
    """A variant of the native engine in the record."""
    return " ".join(("native", *options))


def _native(program: Path, options: tuple[str, ...], weights: Path) -> tuple[Speed, str]:
    key = secrets.token_hex(16)
    server = NativeServer(program, options, weights, key)
    try:
        address = f"{server.address}/v1"
        return measure(address, key), say(address, key, QUESTION, 8)
    finally:
        server.close()


def _wheel(weights: Path) -> tuple[Speed, str]:
    """The wheel's; last, since its memory is free only when this process ends."""
    from rag.local import WheelServer

    key = secrets.token_hex(16)
    try:
        server = WheelServer(weights, key)
        address = f"{server.address}/v1"
        return measure(address, key), say(address, key, QUESTION, 8)
    except ModelUnavailable as error:
        raise NativeError(f"The wheel's engine, with which the build is compared, does not answer: {error}") from error
