"""What happens when somebody asks: the conversation, step by step, without any web framework."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from page.assistant import Assistant, AssistantUnavailable
from page.conversation import Conversation, Exchange, history, place
from page.relay import relay
from page.texts import Texts
from rag.hits import Filters
from rag.result import Draft, Event, Finished, Found

log = logging.getLogger(__name__)

LONGEST_QUESTION = 2_000
"""Characters; held on the server, since a browser can send anything."""

BATCH_SECONDS = 0.1
"""Between two drafts on screen: one event a token made streaming 1.6 times as slow."""


class Refused(Exception):
    """The page cannot take what was typed; the message is one sentence that says what to change."""


def read_question(text: str | None, texts: Texts) -> str:
    """Take the question as it will be asked; raises ``Refused`` when it is blank or too long."""
    # Half of a surrogate pair arrives from a browser as it is, and can be neither stored nor sent back.
    question = (text or "").encode("utf-8", "replace").decode().strip()
    if not question:
        raise Refused(texts.blank)
    if len(question) > LONGEST_QUESTION:
        raise Refused(texts.too_long.format(length=len(question), limit=LONGEST_QUESTION))
    return question


def read_filters(publication: str | None, since: float | None, until: float | None, texts: Texts) -> Filters:
    """Take the form's filters, whole years inclusive; raises ``Refused`` when they make no sense."""
    try:
        first = date(int(since), 1, 1) if since else None
        last = date(int(until), 12, 31) if until else None
    except (ValueError, OverflowError):
        raise Refused(texts.bad_year) from None
    if first and last and first > last:
        raise Refused(texts.years_reversed)
    return Filters(since=first, until=last, publication=publication or None)


def ask(
    assistant: Assistant,
    conversation: Conversation,
    question: str,
    filters: Filters,
    texts: Texts,
    stopped: threading.Event,
    every: float = BATCH_SECONDS,
) -> Iterator[Conversation]:
    """Ask ``question`` and yield the conversation each time there is something new to see.

    First with the question alone, then with the passages, then with the draft at most once in ``every``
    seconds, last with the checked answer, with the draft as far as it is if ``stopped`` was set, or with one
    sentence if it failed. Never raises.
    """
    exchange = Exchange(question)
    yield (*conversation, exchange)
    shown = float("-inf")
    try:
        for event in relay(lambda: assistant.stream(question, history(conversation), filters), stopped):
            exchange = advance(exchange, event, assistant)
            if isinstance(event, Draft) and time.monotonic() - shown < every:
                continue
            shown = time.monotonic()
            yield (*conversation, exchange)
        if exchange.stage == "done":
            return
        if not stopped.is_set():
            raise RuntimeError("the assistant's stream ended without an answer")
        exchange = replace(exchange, stage="stopped", note=texts.stopped)
    except AssistantUnavailable as error:
        exchange = replace(exchange, stage="failed", note=texts.unavailable.format(reason=error))
    except Exception:
        log.exception("A question could not be answered")
        exchange = replace(exchange, stage="failed", note=texts.failed)
    yield (*conversation, exchange)


def advance(exchange: Exchange, event: Event, assistant: Assistant) -> Exchange:
    """Carry the exchange past ``event``."""
    match event:
        case Found(hits=hits):
            return replace(exchange, stage="writing", hits=hits)
        case Draft(text=text):
            return replace(exchange, stage="writing", draft=text)
        case Finished(answer=answer):
            cards = tuple(place(citation, answer.hits, assistant.article) for citation in answer.citations)
            return replace(exchange, stage="done", answer=answer, hits=answer.hits, cards=cards)
