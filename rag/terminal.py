"""Where commands print: results on standard output, messages on standard error."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable

_BAR = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} articles, {postfix}, {remaining} left"


def out(text: str = "", end: str = "\n", flush: bool = False) -> None:
    """Print a result."""
    print(text, end=end, flush=flush)  # noqa: T201


def out_json(value: object, flush: bool = False) -> None:
    """Print a result as one line of JSON."""
    out(json.dumps(value, ensure_ascii=False), flush=flush)


def message(text: str) -> None:
    """Print a message for the person who watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def progress(files: int) -> Callable[[int, int], None]:
    """A bar on standard error with passages a second and the time left, where a person watches and has to wait."""
    if files < 20 or not sys.stderr.isatty():
        return lambda articles, passages: None
    from tqdm import tqdm

    bar = tqdm(total=files, unit="article", file=sys.stderr, bar_format=_BAR)
    lock, started, told = threading.Lock(), time.monotonic(), 0

    def advance(articles: int, passages: int) -> None:
        nonlocal told
        with lock:
            told += passages
            # A feed or mailbox holds more articles than one.
            bar.total = max(bar.total or 0, bar.n + articles)
            bar.set_postfix_str(f"{told / max(time.monotonic() - started, 1e-3):.1f} passages/s", refresh=False)
            bar.update(articles)

    return advance
