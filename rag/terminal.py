"""Where commands print: results on standard output, messages on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any


def out(text: str = "", end: str = "\n", flush: bool = False) -> None:
    """Print a result."""
    print(text, end=end, flush=flush)  # noqa: T201


def out_json(value: object, flush: bool = False) -> None:
    """Print a result as one line of JSON."""
    out(json.dumps(value, ensure_ascii=False), flush=flush)


def message(text: str) -> None:
    """Print a message for the person who watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def progress(iterable: Iterable[Any], total: int) -> Iterable[Any]:
    """A progress bar on standard error, where a person watches and there is enough to wait for."""
    if total < 20 or not sys.stderr.isatty():
        return iterable
    from tqdm import tqdm

    return tqdm(iterable, total=total, unit="article", file=sys.stderr)
