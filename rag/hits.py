"""What retrieval hands on: filters in, hits out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from corpus.article import Span
from embeddings.reader import Reading


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question may be answered from; the default lets all through.

    ``since`` and ``until`` are inclusive days; an article without a date never passes a period. ``publication``
    and ``author`` are compared without case and accents.
    """

    since: date | None = None
    until: date | None = None
    publication: str | None = None
    author: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return any((self.since, self.until, self.publication, self.author))


EVERYTHING = Filters()
"""Lets all articles through."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question: ``text == article_text[start:end]``.

    ``rank`` counts from 1. ``score`` is higher where the hit is better: with a reader P(it answers), else the fused
    score, comparable within one question only. ``dense``, ``sentence`` and ``words`` say why: the cosine of the
    passage, of its best sentence, and BM25. ``answers`` and ``reading`` are what the reader made of it, if it was read.
    ``sentences`` are spans of the article's text. ``passage`` is the passage's number in its article.
    """

    rank: int
    article: str
    passage: int
    score: float
    text: str
    start: int
    end: int
    title: str
    author: str | None
    publication: str | None
    date: date | None
    source: str
    heading: str
    language: str
    sentences: tuple[Span, ...]
    dense: float
    sentence: float
    words: float
    answers: float | None = None
    reading: Reading | None = None

    def sentence_texts(self) -> list[str]:
        """The sentences of the passage, verbatim."""
        return [self.text[span.start - self.start : span.end - self.start] for span in self.sentences]
