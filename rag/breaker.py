"""A circuit breaker before a language model: one that keeps failing is left alone (Nygard, *Release It!*)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

from rag.model import Failure, LanguageModel, ModelUnavailable

FAILURES = 3
"""In a row, after which it opens."""
REST_SECONDS = 30.0
LONGEST_REST_SECONDS = 300.0
"""However long a service asks to be left alone."""


class Breaker:
    """A language model that refuses at once while it rests, instead of letting every question wait for its failure.

    It opens after ``FAILURES`` failures in a row, or when the service says for how long. After the rest one question is
    let through: if it is answered the breaker is closed again, else it rests once more.
    """

    def __init__(
        self,
        model: LanguageModel,
        clock: Callable[[], float] = time.monotonic,
        on_failure: Callable[[Failure], None] = lambda failure: None,
    ) -> None:
        self._model = model
        self._clock = clock
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._failures = 0
        self._until: float | None = None
        self._probing = False

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def ready(self) -> bool:
        """Whether a question would be let through now."""
        with self._lock:
            return self._until is None or not (self._probing or self._clock() < self._until)

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``); ``ModelUnavailable`` "resting" while it is open."""
        return self.guard(lambda: self._model.stream(messages, max_tokens))

    def guard(self, start: Callable[[], Iterator[str]]) -> Iterator[str]:
        """The pieces that ``start`` gives, however the model is asked for them, under the same rules."""
        probe = self._admit()
        try:
            yield from start()
        except ModelUnavailable as error:
            self._failed(error)
            raise
        else:
            self._answered()
        finally:
            # Left in the middle, by a reader who stops it, it has neither failed nor answered.
            if probe:
                self._probing = False

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Warm the model; nothing is counted."""
        self._model.warm(messages)

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        """As the model tells it; nothing is counted."""
        return self._model.doubt(messages, sentence)

    def _admit(self) -> bool:
        """Whether this question is the one that tries a rested model."""
        with self._lock:
            if self._until is None:
                return False
            if self._probing or self._clock() < self._until:
                raise ModelUnavailable("resting", "The language model failed repeatedly and is left alone for a while.")
            self._probing = True
            return True

    def _failed(self, error: ModelUnavailable) -> None:
        self._on_failure(error.failure)
        with self._lock:
            self._failures += 1
            if error.retry_after is not None:
                self._until = self._clock() + min(error.retry_after, LONGEST_REST_SECONDS)
            elif self._failures >= FAILURES:
                self._until = self._clock() + REST_SECONDS

    def _answered(self) -> None:
        with self._lock:
            self._failures, self._until = 0, None
