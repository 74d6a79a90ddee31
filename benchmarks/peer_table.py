"""The table that ``benchmarks.peers`` prints: medians over rounds, beside them how each compares with us."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.metrics import mean, ndcg_at, percentile

BEGIN, END = "<!-- peers -->", "<!-- /peers -->"


class MarkersMissing(Exception):
    """A document has no place for the table: one sentence."""


@dataclass(frozen=True, slots=True)
class Task:
    """What every system is given. ``relevant`` holds the place of the passage that answers each of ``questions``.

    Of the first ``counted`` questions the time is of interest and the quality; of the others, about articles on which
    nothing of ours was fitted, only the quality. ``first`` is asked once, of the new process.
    """

    passages: tuple[str, ...]
    questions: tuple[str, ...]
    relevant: tuple[int, ...]
    counted: int
    first: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One system in one round: seconds, passages a second, milliseconds, MB, nDCG@10; None without such questions."""

    cold: float
    rate: float
    p50: float
    p95: float
    memory: float
    memory_indexing: float
    quality: float
    unseen: float | None
    disk: float


COLUMNS = (
    ("cold", "cold start, s", ".1f"),
    ("rate", "indexed, passages/s", ".1f"),
    ("p50", "question p50, ms", ".1f"),
    ("p95", "p95, ms", ".1f"),
    ("memory", "memory asking, MB", ".0f"),
    ("memory_indexing", "indexing, MB", ".0f"),
    ("quality", "nDCG@10", ".3f"),
    ("unseen", "nDCG@10, unseen", ".3f"),
    ("disk", "index on disk, MB", ".1f"),
)
DIFFERENCES = ("quality", "unseen")
"""Columns in which a difference says more than a ratio."""


def measured(task: Task, indexing: Mapping[str, Any], asking: Mapping[str, Any], disk: float) -> Measured:
    """Figures of one round, from what the processes of the harness reported; ``disk`` in MB."""
    gains = [
        ndcg_at([str(place) for place in found], {str(place_wanted)}, 10)
        for found, place_wanted in zip(asking["found"], task.relevant, strict=True)
    ]
    times = asking["milliseconds"][: task.counted]
    return Measured(
        asking["cold"], len(task.passages) / indexing["seconds"],
        percentile(times, 50) or 0.0, percentile(times, 95) or 0.0,
        asking["peak"], indexing["peak"],
        mean(gains[: task.counted]) or 0.0, mean(gains[task.counted :]), disk,
    )  # fmt: skip


def markdown(rounds: Mapping[str, Sequence[Measured]], ours: str) -> str:
    """A Markdown table of medians, a row for each system with at least one round, "failed" for the others.

    Behind each figure of the other systems stands how many times that of ``ours`` it is; for quality, how much above.
    """
    medians = {name: _median(done) for name, done in rounds.items() if done}
    lines = ["| system | " + " | ".join(title for _, title, _ in COLUMNS) + " |", "|---|" + "---:|" * len(COLUMNS)]
    for name in rounds:
        if name not in medians:
            lines.append(f"| {name} | failed |" + " |" * (len(COLUMNS) - 1))
            continue
        reference = medians.get(ours) if name != ours else None
        cells = (_cell(field, form, medians[name], reference) for field, _, form in COLUMNS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _median(done: Sequence[Measured]) -> dict[str, float | None]:
    columns = {field: [getattr(one, field) for one in done] for field, _, _ in COLUMNS}
    return {field: None if None in values else statistics.median(values) for field, values in columns.items()}


def _cell(field: str, form: str, row: Mapping[str, float | None], reference: Mapping[str, float | None] | None) -> str:
    value, beside = row[field], reference[field] if reference else None
    if value is None:
        return "–"
    if beside is None:
        return f"{value:{form}}"
    if field in DIFFERENCES:
        return f"{value:{form}} ({f'{value - beside:+{form}}'.replace('-', '−')})"
    return f"{value:{form}} (×{value / beside:.2f})" if beside else f"{value:{form}}"


def placed(document: str, block: str) -> str:
    """``document`` with ``block`` between the two markers in place of what stood there. Raises ``MarkersMissing``."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersMissing(f"There is no “{BEGIN}” with “{END}” after it: put both where the table belongs.")
    return f"{before}{BEGIN}\n{block}\n{END}{after}"
