"""One way to talk to a language model: an OpenAI-compatible endpoint, the local one included.

Without an endpoint in the settings, llama.cpp serves the local model from inside this process on a loopback port, with
a key made up for this run. Everything that can go wrong comes out as ``ModelUnavailable``.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.settings import Settings

if TYPE_CHECKING:
    import openai

FIRST_TOKEN_SECONDS = 20.0
TOTAL_SECONDS = 60.0
CONTEXT_TOKENS = 4096
"""Tokens a conversation with the local model may take; prompts stay far below (``rag.evidence``)."""


Failure = Literal["slow", "refused", "unreachable", "broken off", "not loaded"]


class ModelUnavailable(Exception):
    """The language model gave no usable answer; the message is one sentence that names what failed, never a key."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure: Failure = failure


class LanguageModel(Protocol):
    """Something that continues a chat."""

    name: str

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces as they are generated. Raises ``ModelUnavailable``, also in the middle."""

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Load what is needed and read ``messages`` into the prompt cache; failures wait for the first question."""


class EndpointModel:
    """A model behind an OpenAI-compatible address."""

    def __init__(self, address: str, key: str, name: str) -> None:
        self.name = name
        self._address, self._key = address, key
        self._client: openai.OpenAI | None = None
        self._lock = threading.Lock()

    def _connect(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                import openai  # takes most of a second to import

                # The client's own defaults wait ten minutes and try three times.
                timeout = openai.Timeout(FIRST_TOKEN_SECONDS, connect=5.0)
                self._client = openai.OpenAI(
                    base_url=self._address, api_key=self._key or "none", timeout=timeout, max_retries=0
                )
            return self._client

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``)."""
        import openai

        started = time.monotonic()
        finished = False
        try:
            chunks: Any = self._connect().chat.completions.create(
                model=self.name,
                messages=list(messages),  # type: ignore[arg-type]
                max_tokens=max_tokens,
                temperature=0.0,
                seed=7,
                stream=True,
            )
            with chunks:
                for chunk in chunks:
                    if time.monotonic() - started > TOTAL_SECONDS:
                        raise ModelUnavailable("slow", f"The language model took longer than {TOTAL_SECONDS:.0f} s.")
                    choice = chunk.choices[0] if chunk.choices else None
                    if choice is None:
                        continue
                    finished = finished or choice.finish_reason is not None
                    if choice.delta.content:
                        yield choice.delta.content
        except openai.APITimeoutError:
            raise ModelUnavailable("slow", "The language model did not answer in time.") from None
        except openai.APIStatusError as error:
            raise ModelUnavailable(
                "refused", f"The language model refused the request (HTTP {error.status_code})."
            ) from None
        except ModelUnavailable:
            raise
        except Exception as error:  # the client lets its HTTP library's errors through in the middle of a stream
            reason = f"The language model cannot be reached ({type(error).__name__})."
            raise ModelUnavailable("unreachable", reason) from None
        # A stream cut before its end looks like a finished one otherwise.
        if not finished:
            raise ModelUnavailable("broken off", "The language model's answer broke off.")

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Connect; a remote endpoint needs no more."""
        self._connect()


class LocalModel:
    """A GGUF file served by llama.cpp inside this process, started at the first use."""

    def __init__(self, weights: Path, name: str) -> None:
        self.name = name
        self._weights = weights
        self._server: Any = None
        self._endpoint: EndpointModel | None = None
        self._lock = threading.Lock()

    def _start(self) -> EndpointModel:
        with self._lock:
            if self._endpoint is None:
                key = secrets.token_hex(16)
                self._server = _serve(self._weights, key)
                self._endpoint = EndpointModel(f"{self._server.listening_address}/v1", key, self.name)
            return self._endpoint

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``)."""
        return self._start().stream(messages, max_tokens)

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Load the weights and read the instructions into the prompt cache."""
        for _ in self.stream(messages, max_tokens=1):
            pass


def _serve(weights: Path, key: str) -> Any:  # noqa: ANN401  (xllamacpp has no types)
    """Start llama.cpp's server on a free loopback port."""
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailable("not loaded", "xllamacpp is not installed: run “make setup”.") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cache_ram_mib = 256
    parameters.verbosity = -1
    parameters.api_keys = [key]
    parameters.ui = False
    parameters.endpoint_slots = False
    try:
        return xllamacpp.Server(parameters)
    except Exception as error:  # whatever the native code raises, the user gets the extractive answer
        raise ModelUnavailable("not loaded", f"The local model {weights.name} cannot be loaded: {error}.") from error


def open_model(settings: Settings) -> LanguageModel | None:
    """The model that the settings name; None for "none". Raises ``embeddings.weights.WeightsError`` if not there."""
    if not settings.uses_model:
        return None
    if settings.endpoint:
        return EndpointModel(settings.endpoint, settings.key, settings.model)
    from embeddings.weights import locate

    return LocalModel(
        locate(settings.model),
        Path(settings.model).stem if settings.model.endswith(".gguf") else settings.model,
    )
