"""What an answer consists of, and the contract's JSON of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from rag.hits import Hit
from rag.store import ArticleRow

Status = Literal["answered", "extractive", "corrected", "not_found"]


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
        body = {name: getattr(self, name) for name in ("question", "search_question", "language", "status", "answer")}
        return {
            **body,
            "sentences": [asdict(sentence) for sentence in self.sentences],
            "citations": [_dated(asdict(citation)) for citation in self.citations],
            "hits": [hit_json(hit) for hit in self.hits],
            "answerable": round(self.answerable, 4),
            "model": self.model,
            "notices": list(self.notices),
            "seconds": {
                key: value if value is None else round(value, 4) for key, value in asdict(self.seconds).items()
            },
        }


def hit_json(hit: Hit) -> dict[str, Any]:
    """The contract's HIT."""
    about = ("title", "author", "publication", "date", "source")
    names = ("rank", "article", "passage", "score", "text", "start", "end", *about)
    return _dated({name: getattr(hit, name) for name in names})


def article_json(row: ArticleRow) -> dict[str, Any]:
    """The contract's line of ``articles``."""
    names = ("id", "title", "author", "publication", "date", "language", "source", "passages")
    return _dated({name: getattr(row, name) for name in names})


def _dated(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


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
