"""A stream that can be left at any moment, even while it is silent."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05
"""How soon a stop is noticed while the stream is silent."""


class _End:
    """The stream ended, by itself or with ``error``."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


def relay(start: Callable[[], Iterator[T]], stopped: Event) -> Iterator[T]:
    """Yield what the iterator made by ``start`` yields, until it ends or ``stopped`` is set; raise what it raises.

    The iterator runs in a thread of its own. A language model that reads a prompt is silent for seconds, and
    Gradio cannot cancel a handler that waits; this one never waits longer than ``POLL_SECONDS``. Once stopped or
    closed, it lets the thread close the iterator, which is what makes the language model stop.
    """
    items: SimpleQueue[T | _End] = SimpleQueue()
    Thread(target=_pump, args=(start, stopped, items), name="answer", daemon=True).start()
    try:
        while not stopped.is_set():
            try:
                item = items.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                return
    except GeneratorExit:
        stopped.set()
        raise


def _pump(start: Callable[[], Iterator[T]], stopped: Event, items: SimpleQueue[T | _End]) -> None:
    try:
        stream = start()
        try:
            for item in stream:
                if stopped.is_set():
                    break
                items.put(item)
        finally:
            if isinstance(stream, Generator):
                stream.close()
    except Exception as error:
        items.put(_End(error))
    else:
        items.put(_End())
