"""Several servers of a language model, used as one: the least busy is asked, and another when it fails."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from rag.breaker import Breaker
from rag.endpoint import EndpointModel, Limits
from rag.meter import QUIET, Meter
from rag.model import ModelUnavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Server:
    """A server with its breaker; ``busy`` is how many requests are under way there."""

    model: EndpointModel
    breaker: Breaker
    number: str
    busy: int = 0


class Fleet:
    """A language model at one address or several (``LanguageModel``); safe to use from several threads.

    A question goes to the server with the fewest requests of this process under way, of those whose breaker lets it
    through. One that fails before its first word is followed by the next, within the limits of the first model: a
    server that hangs takes half of the time left for a first word while there are others. After the first word a
    failure is the question's, since somebody has read it.
    """

    def __init__(
        self, models: Sequence[EndpointModel], meter: Meter = QUIET, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``models`` is not empty; ``clock`` in seconds steers the breakers."""
        self._limits = models[0].limits
        self._meter = meter
        self._lock = Lock()
        self._servers = [
            _Server(model, Breaker(model, clock, partial(meter.model_failed, str(number))), str(number))
            for number, model in enumerate(models, start=1)
        ]

    @property
    def name(self) -> str:
        """The names of the models, as far as they are known."""
        return ", ".join(dict.fromkeys(one.model.name for one in self._servers if one.model.name)) or "endpoint"

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``), of the first server that says a word.

        When none does, the last failure is raised; "resting" only if there was no other.
        """
        begun = time.monotonic()
        untried = list(self._servers)
        failure: ModelUnavailable | None = None
        while (limits := self._left(begun)) and (server := self._take(untried)):
            if any(other.breaker.ready for other in untried):
                limits = replace(limits, first_token=limits.first_token / 2)
            said = False
            try:
                for piece in server.breaker.guard(partial(server.model.stream, messages, max_tokens, limits)):
                    said = True
                    yield piece
                return
            except ModelUnavailable as error:
                if said:
                    raise
                log.warning("Language model %s of %d: %s", server.number, len(self._servers), error)
                failure = error if failure is None or error.failure != "resting" else failure
            finally:
                self._release(server)
        raise failure or ModelUnavailable("resting", "The language models failed repeatedly and are left alone.")

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Import the client; the servers need no more."""
        self._servers[0].model.warm(messages)

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        """None: not every server tells how likely words are that it did not write."""

    def _left(self, begun: float) -> Limits | None:
        """The limits of a request that begins now; None when the time for a first word is over."""
        spent = time.monotonic() - begun
        first = self._limits.first_token - spent
        return replace(self._limits, first_token=first, total=self._limits.total - spent) if first > 0 else None

    def _take(self, untried: list[_Server]) -> _Server | None:
        """The least busy server that lets a question through, taken out of ``untried``; None without one."""
        with self._lock:
            ready = [server for server in untried if server.breaker.ready]
            if not ready:
                return None
            fewest = min(server.busy for server in ready)
            # Other processes ask too: the first of equals would be everybody's choice.
            chosen = random.choice([server for server in ready if server.busy == fewest])
            untried.remove(chosen)
            chosen.busy += 1
            self._meter.model_busy(chosen.number, chosen.busy)
            return chosen

    def _release(self, server: _Server) -> None:
        with self._lock:
            server.busy -= 1
            self._meter.model_busy(server.number, server.busy)
