"""Stages that run beside each other: what comes next is made ahead, what is done is put away behind."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    """What comes after the last item: the error that ended the stage, if one did."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def until(stop: threading.Event, items: Iterable[T]) -> Iterator[T]:
    """``items`` up to the moment when ``stop`` is set: what nobody waits for any more need not be made."""
    for item in items:
        if stop.is_set():
            return
        yield item


@contextlib.contextmanager
def ahead(items: Iterable[T], depth: int, stop: threading.Event) -> Iterator[Iterator[T]]:
    """``items`` in their order, made in a thread of their own, at most ``depth`` of them waiting.

    What making them raises is raised where they are taken. On leaving, early or not, ``stop`` is set and the thread has
    ended.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(depth)

    def make() -> None:
        end = _End()
        try:
            for item in until(stop, items):
                waiting.put(item)
        except BaseException as error:  # A thread has no caller: whoever takes the next item raises it.
            end = _End(error)
        waiting.put(end)

    thread = threading.Thread(target=make, name="ahead")
    thread.start()
    try:
        yield _taken(waiting)
    finally:
        stop.set()
        while thread.is_alive():
            # It may be waiting for room.
            with contextlib.suppress(queue.Empty):
                waiting.get(timeout=0.05)
        thread.join()


def _taken(waiting: queue.Queue[T | _End]) -> Iterator[T]:
    while True:
        item = waiting.get()
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        yield item


class Behind(Generic[T]):
    """Consumes items in a thread of its own, in their order, at most ``depth`` of them waiting.

    As a context manager it has consumed all of them on leaving, also when an error ended the block: what was handed
    over is done. After an error of ``consume`` the rest is left, and the error raised by ``put`` or on leaving.
    """

    def __init__(self, consume: Callable[[T], object], depth: int) -> None:
        self._consume = consume
        self._waiting: queue.Queue[T | _End] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="behind")

    def __enter__(self) -> Behind[T]:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Wait until all is consumed."""
        self._waiting.put(_End())
        self._thread.join()
        if self._error is not None and error is not self._error:
            raise self._error

    def put(self, item: T) -> None:
        """Hand over an item; waits while ``depth`` of them are."""
        if self._error is not None:
            raise self._error
        self._waiting.put(item)

    def _run(self) -> None:
        while not isinstance(item := self._waiting.get(), _End):
            if self._error is None:
                try:
                    self._consume(item)
                except BaseException as error:  # A thread has no caller: put() and leaving raise it.
                    self._error = error
