"""What happens when somebody asks: the conversation, step by step, without any web framework."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from page.assistant import Assistant, AssistantUnavailable
from page.conversation import Conversation, Exchange, history, place, unread
from page.line import Line, Place
from page.relay import POLL_SECONDS, relay
from page.texts import Texts
from rag.followup import Turn
from rag.hits import Filters
from rag.meter import QUIET, Meter, Outcome
from rag.result import Draft, Event, Finished, Found

log = logging.getLogger(__name__)

LONGEST_QUESTION = 2_000
"""Characters; held on the server, since a browser can send anything."""

BATCH_SECONDS = 0.1
"""Between two drafts on screen: one event a token made streaming 1.6 times as slow."""
PLACE_SECONDS = 1.0
"""Between two places in the line on screen: with twenty in it, each of whose leaving moves all others, it costs more to
tell them than to answer."""


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


def read_filters(
    publication: str | None, author: str | None, since: str | None, until: str | None, texts: Texts
) -> Filters:
    """Take the form's filters, whole years inclusive; raises ``Refused`` when they make no sense."""
    try:
        first = date(int(since), 1, 1) if since and since.strip() else None
        last = date(int(until), 12, 31) if until and until.strip() else None
    except (ValueError, OverflowError):
        raise Refused(texts.bad_year) from None
    if first and last and first > last:
        raise Refused(texts.years_reversed)
    return Filters(since=first, until=last, publication=publication or None, author=author or None)


@dataclass(frozen=True, slots=True)
class Asker:
    """What it takes to ask: the assistant, the line before it, the page's words, how often a draft or place shows.

    ``meter`` is told what became of each question, and how long it stood in line.
    """

    assistant: Assistant
    line: Line
    texts: Texts
    every: float = BATCH_SECONDS
    every_place: float = PLACE_SECONDS
    meter: Meter = QUIET

    def ask(
        self, conversation: Conversation, question: str, filters: Filters, stopped: threading.Event
    ) -> Iterator[Conversation]:
        """Ask ``question`` and yield the conversation each time there is something new to see.

        First with the question alone (and how many are before it, while there are), then with the passages, then
        with the draft at most once in ``every`` seconds, last with the checked answer, with the draft as far as it
        is if ``stopped`` was set, or with one sentence if it failed. Never raises.
        """
        exchange = Exchange(question)
        try:
            with self.line.place() as place:
                steps = chain(
                    self._wait(question, place, stopped),
                    self._answer(question, history(conversation), filters, stopped),
                )
                for exchange in steps:
                    yield (*conversation, exchange)
        except AssistantUnavailable as error:
            exchange = self._failed(exchange, self.texts.unavailable.format(reason=error))
            yield (*conversation, exchange)
        except Exception:
            log.exception("A question could not be answered")
            exchange = self._failed(exchange, self.texts.failed)
            yield (*conversation, exchange)
        finally:
            self.meter.asked(_outcome(exchange), exchange.answer.seconds if exchange.answer else None)

    def _wait(self, question: str, place: Place, stopped: threading.Event) -> Iterator[Exchange]:
        """Tell how many are ahead, until none is or nobody wants to wait any more."""
        came = time.monotonic()
        ahead = place.ahead(0)
        while ahead and not stopped.is_set():
            note = self.texts.waiting_one if ahead == 1 else self.texts.waiting.format(ahead=ahead)
            yield Exchange(question, "waiting", note=note)
            shown, until = ahead, time.monotonic() + self.every_place
            while ahead and (ahead == shown or time.monotonic() < until) and not stopped.is_set():
                ahead = place.ahead(POLL_SECONDS)
        self.meter.waited(time.monotonic() - came)
        yield Exchange(question)

    def _answer(
        self, question: str, turns: list[Turn], filters: Filters, stopped: threading.Event
    ) -> Iterator[Exchange]:
        exchange = Exchange(question)
        shown = float("-inf")
        for event in relay(lambda: self.assistant.stream(question, turns, filters), stopped):
            exchange = advance(exchange, event, self.assistant)
            if isinstance(event, Draft) and time.monotonic() - shown < self.every:
                continue
            shown = time.monotonic()
            yield exchange
        if exchange.stage == "done":
            return
        if not stopped.is_set():
            raise RuntimeError("the assistant's stream ended without an answer")
        yield replace(exchange, stage="stopped", note=self.texts.stopped)

    @staticmethod
    def _failed(exchange: Exchange, note: str) -> Exchange:
        return replace(exchange, stage="failed", note=note)


def _outcome(exchange: Exchange) -> Outcome:
    """What became of a question; one that nobody waits for any more was stopped."""
    if exchange.stage == "failed":
        return "failed"
    return exchange.answer.status if exchange.answer else "stopped"


def advance(exchange: Exchange, event: Event, assistant: Assistant) -> Exchange:
    """Carry the exchange past ``event``."""
    match event:
        case Found(hits=hits):
            return replace(exchange, stage="writing", hits=unread(hits))
        case Draft(text=text):
            return replace(exchange, stage="writing", draft=text)
        case Finished(answer=answer):
            answer = replace(answer, hits=unread(answer.hits))
            cards = tuple(place(citation, answer.hits, assistant.article) for citation in answer.citations)
            return replace(exchange, stage="done", answer=answer, hits=answer.hits, cards=cards)
