"""What a conversation holds, on the server: the questions, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from corpus.article import Article
from rag.followup import Turn
from rag.hits import Hit
from rag.result import Answer, Citation
from rag.store import StoreError


@dataclass(frozen=True, slots=True)
class Card:
    """A source as shown: the quote inside the text around it; ``before + quote + after`` is verbatim."""

    citation: Citation
    before: str
    quote: str
    after: str
    language: str
    """ISO 639-1, of the article; "" if unknown."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and how far its answer is. ``note`` is a sentence of the page's own (waiting, stopped, failed)."""

    question: str
    stage: Literal["waiting", "searching", "writing", "done", "stopped", "failed"] = "searching"
    hits: tuple[Hit, ...] = ()
    draft: str = ""
    answer: Answer | None = None
    cards: tuple[Card, ...] = ()
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether the answer is still to come."""
        return self.stage in ("waiting", "searching", "writing")

    def settled(self) -> Exchange:
        """The exchange once there is a later one: only the passages that its answer cites are of use any more."""
        if self.answer is None:
            return replace(self, hits=())
        cited = tuple(hit for hit in self.answer.hits if any(_holds(hit, one) for one in self.answer.citations))
        return replace(self, hits=cited, answer=replace(self.answer, hits=cited))


Conversation = tuple[Exchange, ...]


def history(conversation: Conversation) -> list[Turn]:
    """List the turns that the assistant is told of: questions that got an answer, with that answer."""
    turns: list[Turn] = []
    for exchange in conversation:
        if exchange.answer is not None:
            turns += [Turn("user", exchange.question), Turn("assistant", exchange.answer.answer)]
    return turns


def place(citation: Citation, hits: Iterable[Hit], article: Callable[[str], Article]) -> Card:
    """Put a citation back into its passage: that of the hit that holds it, else its paragraph in the article.

    A quote that no longer stands where the citation says (the article changed meanwhile) is shown on its own.
    """
    for hit in hits:
        if _holds(hit, citation):
            return _cut(citation, hit.text, hit.start, hit.language)
    try:
        whole = article(citation.article)
    except (LookupError, StoreError):
        return Card(citation, "", citation.quote, "", "")
    start = whole.text.rfind("\n\n", 0, citation.start)
    end = whole.text.find("\n\n", citation.end)
    start = 0 if start < 0 else start + 2
    return _cut(citation, whole.text[start : end if end >= 0 else None], start, whole.language)


def unread(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The hits without what the reader saw in each token: it steers an answer, and is of no use after it."""
    return tuple(replace(hit, reading=None) for hit in hits)


def _holds(hit: Hit, citation: Citation) -> bool:
    return hit.article == citation.article and hit.start <= citation.start and citation.end <= hit.end


def _cut(citation: Citation, text: str, offset: int, language: str) -> Card:
    start, end = citation.start - offset, citation.end - offset
    if text[start:end] != citation.quote:
        return Card(citation, "", citation.quote, "", language)
    return Card(citation, text[:start], text[start:end], text[end:], language)
