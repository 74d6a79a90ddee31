"""OpenTelemetry spans of a question's stages, sent where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says.

Without that variable nothing of OpenTelemetry is imported and nothing is measured. With it, the packages of the extra
``cluster`` send spans by OTLP over HTTP; the standard's other variables (headers, sampling, resource) hold as well. No
span holds words of a question, a history, an article or an answer.

::

    question            status, language, hits, notices
    ├── search          ⊃ reread
    ├── evidence
    ├── model           name, first token, how it failed
    └── citation
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

    from rag.result import Answer

log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""https://opentelemetry.io/docs/specs/otel/protocol/exporter/"""

P = ParamSpec("P")
R = TypeVar("R")


_making = Lock()


def provider() -> TracerProvider | None:
    """What makes spans and sends them in the background, not OpenTelemetry's global one; None without an endpoint."""
    # The first questions may come together, and a cache alone would let each make one.
    with _making:
        return _provider()


@cache
def _provider() -> TracerProvider | None:
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("Traces need OpenTelemetry: install “standardiste[cluster]”, or unset %s.", ENDPOINTS[1])
        return None
    # The environment's name would lose against one given here.
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    made = TracerProvider(resource=Resource.create({} if named else {"service.name": "standardiste"}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def _tracer() -> Tracer | None:
    found = provider()
    return found.get_tracer("standardiste") if found else None


class Question:
    """The span of a question, and those of its stages; does nothing without a ``span``."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def tell(self, **attributes: str | float | bool | None) -> None:
        """Set attributes, under the project's name; None is left out."""
        _tell(self._span, attributes)

    def answered(self, answer: Answer) -> None:
        """Tell what is known of an answer without any of its words."""
        self.tell(
            status=answer.status,
            language=answer.language,
            hits=len(answer.hits),
            notices=len(answer.notices),
            answerable=answer.answerable,
        )

    def current(self) -> AbstractContextManager[Any]:
        """Make stages that begin in the block this question's. No stream may hand on anything in it."""
        if self._span is None:
            return nullcontext()
        from opentelemetry.trace import use_span

        return use_span(self._span, end_on_exit=False, record_exception=False, set_status_on_exception=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[Question]:
        """A stage that hands on what it makes while it lasts."""
        tracer = _tracer() if self._span else None
        if tracer is None or self._span is None:
            yield Question(None)
            return
        from opentelemetry.trace import set_span_in_context

        span = tracer.start_span(name, context=set_span_in_context(self._span))
        with _ending(span):
            yield Question(span)


@contextmanager
def tracing() -> Iterator[Question]:
    """The span of a question, until the block is left."""
    tracer = _tracer()
    if tracer is None:
        yield Question(None)
        return
    span = tracer.start_span("question")
    with _ending(span):
        yield Question(span)


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make each call of a function a stage of the question that is being answered."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def inner(*arguments: P.args, **named: P.kwargs) -> R:
            tracer = _tracer()
            if tracer is None:
                return function(*arguments, **named)
            with (
                tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span,
                _ending(span, end=False),
            ):
                return function(*arguments, **named)

        return inner

    return wrap


@contextmanager
def _ending(span: Span, end: bool = True) -> Iterator[None]:
    """End the span, with the kind of the error that ended it: an error's message could hold what was asked."""
    from opentelemetry.trace import Status, StatusCode

    try:
        yield
    except GeneratorExit:
        _tell(span, {"stopped": True})
        raise
    except BaseException as error:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        if end:
            span.end()


def _tell(span: Span | None, attributes: dict[str, Any]) -> None:
    if span is not None:
        span.set_attributes({f"standardiste.{name}": value for name, value in attributes.items() if value is not None})
