"""How often somebody may try something in a while: passwords, uploads."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

KNOWN = 10_000
"""Keys remembered; whoever comes with more of them pushes the oldest out."""


class Tries:
    """At most ``most`` tries for a key in any ``seconds``; safe to use from several threads."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._made: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str) -> int:
        """Whole seconds until ``key`` may try again; 0 for now."""
        with self._lock:
            made = self._made.get(key, deque())
            self._forget(made)
            return math.ceil(made[0] + self._seconds - self._clock()) if len(made) >= self._most else 0

    def count(self, key: str) -> None:
        """Remember a try of ``key``."""
        with self._lock:
            made = self._made.setdefault(key, deque(maxlen=self._most))
            self._forget(made)
            made.append(self._clock())
            self._made.move_to_end(key)
            while len(self._made) > KNOWN:
                self._made.popitem(last=False)

    def _forget(self, made: deque[float]) -> None:
        while made and made[0] + self._seconds <= self._clock():
            made.popleft()
