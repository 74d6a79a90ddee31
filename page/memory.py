"""Conversations that outlive a reload: kept in the store, each for the browser or the user it belongs to."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from corpus.article import Span
from page.assistant import Assistant
from page.conversation import Conversation, Exchange, place
from rag.hits import Hit
from rag.notes import Kept
from rag.result import Answer, Citation, CitedSentence, Seconds

log = logging.getLogger(__name__)

LONGEST_NAME = 80
_HERE = "~"
"""Begins the key of a conversation that no store keeps; not one of the letters that keys are made of."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with its owner ("" for a browser without cookies, whose conversations are not kept)."""

    owner: str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    exchanges: Conversation = ()

    def of(self, owner: str) -> Thread:
        """The conversation if it is the owner's, else a new one: what a browser sends may be another's."""
        return self if self.owner == owner else Thread(owner)

    def at(self, exchanges: Conversation) -> Thread:
        """The same conversation as it stands now."""
        return replace(self, exchanges=exchanges)


class Memory:
    """Keeps conversations in the assistant's store; what cannot be kept or found is logged and left."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def keep(self, thread: Thread) -> str:
        """Keep the conversation as it stands, without what is still being written. Never raises.

        Returns what ``current`` finds it by: its key, or one for this process alone if it could not be kept.
        """
        finished = tuple(exchange for exchange in thread.exchanges if not exchange.open)
        if not thread.owner or not finished:
            return _HERE + thread.key
        name = " ".join(finished[0].question.split())[:LONGEST_NAME]
        try:
            self._assistant.store.notes.keep(thread.owner, thread.key, name, to_body(finished))
        except Exception:
            log.exception("A conversation could not be kept")
            return _HERE + thread.key
        return thread.key

    def current(self, owner: str, key: str | None, here: Thread | None) -> Thread:
        """The conversation that a page shows: the store's, since another process may have gone on with it.

        ``key`` is what the page was told by ``keep``, "" for a new conversation; ``here`` is what this process
        remembers of that page. Both come by way of the browser, and neither leads to another owner's.
        """
        if key and key.startswith(_HERE):
            mine = here is not None and here.owner == owner and here.key == key.removeprefix(_HERE)
            return here if here is not None and mine else Thread(owner)
        return self.open(owner, key)[1] if key else Thread(owner)

    def listed(self, owner: str) -> list[Kept]:
        """List the owner's conversations, the latest first."""
        return self._assistant.store.notes.kept(owner) if owner else []

    def latest(self, owner: str) -> Thread:
        """Open the owner's latest conversation, or a new one."""
        kept = self.listed(owner)
        return self.open(owner, kept[0].key)[1] if kept else Thread(owner)

    def open(self, owner: str, key: str) -> tuple[str, Thread]:
        """Open one of the owner's conversations with its name; a new one without a name if there is none."""
        found = self._assistant.store.notes.read(owner, key) if owner else None
        if found is None:
            return "", Thread(owner)
        name, body = found
        try:
            return name, Thread(owner, key, from_body(body, self._assistant))
        except (ValueError, KeyError, TypeError):
            log.exception("A conversation is kept in a form that cannot be read")
            return "", Thread(owner)

    def rename(self, owner: str, key: str, name: str) -> None:
        """Give one of the owner's conversations another name; a blank one is left."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if owner and name:
            self._assistant.store.notes.rename(owner, key, name)

    def drop(self, owner: str, key: str) -> None:
        """Forget one of the owner's conversations."""
        if owner:
            self._assistant.store.notes.drop(owner, key)


def to_body(conversation: Conversation) -> str:
    """Write the exchanges as JSON; cards are left out, since they are made anew."""
    exchanges = [
        {
            "question": exchange.question,
            "stage": exchange.stage,
            "draft": exchange.draft,
            "note": exchange.note,
            "hits": [] if exchange.answer else [asdict(hit) for hit in exchange.hits],
            "answer": asdict(exchange.answer) if exchange.answer else None,
        }
        for exchange in conversation
    ]
    return json.dumps(exchanges, ensure_ascii=False, default=date.isoformat)


def from_body(body: str, assistant: Assistant) -> Conversation:
    """Read the exchanges back, their quotes placed in the articles as these are now."""
    return tuple(_exchange(values, assistant) for values in json.loads(body))


def _exchange(values: Mapping[str, Any], assistant: Assistant) -> Exchange:
    answer = _answer(values["answer"]) if values["answer"] else None
    hits = answer.hits if answer else tuple(map(_hit, values["hits"]))
    citations = answer.citations if answer else ()
    cards = tuple(place(citation, hits, assistant.article) for citation in citations)
    return Exchange(values["question"], values["stage"], hits, values["draft"], answer, cards, values["note"])


def _answer(values: dict[str, Any]) -> Answer:
    return Answer(
        **{
            **values,
            "sentences": tuple(
                CitedSentence(**{**one, "citations": tuple(one["citations"])}) for one in values["sentences"]
            ),
            "citations": tuple(Citation(**{**one, "date": _date(one["date"])}) for one in values["citations"]),
            "hits": tuple(map(_hit, values["hits"])),
            "notices": tuple(values["notices"]),
            "seconds": Seconds(**values["seconds"]),
        }
    )


def _hit(values: dict[str, Any]) -> Hit:
    spans = tuple(Span(**span) for span in values["sentences"])
    return Hit(**{**values, "date": _date(values["date"]), "sentences": spans})


def _date(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
