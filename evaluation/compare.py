"""Two runs of the evaluation, question by question: which figures differ by more than chance.

A paired bootstrap (Efron and Tibshirani 1993; for rankings Sakai 2006): questions are drawn with replacement, the same
ones for both runs, so that what is hard about a question falls out of the difference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.score import ANSWERS, RETRIEVAL

ROUNDS, SEED = 10_000, 7
Part = tuple[float, float]
"""What a question adds to a figure: to its sum and to the number of what it is a mean over."""


class CompareError(Exception):
    """A file is no run, or two runs share no question; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two runs on the questions that both have; ``low`` to ``high`` holds 95% of the differences drawn."""

    name: str
    first: float
    second: float
    low: float
    high: float

    @property
    def by_chance(self) -> bool:
        """Whether no difference is among the differences drawn."""
        return self.low <= 0 <= self.high


def read_questions(file: Path) -> dict[str, dict[str, Any]]:
    """The questions of a run by id, as ``eval --json`` wrote them. Raises ``CompareError``."""
    try:
        questions = json.loads(file.read_text(encoding="utf-8"))["questions"]
        read = {str(one["id"]): one for one in questions}
        for one in read.values():
            parts(one)
    except OSError as error:
        raise CompareError(f"{file} cannot be read ({error.strerror}): name a file that eval --json wrote.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CompareError(f"{file} is no run of the evaluation: name a file that eval --json wrote.") from error
    return read


def parts(entry: Mapping[str, Any]) -> dict[str, Part]:
    """What one question adds to each figure; ``evaluation.score.summarise`` of many is the sum of these."""
    scores, answerable = entry["scores"], bool(entry["answerable"])
    refused = bool(scores["refused"])
    found = scores["retrieval"] or {}
    citations, sentences, verbatim = scores["citations"], scores["sentences"], scores["verbatim"]
    of_answerable, of_others = float(answerable), float(not answerable)
    return {name: _one(found.get(name)) for name in RETRIEVAL} | {
        "fact_recall": _one(scores["fact_recall"]),
        "answered_of_answerable": (of_answerable * (not refused), of_answerable),
        "refused_of_unanswerable": (of_others * refused, of_others),
        "hallucination_rate": (of_others * (not refused), of_others),
        "error_rate": (of_answerable * refused, of_answerable),
        "citation_precision": (float(sum(one["relevant"] and one["supports"] for one in citations)), len(citations)),
        "citation_recall": (float(sum(one["supported"] for one in sentences)), len(sentences)),
        "verbatim_quotes": (float(sum(verbatim)), len(verbatim)),
        "language_match": _one(scores["language_match"]),
    }


def _one(value: float | None) -> Part:
    return (0.0, 0.0) if value is None else (float(value), 1.0)


def compare(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]], rounds: int = ROUNDS
) -> list[Difference]:
    """The differences, second less first, of all figures that both runs have. Raises ``CompareError``."""
    shared = [name for name in first if name in second]
    if not shared:
        raise CompareError("The two runs share no question: compare runs of the same gold questions.")
    both = [[parts(run[name]) for name in shared] for run in (first, second)]
    # How often each question is drawn, (rounds, questions).
    drawn = np.random.default_rng(SEED).multinomial(len(shared), np.full(len(shared), 1 / len(shared)), rounds)
    found = []
    for name in (*RETRIEVAL, *ANSWERS):
        sums = [np.array([one[name] for one in run], float) for run in both]
        if all(values[:, 1].sum() for values in sums):
            (low, high), means = _interval(drawn, sums), [values[:, 0].sum() / values[:, 1].sum() for values in sums]
            found.append(Difference(name, float(means[0]), float(means[1]), low, high))
    return found


def _interval(drawn: NDArray[np.int64], sums: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    totals = [drawn @ values for values in sums]
    # A draw without a question that a figure is about tells nothing of it.
    told = (totals[0][:, 1] > 0) & (totals[1][:, 1] > 0)
    means = [total[told, 0] / total[told, 1] for total in totals]
    low, high = np.quantile(means[1] - means[0], (0.025, 0.975))
    return float(low), float(high)


def table(differences: Sequence[Difference], questions: int) -> str:
    """For a terminal."""
    lines = [f"{questions} questions in both runs", f"{'':24}{'first':>8}{'second':>8}{'change':>9}  95% of draws"]
    for one in differences:
        mark = "" if one.by_chance else "  more than chance"
        lines.append(
            f"{one.name:24}{one.first:8.3f}{one.second:8.3f}{one.second - one.first:+9.3f}"
            f"  {one.low:+.3f} to {one.high:+.3f}{mark}"
        )
    return "\n".join(lines)
