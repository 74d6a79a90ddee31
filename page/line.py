"""A waiting line: who came first is served first, and everybody knows how many are before them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Place:
    """Somebody's place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def ahead(self, seconds: float) -> int:
        """How many must finish before it is this one's turn (0: now); waits up to ``seconds`` for that to change."""
        return self._line.ahead(self, seconds)


class Line:
    """A line before ``served`` counters; safe to use from several threads."""

    def __init__(self, served: int) -> None:
        self._served = served
        self._places: list[Place] = []
        self._moved = Condition()

    @property
    def busy(self) -> bool:
        """Whether anybody stands in it or is being served."""
        return bool(self._places)

    @property
    def length(self) -> int:
        """How many wait for their turn."""
        return max(0, len(self._places) - self._served)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Stand in line until the block is left."""
        place = Place(self)
        with self._moved:
            self._places.append(place)
        try:
            yield place
        finally:
            with self._moved:
                self._places.remove(place)
                self._moved.notify_all()

    def ahead(self, place: Place, seconds: float) -> int:
        """See ``Place.ahead``."""
        with self._moved:
            before = self._ahead(place)
            if before and seconds > 0:
                self._moved.wait_for(lambda: self._ahead(place) != before, seconds)
            return self._ahead(place)

    def _ahead(self, place: Place) -> int:
        return max(0, self._places.index(place) - self._served + 1)
