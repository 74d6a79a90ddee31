"""Standardiste beside other libraries: the same passages, questions and model, each in a process of its own.

Run: ``python -m benchmarks.peers [--rounds 3] [--only NAME…] [--passages 600] [--questions 400] [--readme]``. The first
paragraphs of PIAF (../shared) are indexed and their first questions asked; besides, all questions on those paragraphs
that belong to the Wikipedia articles on which nothing of ours was fitted ("unseen"). Each of the others runs in a
virtual environment that this script makes under ``--work``, as its documentation recommends and with French words where
it takes them; ``peer_systems/`` holds a script for each that says how.

cold start  from starting a process until the hits of a first question, the index being on disk; of Standardiste with
            its reader until the command ``standardiste search`` has ended
indexed     from the passages in memory to the index on disk, the model being loaded
question    in the running process, from its text to ten passages
memory      highest resident memory of the process and its children
unseen      nDCG@10 of the questions named above

``--readme`` writes the table into README.md. Needs Linux, and a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine, squad
from benchmarks.peer_systems.environments import (
    OURS,
    ROOT,
    SYSTEMS,
    EnvironmentFailed,
    System,
    python_of,
    surroundings,
)
from benchmarks.peer_table import MarkersMissing, Measured, Task, markdown, measured, placed
from embeddings.weights import DEFAULT_ENCODER, WeightsError, cache_folder, locate

README = ROOT / "README.md"
LIMIT = 1800
"""Seconds that one process may take."""


class SystemFailed(Exception):
    """A system's process ended without figures: one sentence."""


@dataclass(slots=True)
class Run:
    """All that one call of the script measures with and finds out."""

    task: Task
    model: Path
    work: Path
    rounds: dict[str, list[Measured]] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    disturbed: float = 0.0
    """The highest share of the machine's processors that others took during a process."""


def main() -> int:
    """Print the table; 1 if a system failed."""
    options = _options()
    chosen = [system for system in SYSTEMS if not options.only or system.script in options.only]
    names = {system.indexed_by for system in chosen} - {system.name for system in chosen}
    chosen = [system for system in SYSTEMS if system in chosen or system.name in names]
    try:
        run = Run(_task(options.passages, options.questions), locate(DEFAULT_ENCODER), options.work)
        if options.readme:
            placed(README.read_text(encoding="utf-8"), "")
        for system in chosen:
            python_of(system, run.work)
    except (WeightsError, EnvironmentFailed, MarkersMissing) as error:
        sys.exit(str(error))
    failed = _measure(run, chosen, options.rounds)
    block = _block(run, options.rounds)
    print(block)
    if options.readme:
        README.write_text(placed(README.read_text(encoding="utf-8"), block), encoding="utf-8")
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[system.script for system in SYSTEMS], default=[])
    parser.add_argument("--passages", type=int, default=600)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--work", type=Path, default=cache_folder() / "peers", help="for environments and indexes")
    parser.add_argument("--readme", action="store_true", help="write the table of all systems into README.md")
    options = parser.parse_args()
    if options.readme and options.only:
        parser.error("--readme wants all systems: leave --only out")
    options.work = options.work.resolve()
    return options


def _task(passages: int, questions: int) -> Task:
    if not squad.PIAF.is_file():
        sys.exit(f"There is no {squad.PIAF}: put PIAF 1.1 there.")
    loaded = squad.load()
    places = {name: place for place, name in enumerate(list(loaded.paragraphs)[:passages])}
    among = [question for question in loaded.questions if question.paragraph in places]
    if len(among) <= questions:
        sys.exit(f"There are only {len(among)} questions on the first {passages} passages: ask for fewer of them.")
    held_out = loaded.part("held out")
    asked = among[:questions] + [question for question in among[questions + 1 :] if question.group in held_out]
    return Task(
        tuple(loaded.paragraphs[name] for name in places),
        tuple(question.text for question in asked),
        tuple(places[question.paragraph] for question in asked),
        questions,
        among[questions].text,
    )


