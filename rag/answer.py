"""A question becomes an answer: retrieve → evidence → language model → cite.

This is the shape; see ``Assistant.stream``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from rag.hits import Filters, Hit

Status = Literal["answered", "extractive", "corrected", "not_found"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation so far."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of an answer; ``quote == article_text[start:end]``. ``n`` is the number in the answer's [n] marks."""

    n: int
    article: str
    title: str
    author: str | None
    publication: str | None
    date: date | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of an answer, its [n] marks taken out, with the numbers of its citations and its support (0 to 1)."""

    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the stages of an answer took, from the question's arrival."""

    retrieve: float
    first_token: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; field by field the contract's ``ask --json``.

    ``model`` is the language model's name, None when none wrote the answer. ``notices`` are sentences for the user,
    in the question's language. ``answerable`` is the probability that the articles hold the answer.
    """

    question: str
    search_question: str
    language: str
    status: Status
    answer: str
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    answerable: float
    model: str | None
    notices: tuple[str, ...]
    seconds: Seconds

    def to_json(self) -> dict[str, Any]:
        """The contract's object, ready for ``json.dumps``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Found:
    """First event of a stream: the passages, before any word of the answer."""

    hits: tuple[Hit, ...]
    search_question: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer as far as it is written, not yet checked: the whole text so far, not the new piece."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Last event of a stream: the checked answer, which replaces the draft."""

    answer: Answer


Event = Found | Draft | Finished


class Assistant:
    """Answers questions from one store; safe to call from several threads."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), filters: Filters = Filters(), use_model: bool = True
    ) -> Iterator[Event]:
        """Answer ``question``: one ``Found``, any number of ``Draft``, one ``Finished``."""
        raise NotImplementedError

    def ask(
        self, question: str, history: Sequence[Turn] = (), filters: Filters = Filters(), use_model: bool = True
    ) -> Answer:
        """The last event's answer of ``stream``."""
        raise NotImplementedError
