"""The local model: a GGUF file served by llama.cpp, built on this machine or from xllamacpp's wheel."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from rag.doubt import doubt
from rag.endpoint import EndpointModel
from rag.meter import QUIET, Meter
from rag.model import ModelUnavailable
from rag.native import NativeError, find
from rag.native_server import CACHE_MEBIBYTES, CONTEXT_TOKENS, NativeServer
from rag.speed import Speed, measure

_log = logging.getLogger(__name__)


class Server(Protocol):
    """A model's server on a loopback port."""

    @property
    def address(self) -> str:
        """Without ``/v1``."""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""


class WheelServer:
    """llama.cpp's server inside this process, from xllamacpp's wheel. Raises ``ModelUnavailable``."""

    alive = True
    """It ends with this process."""

    def __init__(self, weights: Path, key: str) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelUnavailable("not loaded", "xllamacpp is not installed: run “make setup”.") from error
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(weights)
        parameters.n_ctx = CONTEXT_TOKENS
        parameters.n_parallel = 1
        parameters.cache_ram_mib = CACHE_MEBIBYTES
        parameters.verbosity = -1
        parameters.api_keys = [key]
        parameters.ui = False
        parameters.endpoint_slots = False
        try:
            self._server: Any = xllamacpp.Server(parameters)
        except Exception as error:  # whatever the native code raises, the user gets the extractive answer
            sentence = f"The local model {weights.name} cannot be loaded: {error}."
            raise ModelUnavailable("not loaded", sentence) from error
        self.address = str(self._server.listening_address)


class LocalModel:
    """A GGUF file served to this process alone, started at the first use.

    The native engine serves it unless it is missing, of no use, not wanted (``native`` false), or has ended before:
    then the wheel does, for as long as this object lives.
    """

    def __init__(self, weights: Path, name: str, meter: Meter = QUIET, native: bool = True) -> None:
        self.name = name
        self.engine = ""
        """What serves, for people; "" before it was started."""
        self.fallback = ""
        """Why the native engine that is there does not serve, as a sentence; "" if it does, or there is none."""
        self._weights = weights
        self._meter = meter
        self._native = native
        self._key = secrets.token_hex(16)
        self._server: Server | None = None
        self._endpoint: EndpointModel | None = None
        self._lock = threading.Lock()

    @property
    def is_native(self) -> bool:
        """Whether the native engine serves."""
        return isinstance(self._server, NativeServer)

    def _start(self) -> EndpointModel:
        with self._lock:
            if self._server is not None and not self._server.alive:
                self._give_up("The native engine has ended unexpectedly.")
                self._server = None
            if self._server is None or self._endpoint is None:
                self._server = (self._native_server() if self._native else None) or self._wheel_server()
                self._endpoint = EndpointModel(f"{self._server.address}/v1", self._key, self.name, meter=self._meter)
            return self._endpoint

    def _native_server(self) -> NativeServer | None:
        try:
            engine = find()
            if engine is None:
                return None
            server = NativeServer(engine.binary, engine.options, self._weights, self._key)
        except (NativeError, OSError) as error:
            self._give_up(str(error))
            return None
        self.engine = engine.describe()
        return server

    def _wheel_server(self) -> WheelServer:
        server = WheelServer(self._weights, self._key)
        from importlib.metadata import version

        self.engine = f"llama.cpp of the wheel xllamacpp {version('xllamacpp')}"
        return server

    def _give_up(self, why: str) -> None:
        self._native = False
        self.fallback = why
        _log.warning("%s The local model runs in the wheel's engine instead.", why)

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        """The answer in pieces (see ``LanguageModel``)."""
        return self._start().stream(messages, max_tokens)

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        """Load the weights and read the instructions into the prompt cache."""
        for _ in self.stream(messages, max_tokens=1):
            pass

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        """Log probability that the answer had begun like ``sentence`` (see ``LanguageModel``)."""
        return doubt(self._server.address, self._key, messages, sentence) if self._server else None

    def speed(self, tokens: int, written: int, rounds: int = 1) -> Speed:
        """The tokens/s of prompts of some ``tokens`` tokens. Raises ``ModelUnavailable``."""
        self._start()
        if self._server is None:
            raise AssertionError("a model that is started has a server")
        return measure(f"{self._server.address}/v1", self._key, tokens, written, rounds)
