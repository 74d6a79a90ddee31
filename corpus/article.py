"""What the corpus hands on: an article, its passages, their sentences.

All spans count characters (Unicode code points) of the article's clean text, end excluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an article's clean text: ``article.text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article, cleaned.

    ``text`` starts with the title on a line of its own when the article has one, so that a title can be quoted
    like any other line; ``title`` of an untitled article is made from its file name and does not stand in
    ``text``. Paragraphs are separated by a blank line. ``headings`` are the lines of ``text`` that are headings
    (the title's line included), in order.
    """

    id: str
    title: str
    text: str
    author: str | None
    publication: str | None
    date: date | None
    language: str
    """ISO 639-1."""
    source: str
    """The address the article came from if its front matter or page tells it, else the file's name."""
    headings: tuple[Span, ...] = ()
    entry: str = ""
    """Which of its file's articles this is, in a feed or mailbox; "" elsewhere, and once it is stored."""

    @property
    def titled(self) -> bool:
        """Whether the title stands in the text (and was not made from the file name)."""
        return self.text.startswith(self.title)


@dataclass(frozen=True, slots=True)
class Passage:
    """A few consecutive whole sentences of one article: ``text == article.text[start:end]``.

    ``number`` counts from 0 within the article. ``heading`` is the heading above the passage ("" if none);
    it may stand in ``text`` too, when the passage begins with it. ``sentences`` are spans of the article's text,
    in order, without overlap, inside the passage; every character outside them is white space.
    """

    article: str
    number: int
    text: str
    start: int
    end: int
    heading: str
    sentences: tuple[Span, ...]
