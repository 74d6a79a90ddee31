"""Figures for Prometheus on ``/metrics``, off unless ``STANDARDISTE_METRICS`` holds the token that reads them.

Imported only then: it needs prometheus-client (the extra ``cluster``). Each process keeps its own figures, and
Prometheus asks each of them. No label holds what somebody typed, an address or a name.
"""

from __future__ import annotations

import hmac
import math
import time
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from rag.meter import Meter, Outcome
from rag.model import Failure
from rag.result import Seconds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from page.assistant import OpeningAssistant
    from page.line import Line

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Seconds; 20 and 60 are the limits of a first word and of an answer (``rag.endpoint.Limits``)."""
REFUSALS = (401, 403, 404, 413, 429, 503)
INDEX_SECONDS = 60.0
"""How old the counts of articles and passages may be."""


class Metrics(Meter):
    """Keeps figures in a registry of its own; ``token`` is what reads them."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"standardiste_{name}", text, labels, registry=self._registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"standardiste_{name}", text, labels, buckets=BUCKETS, registry=self._registry)

        self._questions = counter("questions", "Questions by what became of them.", "status")
        self._refused = counter("refused_requests", "Requests refused, by HTTP status.", "code")
        self._tokens = counter("model_tokens", "Tokens, as the language model's server tells them.", "kind")
        self._failures = counter("model_failures", "Failures by the server's place in the list.", "address", "failure")
        self._stages = histogram("stage_seconds", "From a question's turn to the end of a stage.", "stage")
        self._waits = histogram("line_wait_seconds", "How long questions stood in line.")
        self._busy = Gauge(
            "standardiste_model_requests", "Requests under way at a language model's server.", ["address"],
            registry=self._registry,
        )  # fmt: skip

    def watch(self, line: Line, assistant: OpeningAssistant) -> None:
        """Show these two as well, whenever somebody reads."""
        indexed = _Indexed(assistant)
        for name, text, function in (
            ("line_length", "Questions that stand in line.", lambda: line.length),
            ("articles", "Articles in the index; NaN before it is open.", lambda: indexed.counts()[0]),
            ("passages", "Passages in the index; NaN before it is open.", lambda: indexed.counts()[1]),
        ):
            Gauge(f"standardiste_{name}", text, registry=self._registry).set_function(function)

    def may_read(self, authorization: str) -> bool:
        """Whether this header carries the token (RFC 6750)."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    def text(self) -> bytes:
        """Everything in Prometheus' text format, version 0.0.4."""
        return bytes(generate_latest(self._registry))

    def asked(self, outcome: Outcome, seconds: Seconds | None) -> None:
        """Count a question (see ``Meter.asked``)."""
        self._questions.labels(outcome).inc()
        if seconds is not None:
            self._stages.labels("retrieve").observe(seconds.retrieve)
            self._stages.labels("total").observe(seconds.total)
            if seconds.first_token is not None:
                self._stages.labels("first_token").observe(seconds.first_token)

    def waited(self, seconds: float) -> None:
        """Count a wait (see ``Meter.waited``)."""
        self._waits.observe(seconds)

    def tokens(self, read: int, written: int) -> None:
        """Count tokens (see ``Meter.tokens``)."""
        self._tokens.labels("read").inc(max(0, read))
        self._tokens.labels("written").inc(max(0, written))

    def model_failed(self, address: str, failure: Failure) -> None:
        """Count a failure (see ``Meter.model_failed``)."""
        self._failures.labels(address, failure).inc()

    def model_busy(self, address: str, requests: int) -> None:
        """Note a load (see ``Meter.model_busy``)."""
        self._busy.labels(address).set(requests)

    def refused(self, code: int) -> None:
        """Count a request that was answered with ``code``, if that is a refusal."""
        if code in REFUSALS:
            self._refused.labels(str(code)).inc()


class _Indexed:
    """What is indexed, counted once a minute at most: counting lists it."""

    def __init__(self, assistant: OpeningAssistant) -> None:
        self._assistant = assistant
        self._lock = Lock()
        self._counted = float("-inf")
        self._counts = (math.nan, math.nan)

    def counts(self) -> tuple[float, float]:
        """Give the numbers of articles and passages, NaN while they are being opened."""
        if not self._assistant.ready:
            return self._counts
        with self._lock:
            if time.monotonic() - self._counted > INDEX_SECONDS:
                rows = self._assistant.articles()
                self._counts = len(rows), sum(row.passages for row in rows)
                self._counted = time.monotonic()
            return self._counts


class Counted:
    """Tells the metrics which requests are refused, wherever that happens."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; look at the start of the answer."""

        async def looked_at(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.refused(message["status"])
            await send(message)

        await self._app(scope, receive, looked_at)