def _measure(run: Run, chosen: Sequence[System], rounds: int) -> bool:
    """Fill ``run`` round by round, so that a busy minute does not hit one system alone; whether one failed."""
    (run.work / "indexes").mkdir(parents=True, exist_ok=True)
    given = {"passages": run.task.passages, "questions": run.task.questions}
    (run.work / "task.json").write_text(json.dumps(given), encoding="utf-8")
    run.rounds = {system.name: [] for system in chosen}
    indexings: dict[str, dict[str, Any]] = {}
    broken: set[str] = set()
    for number in range(1, rounds + 1):
        for system in chosen:
            if system.name in broken:
                continue
            try:
                done = _round(run, system, indexings)
            except SystemFailed as error:
                broken.add(system.name)
                sys.stderr.write(f"{error}\n")
                continue
            run.rounds[system.name].append(done)
            sys.stderr.write(
                f"round {number}: {system.name}: {done.rate:.1f} passages/s, {done.cold:.1f} s cold, "
                f"{done.p50:.1f} ms a question, nDCG@10 {done.quality:.3f}\n"
            )
    return bool(broken)


def _round(run: Run, system: System, indexings: dict[str, dict[str, Any]]) -> Measured:
    index = run.work / "indexes" / (system.indexed_by or system.name).replace(" ", "-")
    if not system.indexed_by:
        shutil.rmtree(index, ignore_errors=True)
        index.mkdir()
        indexings[system.name] = _process(run, system, "index", index)
    asking = _process(run, system, "ask", index)
    if system.command:
        asking["cold"] = _cold_command(run, system, index)
    run.versions[system.name] = asking["versions"]
    files = [path.stat().st_size for path in index.rglob("*") if path.is_file()]
    indexing = indexings.get(system.indexed_by or system.name)
    if indexing is None:
        raise SystemFailed(f"{system.name} failed: there is no index of {system.indexed_by}")
    return measured(run.task, indexing, asking, sum(files) / 1e6)


def _process(run: Run, system: System, mode: str, index: Path) -> dict[str, Any]:
    """Run the system's script and return its figures. Raises ``SystemFailed``."""
    result = run.work / "result.json"
    result.unlink(missing_ok=True)
    script = ("-m", f"benchmarks.peer_systems.{system.script}", mode, str(run.work / "task.json"))
    _timed(run, system, *script, str(index), str(result), repr(time.time()), run.task.first)
    figures: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return figures


def _cold_command(run: Run, system: System, index: Path) -> float:
    """Seconds that the system's own command takes for a first question, from its start to its end."""
    filled = {"INDEX": str(index), "QUESTION": run.task.first}
    seconds, printed = _timed(run, system, *(filled.get(word, word) for word in system.command))
    if not json.loads(printed)["hits"]:
        raise SystemFailed(f"{system.name} failed: its command found nothing")
    return seconds


def _timed(run: Run, system: System, *arguments: str) -> tuple[float, str]:
    """Run Python of the system's environment; its seconds and what it printed. Raises ``SystemFailed``."""
    command = [str(python_of(system, run.work)), *arguments]
    busy, own, started = _busy(), _of_children(), time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=run.work, env=surroundings(system, run.model, run.work), capture_output=True, text=True,
            timeout=LIMIT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SystemFailed(f"{system.name} failed: it took more than {LIMIT} s") from None
    seconds = time.perf_counter() - started
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise SystemFailed(f"{system.name} failed: {reason}")
    others = _busy() - busy - (_of_children() - own)
    run.disturbed = max(run.disturbed, others / seconds / (os.cpu_count() or 1))
    return seconds, done.stdout


def _busy() -> float:
    """Processor seconds that the whole machine has spent at work since it started."""
    user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _block(run: Run, rounds: int) -> str:
    """The table with what it was measured on."""
    unseen = len(run.task.questions) - run.task.counted
    return "\n\n".join([
        markdown(run.rounds, OURS),
        f"{len(run.task.passages)} passages, {run.task.counted} questions and {unseen} unseen ones; median of {rounds} "
        f"rounds; in brackets, how many times {OURS}'s figure (nDCG: how much above). Others used at most "
        f"{max(run.disturbed, 0):.0%} of the processors meanwhile.",
        "  \n".join([*machine.describe().rstrip(", ").splitlines(), *_versions(run.versions.items())]),
    ])  # fmt: skip


def _versions(versions: Iterable[tuple[str, dict[str, str]]]) -> list[str]:
    """A line a system."""
    return [
        f"{name}: " + ", ".join(f"{package} {number}" for package, number in packages.items())
        for name, packages in versions
    ]


if __name__ == "__main__":
    sys.exit(main())
