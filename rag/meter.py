"""What answering tells to whoever keeps figures of it; ``page.metrics`` does."""

from __future__ import annotations

from typing import Literal

from rag.model import Failure
from rag.result import Seconds, Status

Outcome = Status | Literal["stopped", "failed"]
"""What became of a question: its answer's status, or the reader stopped it, or an error did."""


class Meter:
    """Keeps nothing; one that keeps figures overrides these. Called from several threads, and must not raise.

    ``address`` is the place of a language model's server in the list of them, from "1"; "local" for this process.
    """

    def asked(self, outcome: Outcome, seconds: Seconds | None) -> None:
        """Count a question that came to its end; ``seconds`` when it was answered."""

    def waited(self, seconds: float) -> None:
        """Count how long a question stood in line."""

    def tokens(self, read: int, written: int) -> None:
        """Count the tokens of a prompt and of what was written, as a language model's server tells them."""

    def model_failed(self, address: str, failure: Failure) -> None:
        """Count a failure of a language model's server."""

    def model_busy(self, address: str, requests: int) -> None:
        """Note how many requests are under way there now."""


QUIET = Meter()
