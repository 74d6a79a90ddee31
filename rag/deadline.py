"""A stream that is waited for no longer than it may take, however it is late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """The stream ended, by itself or with ``error``."""

    error: Exception | None


def hurried(start: Callable[[], Iterator[T]], leave: Callable[[], None], first: float, total: float) -> Iterator[T]:
    """Yield what the iterator made by ``start`` yields; raise what it raises.

    Raises ``TimeoutError`` when the first item takes more than ``first`` seconds, or all of them more than ``total``,
    the time between two calls included. The iterator runs in a thread of its own: a server that says nothing, or a byte
    a second, blocks that thread and not the caller. ``leave`` is called when nobody listens any more; it must make
    the iterator end soon.
    """
    items: SimpleQueue[T | _End] = SimpleQueue()
    threading.Thread(target=_pump, args=(start, items), name="language model", daemon=True).start()
    begun = time.monotonic()
    limit = first
    try:
        while True:
            try:
                item = items.get(timeout=max(0.0, begun + limit - time.monotonic()))
            except Empty:
                raise TimeoutError from None
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            if time.monotonic() - begun > limit:
                raise TimeoutError
            yield item
            limit = total
    finally:
        leave()


def _pump(start: Callable[[], Iterator[T]], items: SimpleQueue[T | _End]) -> None:
    try:
        for item in start():
            items.put(item)
    except Exception as error:
        items.put(_End(error))
    else:
        items.put(_End(None))
