"""The web page: builds it out of the modules in ``page`` and serves it.

Gradio takes two seconds to import, so that it is imported inside the functions that need it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from page.assistant import Assistant, OpeningAssistant
from page.languages import FRENCH, LANGUAGES
from page.line import Line
from page.texts import Texts
from page.watching import load_metrics
from page.web import CannotListen, PortInUse, listen, run
from rag.meter import QUIET, Meter

if TYPE_CHECKING:
    import gradio

    from page.adding import Adder
    from page.metrics import Metrics

__all__ = ["CannotListen", "PortInUse", "build_page", "load_metrics", "serve"]

GRADIO_SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
"""Read when Gradio is imported and the page is built. It reports to its makers otherwise, and keeps ten thousand events
of which it makes a table after each, for a page of its own that is off here."""
SERVED = 4
"""Questions answered at once; who asks more stands in line."""


def build_page(
    assistant: Assistant,
    texts: Texts = FRENCH,
    line: Line | None = None,
    adder: Adder | None = None,
    meter: Meter = QUIET,
) -> gradio.Blocks:
    """Build the page that asks ``assistant``; nothing is asked of it before somebody opens the page.

    Pages of one assistant share a ``line`` and an ``adder``; without one, nobody can add articles.
    """
    runs = Path(os.environ.get("STANDARDISTE_RUNS") or "runs")
    os.environ.update(GRADIO_SETTINGS)
    from page.blocks import build

    return build(assistant, texts, line or Line(SERVED), adder, runs, meter)


def serve(
    open_assistant: Callable[[], Assistant],
    host: str,
    port: int,
    served: int = SERVED,
    metrics: Metrics | None = None,
) -> None:
    """Serve the page, in each of its languages, on ``http://host:port`` until interrupted; port 0 takes any free one.

    ``served`` questions are answered at once. A language model that writes for one at a time needs 1: whoever waited
    for it without standing in line would not be told their place.

    ``metrics`` are told of every question and shown on ``/metrics`` to whoever has their token.

    The page shows before the assistant is open: ``open_assistant`` runs in a thread then, and the first
    question waits for it. Raises ``PortInUse`` or ``CannotListen``, before anything is opened, and
    ``page.access.AccessError`` when the file of users cannot be used.
    """
    from page.access import load_access

    access = load_access(os.environ)
    with listen(host, port) as listener:
        from page.adding import Adder

        assistant, line = OpeningAssistant(open_assistant), Line(served)
        adder = Adder(assistant) if access.may_add(listener.getsockname()[0]) else None
        meter: Meter = metrics or QUIET
        if metrics:
            metrics.watch(line, assistant)
        pages = {language: build_page(assistant, texts, line, adder, meter) for language, texts in LANGUAGES.items()}
        run(pages, assistant, listener, access, metrics)
