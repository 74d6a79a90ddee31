"""What a language model is to the answer, and how it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

Failure = Literal[
    "slow", "refused", "busy", "unreachable", "broken off", "unreadable", "too long", "resting", "not loaded"
]


class ModelUnavailable(Exception):
    """The language model gave no usable answer; the message is one sentence that names what failed, never a key.

    ``retry_after`` is how many seconds the service asked to be left alone, if it said so.
    """

    def __init__(self, failure: Failure, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.failure: Failure = failure
        self.retry_after = retry_after


class Cut(str):
    """The last piece of an answer that reached its greatest length: the mark that shows where it was cut."""


CUT = Cut("…")


class LanguageModel(Protocol):
    """Something that continues a chat."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces as they are generated; ``CUT`` last when ``max_tokens`` cut it.

        Raises ``ModelUnavailable``, also in the middle.
        """

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Load what is needed and read ``messages`` into the prompt cache; failures wait for the first question."""

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        """Log probability that the answer to ``messages``, just given, had begun like ``sentence``; None if not told.

        Raises ``ModelUnavailable``.
        """
