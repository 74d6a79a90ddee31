"""Limits that a run must hold: read from a file or the command line, checked against what was measured.

A limit is the least value of a metric; for ``hallucination_rate`` and ``error_rate``, where lower is better,
the most.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evaluation.score import ANSWERS, LOWER_IS_BETTER, RETRIEVAL

_TOLERANCE = 1e-9
"""So that a mean of 0.8 that floating point made 0.7999999999999999 holds a limit of 0.8."""


class LimitError(Exception):
    """A limit cannot be used; the message is one sentence with the way out."""


def parse_limits(arguments: Iterable[str]) -> dict[str, float]:
    """Read limits written ``NAME=VALUE``; the last of a name holds. ``LimitError`` if one is wrong."""
    limits = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise LimitError(f"The limit {argument!r} is not of the form NAME=VALUE, such as fact_recall=0.8.")
        try:
            number = float(value)
        except ValueError:
            raise LimitError(f"The limit of {name.strip()} is {value!r}: write a number from 0 to 1.") from None
        limits[name.strip()] = number
    return _checked(limits)


def load_limits(path: Path | str) -> dict[str, float]:
    """Read a TOML file of lines ``name = value``; names with an @ need quotes. ``LimitError`` if wrong."""
    try:
        with Path(path).open("rb") as file:
            limits = tomllib.load(file)
    except OSError as error:
        raise LimitError(f"The limits file {path} cannot be read ({error.strerror}): check the path.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitError(
            f"The limits file {path} is not valid TOML ({error}): write lines such as fact_recall = 0.8."
        ) from None
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LimitError(f"{path}: the limit of {name} is {value!r}: write a number from 0 to 1.")
    return _checked({name: float(value) for name, value in limits.items()})


def broken_limits(outcome: Mapping[str, Any], limits: Mapping[str, float]) -> list[str]:
    """Return a sentence for every limit that the run does not hold.

    A metric that does not apply holds no limit: a gate that silently checks nothing is worse than one that
    fails.
    """
    measured: dict[str, float | None] = {**outcome["retrieval"], **outcome["answers"]}
    sentences = []
    for name, limit in limits.items():
        value = measured[name]
        if value is None:
            sentences.append(f"{name} could not be measured (no question it applies to), and its limit is {limit:g}.")
        elif name in LOWER_IS_BETTER:
            if value > limit + _TOLERANCE:
                sentences.append(f"{name} is {value:.4g}, above its limit: at most {limit:g} is allowed.")
        elif value < limit - _TOLERANCE:
            sentences.append(f"{name} is {value:.4g}, below its limit: at least {limit:g} is required.")
    return sentences


def _checked(limits: dict[str, float]) -> dict[str, float]:
    known = (*RETRIEVAL, *ANSWERS)
    for name, value in limits.items():
        if name not in known:
            raise LimitError(f"There is no metric {name!r}: choose among {', '.join(known)}.")
        if not 0 <= value <= 1:
            raise LimitError(f"The limit of {name} is {value:g}: write a number from 0 to 1.")
    return limits
