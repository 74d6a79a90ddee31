"""What the process of every system does: index passages, or open the index and answer questions.

Run by ``benchmarks.peers`` as ``python -m benchmarks.peer_systems.SCRIPT index|ask TASK FOLDER RESULT STARTED FIRST``.
Only the standard library is imported, so that nothing is added to a cold start. Needs Linux (``/proc``).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

DEEP = 10
"""Passages that a system is asked for."""


class WrongAnswer(Exception):
    """A system returned what was not asked for, so that its times mean nothing."""


class Peer(Protocol):
    """A system as its script drives it; passages are known by their places in the list."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions whose versions are reported."""

    def load(self) -> None:
        """Import what embedding needs and load the model; not counted as indexing."""

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """Embed the passages and leave an index in the empty ``folder``."""

    def open(self, folder: Path) -> None:
        """In a new process: load the model and the index that ``index`` left."""

    def search(self, question: str) -> list[tuple[int, str]]:
        """The ``DEEP`` best passages with their texts, best first."""


def main(peer: Peer) -> None:
    """Do what the arguments say and write the figures as JSON."""
    mode, task, folder, result, started, first = sys.argv[1:]
    if mode == "index":
        figures = measure_indexing(peer, _read(task)["passages"], Path(folder))
    else:
        figures = measure_asking(peer, Path(task), Path(folder), float(started), first)
    figures |= {"peak": peak_memory(), "versions": {name: version(name) for name in peer.packages}}
    Path(result).write_text(json.dumps(figures), encoding="utf-8")


def measure_indexing(peer: Peer, passages: list[str], folder: Path) -> dict[str, Any]:
    """Seconds from the passages in memory to the index on disk."""
    peer.load()
    started = time.perf_counter()
    peer.index(passages, folder)
    return {"seconds": time.perf_counter() - started}


def measure_asking(peer: Peer, task: Path, folder: Path, started: float, first: str) -> dict[str, Any]:
    """Seconds from ``started`` (Unix time, before the process was) to the hits of the question ``first``, then the
    milliseconds and the passages found of each question of the task. Raises ``WrongAnswer``.
    """  # noqa: D205
    peer.open(folder)
    hits = peer.search(first)
    cold = time.time() - started
    asked = _read(str(task))
    check(hits, asked["passages"])
    times, found = [], []
    for question in asked["questions"]:
        begun = time.perf_counter()
        hits = peer.search(question)
        times.append(1000 * (time.perf_counter() - begun))
        check(hits, asked["passages"])
        found.append([place for place, _ in hits])
    return {"cold": cold, "milliseconds": times, "found": found}


def check(hits: Sequence[tuple[int, str]], passages: Sequence[str]) -> None:
    """Raise ``WrongAnswer`` unless there are up to ``DEEP`` different passages, each with its text or a part of it."""
    places = [place for place, _ in hits]
    if not 1 <= len(places) <= DEEP or len(set(places)) < len(places):
        raise WrongAnswer(f"passages {places} were returned: 1 to {DEEP} different ones are asked for")
    for place, text in hits:
        if not text.strip() or _letters(text) not in _letters(passages[place]):
            raise WrongAnswer(f"the text returned for passage {place} is not its own: {text[:80]!r}")


def _letters(text: str) -> str:
    """What cleaning leaves alone: neither spaces nor typography."""
    return "".join(filter(str.isalnum, text))


def peak_memory() -> float:
    """The most memory, in MB, that this process and those it started were resident with, summed: pages that they share
    count for each, and their peaks as if they came together.
    """  # noqa: D205
    return sum(map(_peak, _with_children("self"))) / 1000


def _with_children(process: str) -> Iterator[str]:
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _with_children(child)


def _peak(process: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kibibytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "0")
    return int(kibibytes) * 1.024


def _read(task: str) -> Any:  # noqa: ANN401
    return json.loads(Path(task).read_text(encoding="utf-8"))
