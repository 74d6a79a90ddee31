"""``standardiste index``: brings the index up to date, and keeps it so."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.terminal import message, out, out_json, progress

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from rag.build import IndexReport
    from rag.settings import Settings
    from rag.stages import Stages
    from rag.store import Store


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    command.add_argument("--prune", action="store_true", help="remove articles whose file is gone")
    command.add_argument("--watch", action="store_true", help="go on, and index what changes, until Ctrl-C")
    engines = ("here", "ray")
    text = "who reads and embeds: this process, or the workers of Ray (STANDARDISTE_RAY); default: %(default)s"
    command.add_argument("--engine", choices=engines, default="here", help=text)
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Index once; with ``--watch`` again after every change. The code is 1 if the first round failed on a file."""
    from rag.opening import open_encoder, open_store
    from rag.settings import load_settings

    settings = load_settings(options.index)
    encoder = open_encoder(settings)
    store = open_store(settings, encoder)
    with _stages(options.engine, settings, encoder) as stages:
        return _run(options, store, encoder, stages)


def _stages(engine: str, settings: Settings, encoder: Encoder) -> AbstractContextManager[Stages | None]:
    if engine == "ray":
        from rag.cluster import stages_on_ray

        return stages_on_ray(settings, encoder)
    return nullcontext()


def _run(options: argparse.Namespace, store: Store, encoder: Encoder, stages: Stages | None) -> int:
    from rag.build import index

    def once() -> IndexReport:
        return index(store, encoder, options.paths, options.prune, progress, stages=stages)

    report = once()
    told = _tell_failures(report, frozenset())
    _print(report, options.json)
    if options.watch:
        return _watch(options, once, told)
    return 1 if report.failed else 0


def _watch(options: argparse.Namespace, once: Callable[[], IndexReport], told: frozenset[str]) -> int:
    """Index again after every change, saying only what is new."""
    from corpus.read import MissingPath
    from rag.store import NothingToIndex, StoreLocked
    from rag.watch import follow

    def update() -> bool:
        nonlocal told
        try:
            report = once()
        except StoreLocked:
            return False
        except (MissingPath, NothingToIndex) as error:
            if str(error) not in told:
                message(f"standardiste: {error}")
            told = frozenset({str(error)})
            return True
        told = _tell_failures(report, told)
        if report.added or report.updated or report.removed:
            _print(report, options.json)
        return True

    names = ", ".join(map(str, options.paths))
    message(f"Following {names}; Ctrl-C ends it.")
    try:
        follow(options.paths, update)
    except KeyboardInterrupt:
        message(f"No longer following {names}; what was indexed is kept.")
    return 0


def _tell_failures(report: IndexReport, told: frozenset[str]) -> frozenset[str]:
    """Name the files that failed and were not named yet; returns all that failed."""
    failures = [failure["error"] for failure in report.failed]
    for failure in failures:
        if failure not in told:
            message(f"standardiste: {failure}")
    return frozenset(failures)


def _print(report: IndexReport, as_json: bool) -> None:
    if as_json:
        out_json(asdict(report), flush=True)
    else:
        out(
            f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed, "
            f"{len(report.failed)} failed; {report.articles} articles in {report.passages} passages "
            f"({report.seconds:.1f} s)",
            flush=True,
        )
