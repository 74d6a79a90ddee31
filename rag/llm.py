"""One way to talk to a language model: OpenAI-compatible endpoints, the local one included.

Without an endpoint in the settings, llama.cpp serves the local model from inside this process on a loopback port, with
a key made up for this run. Everything that can go wrong comes out as ``ModelUnavailable``.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rag.breaker import Breaker
from rag.endpoint import EndpointModel
from rag.fleet import Fleet
from rag.meter import QUIET, Meter
from rag.model import Cut, Failure, LanguageModel, ModelUnavailable
from rag.settings import Settings

__all__ = ["Cut", "EndpointModel", "Failure", "LanguageModel", "LocalModel", "ModelUnavailable", "open_model"]

CONTEXT_TOKENS = 4096
"""Tokens a conversation with the local model may take; prompts stay far below (``rag.evidence``)."""


class LocalModel:
    """A GGUF file served by llama.cpp inside this process, started at the first use."""

    def __init__(self, weights: Path, name: str, meter: Meter = QUIET) -> None:
        self.name = name
        self._weights = weights
        self._meter = meter
        self._server: Any = None
        self._endpoint: EndpointModel | None = None
        self._lock = threading.Lock()

    def _start(self) -> EndpointModel:
        with self._lock:
            if self._endpoint is None:
                key = secrets.token_hex(16)
                self._server = _serve(self._weights, key)
                self._endpoint = EndpointModel(
                    f"{self._server.listening_address}/v1", key, self.name, meter=self._meter
                )
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


def open_model(settings: Settings, meter: Meter = QUIET) -> LanguageModel | None:
    """The model that the settings name; None for "none". Raises ``embeddings.weights.WeightsError`` if not there."""
    if not settings.uses_model:
        return None
    if settings.endpoint:
        return Fleet(endpoints(settings, meter), meter)
    from embeddings.weights import locate

    name = Path(settings.model).stem if settings.model.endswith(".gguf") else settings.model
    return Breaker(LocalModel(locate(settings.model), name, meter), on_failure=partial(meter.model_failed, "local"))


def endpoints(settings: Settings, meter: Meter = QUIET) -> list[EndpointModel]:
    """The model at each address of the settings."""
    return [EndpointModel(address, settings.key, settings.model, meter=meter) for address in settings.addresses]
