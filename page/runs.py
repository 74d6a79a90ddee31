"""Runs of the evaluation as ``standardiste eval --json`` wrote them: their figures, two compared, what failed."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from page.texts import Texts

log = logging.getLogger(__name__)

LARGEST_RUN = 64_000_000
"""Bytes; a run of a thousand questions takes some 20 million."""

LOWER_IS_BETTER = {"hallucination_rate", "error_rate"}


@dataclass(frozen=True, slots=True)
class Run:
    """A file of the folder: ``name`` is the file's, ``when`` the day it was written."""

    name: str
    when: datetime.date


def list_runs(folder: Path) -> list[Run]:
    """List the folder's runs, the latest first; empty when there is no such folder."""
    try:
        files = [(file.stat().st_mtime, file) for file in folder.glob("*.json")]
    except OSError:
        return []
    day = datetime.datetime.fromtimestamp
    return [Run(file.name, day(at, tz=datetime.UTC).date()) for at, file in sorted(files, reverse=True)]


def read_run(folder: Path, name: str | None) -> dict[str, Any] | None:
    """Read one of the folder's runs; None for what is none, whatever a browser asks for."""
    if not name or name not in {run.name for run in list_runs(folder)}:
        return None
    file = folder / name
    try:
        if file.stat().st_size > LARGEST_RUN:
            return None
        run = json.loads(file.read_text(encoding="utf-8"))
        return run if {"retrieval", "answers", "questions"} <= run.keys() else None
    except (OSError, ValueError, AttributeError):
        log.warning("%s is no run of the evaluation", file)
        return None


def figures_html(run: Mapping[str, Any], other: Mapping[str, Any] | None, texts: Texts) -> str:
    """Show the run's figures as bars, beside those of another run if there is one."""
    head = [texts.figure, texts.this_run, *([texts.other_run, texts.difference] if other else [])]
    rows = "".join(_figure_row(group, name, run, other, texts) for group, name in _names(run))
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    about = texts.about_run.format(gold=run.get("gold", ""), count=run.get("n", 0), model=_model(run, texts))
    return (
        f'<p class="hint">{escape(about)}</p><table class="figures"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def failures_html(run: Mapping[str, Any], texts: Texts) -> str:
    """List the questions that failed: what was asked, what should have been said, what was answered."""
    failed = [(entry, why) for entry in run["questions"] if (why := what_failed(entry, texts))]
    if not failed:
        return f'<p class="hint">{escape(texts.nothing_failed)}</p>'
    items = "".join(_failure(entry, why, texts) for entry, why in failed)
    return f"<h3>{escape(texts.failures.format(count=len(failed)))}</h3>{items}"


def what_failed(entry: Mapping[str, Any], texts: Texts) -> str:
    """Say in words why a question of a run failed; "" when it did not."""
    scores = entry.get("scores") or {}
    if entry.get("result") is None:
        return texts.no_result
    if entry.get("answerable") and scores.get("refused"):
        return texts.wrongly_refused
    if not entry.get("answerable") and not scores.get("refused"):
        return texts.wrongly_answered
    missed = _missed(entry)
    return texts.facts_missed.format(facts=", ".join(missed)) if missed else ""


def _missed(entry: Mapping[str, Any]) -> list[str]:
    met = (entry.get("scores") or {}).get("facts_met") or []
    return [" / ".join(fact) for fact, found in zip(entry.get("facts") or [], met, strict=False) if not found]


def _names(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for group in ("retrieval", "answers"):
        for name in run[group]:
            yield group, name


def _figure_row(group: str, name: str, run: Mapping[str, Any], other: Mapping[str, Any] | None, texts: Texts) -> str:
    value = run[group].get(name)
    cells = [_bar(value, texts)]
    if other:
        before = other.get(group, {}).get(name)
        cells += [_bar(before, texts), _difference(value, before, name)]
    label = texts.figures.get(name, name)
    return f'<tr><th scope="row">{escape(label)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _bar(value: float | None, texts: Texts) -> str:
    if value is None:
        return escape(texts.unknown)
    return (
        f'<span class="track"><span class="bar" style="width:{max(0.0, min(1.0, value)):.0%}"></span></span> '
        f'<span class="number">{escape(texts.percent(value))}</span>'
    )


def _difference(value: float | None, before: float | None, name: str) -> str:
    if value is None or before is None:
        return ""
    change = value - before
    if abs(change) < 0.0005:
        return "="
    better = (change < 0) == (name in LOWER_IS_BETTER)
    return f'<span class="{"better" if better else "worse"}">{"▲" if better else "▼"} {change * 100:+.1f}</span>'


def _failure(entry: Mapping[str, Any], why: str, texts: Texts) -> str:
    answer = (entry.get("result") or {}).get("answer", "")
    said = f"<p><b>{escape(texts.answer_label)}</b>{escape(texts.colon)} {escape(answer)}</p>" if answer else ""
    return (
        f'<details class="failure"><summary>{escape(str(entry.get("question", "")))} '
        f'<span class="hint">({escape(str(entry.get("kind", "")))})</span></summary>'
        f"<p><b>{escape(why)}</b></p>{said}</details>"
    )


def _model(run: Mapping[str, Any], texts: Texts) -> str:
    settings = run.get("settings") or {}
    return str(settings.get("model") or texts.extractive) if settings.get("use_model") else texts.extractive
