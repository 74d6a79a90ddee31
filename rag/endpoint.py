"""The client of an OpenAI-compatible address. Everything that can go wrong comes out as ``ModelUnavailable``."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.deadline import hurried
from rag.meter import QUIET, Meter
from rag.model import CUT, ModelUnavailable

if TYPE_CHECKING:
    import httpx2
    import openai


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take, in seconds, and how much of it is read."""

    first_token: float = 20.0
    total: float = 60.0
    bytes: int = 4_000_000
    """Of a reply; an answer of 180 tokens takes some 60,000, each token in an event of its own."""
    letters_per_token: int = 20
    """Letters for each token asked for, more than which is no answer to what was asked."""


COUNT_SECONDS = 0.25
"""How long a finished answer waits for the server to count its tokens, where that is asked."""


class EndpointModel:
    """A model behind an OpenAI-compatible address; without a ``name`` the first one that its server lists.

    ``meter`` is told the tokens of each answer, if the server tells them.
    """

    def __init__(
        self, address: str, key: str, name: str = "", limits: Limits | None = None, meter: Meter = QUIET
    ) -> None:
        self.limits = limits or Limits()
        self._address, self._key = address, key
        self._name, self._listed = name, ""
        self._meter = meter
        self._trust: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name; "" before its server was asked for it."""
        return self._name or self._listed

    def stream(
        self, messages: Sequence[dict[str, str]], max_tokens: int, limits: Limits | None = None
    ) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``), within the limits."""
        limits = limits or self.limits
        client = self._connect(limits)
        counted = threading.Event()
        try:
            for piece in hurried(
                lambda: self._pieces(client, messages, max_tokens, counted),
                client.close, limits.first_token, limits.total,
            ):  # fmt: skip
                if piece is None:
                    counted.wait(COUNT_SECONDS)
                    return
                yield piece
        except ModelUnavailable:
            raise
        except Exception as error:
            # A server that knows the name no more has another model now.
            self._listed = ""
            raise _explained(error) from None

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Import the client; a remote endpoint needs no more."""
        self._connect(self.limits).close()

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        """None: not every server tells how likely words are that it did not write."""

    def _connect(self, limits: Limits) -> openai.OpenAI:
        """A client of its own for each answer, so that leaving one closes its connection and no other."""
        import httpx2
        import openai  # takes most of a second to import

        with self._lock:
            # Reading the system's certificates is what a new client takes time for.
            self._trust = self._trust or ssl.create_default_context()
        # The client's own defaults wait ten minutes and try three times. A packed reply could unpack to anything.
        web = httpx2.Client(
            verify=self._trust,
            timeout=httpx2.Timeout(limits.first_token, connect=5.0),
            headers={"Accept-Encoding": "identity"},
            # A proxy that the environment names would be handed the local model's questions and key.
            trust_env=not _on_this_machine(self._address),
            event_hooks={"response": [self._bound]},
        )
        return openai.OpenAI(base_url=self._address, api_key=self._key or "none", http_client=web, max_retries=0)

    def _bound(self, response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ModelUnavailable("unreadable", "The language model's reply is packed, which was not asked for.")
        response.stream = _bounded(response.stream, self.limits.bytes)

    def _pieces(
        self, client: openai.OpenAI, messages: Sequence[dict[str, str]], max_tokens: int, counted: threading.Event
    ) -> Iterator[str | None]:
        """The answer in pieces; None once it is finished and only its tokens are still to be told."""
        letters, choices, counts = 0, 0, self._meter is not QUIET
        asked: Any = {
            "model": self.name or self._list(client),
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "seed": 7,
            "stream": True,
            **({"stream_options": {"include_usage": True}} if counts else {}),
        }
        chunks: Any = client.chat.completions.create(**asked)
        for chunk in chunks:
            for choice in chunk.choices[:1]:
                choices += 1
                text = _text(choice)
                letters += len(text)
                if letters > self.limits.letters_per_token * max_tokens:
                    raise ModelUnavailable("too long", "The language model's answer does not end.")
                if text:
                    yield text
                if choice.finish_reason is not None:
                    if choice.finish_reason == "length":
                        yield CUT
                    if counts:
                        yield None
                        self._count(chunk, chunks)
                        counted.set()
                    return
        # A stream cut before its end looks like a finished one otherwise.
        if choices:
            raise ModelUnavailable("broken off", "The language model's answer broke off.")
        raise ModelUnavailable("unreadable", "The language model's reply holds no answer.")

    def _list(self, client: openai.OpenAI) -> str:
        listed = [model.id for model in client.models.list().data]
        if not listed:
            raise ModelUnavailable("refused", "The language model's server lists no model.")
        self._listed = listed[0]
        return self._listed

    def _count(self, last: Any, rest: Any) -> None:  # noqa: ANN401 - the client's own types
        """Tell the meter the tokens; they come with the last piece of the answer or after it."""
        for chunk in chain([last], rest):
            if usage := getattr(chunk, "usage", None):
                self._meter.tokens(int(usage.prompt_tokens or 0), int(usage.completion_tokens or 0))
                return


def _on_this_machine(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _text(choice: Any) -> str:  # noqa: ANN401 - the client's own type
    text = (choice.delta.content or "") if choice.delta else ""
    if not isinstance(text, str):
        raise ModelUnavailable("unreadable", "The language model's reply holds no text.")
    return text


def _bounded(stream: Any, limit: int) -> Any:  # noqa: ANN401 - httpx2's own type, imported late
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            left = limit
            for part in stream:
                left -= len(part)
                if left < 0:
                    raise ModelUnavailable("too long", f"The language model's reply is larger than {limit:,} bytes.")
                yield part

        def close(self) -> None:
            stream.close()

    return Bounded()


def _explained(error: Exception) -> ModelUnavailable:
    """The failure that an error of the client, or of what it is built on, stands for; never with its text."""
    import httpx2
    import openai

    causes = list(_causes(error))
    # The client wraps what is raised inside it.
    ours = next((cause for cause in causes if isinstance(cause, ModelUnavailable)), None)
    if ours is not None:
        return ours
    if isinstance(error, (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException)):
        return ModelUnavailable("slow", "The language model did not answer in time.")
    if isinstance(error, openai.APIStatusError):
        code = error.status_code
        failure: Any = "busy" if code in (429, 503, 529) else "refused"
        after = _seconds(error.response.headers.get("retry-after"))
        return ModelUnavailable(failure, f"The language model refused the request (HTTP {code}).", after)
    if any(isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError) for cause in causes):
        return ModelUnavailable("broken off", "The language model's answer broke off.")
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return ModelUnavailable("unreachable", f"The language model cannot be reached ({type(error).__name__}).")
    if isinstance(error, openai.APIError):
        return ModelUnavailable("refused", "The language model reported an error instead of an answer.")
    return ModelUnavailable("unreadable", f"The language model's reply cannot be read ({type(error).__name__}).")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _seconds(header: str | None) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None if it says nothing that makes sense."""
    if not header:
        return None
    if header.isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
