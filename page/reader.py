"""A whole article as HTML, with its headings, and a quote marked in it. All text from outside is escaped here."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Protocol

from corpus.article import Article, Span
from page.assistant import AssistantUnavailable
from page.texts import Texts
from rag.store import StoreError

log = logging.getLogger(__name__)

_GAP = re.compile(r"\n\s*\n")


class Articles(Protocol):
    """Whoever gives articles by their id."""

    def article(self, article: str) -> Article:
        """Give the article with that id."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of HTML, and whether it is the article or a sentence about why there is none."""

    html: str
    found: bool


def show(articles: Articles, article: str, start: int, end: int, texts: Texts) -> Shown:
    """Show the article with ``start`` to ``end`` marked (nothing where they are equal). Never raises."""
    try:
        whole = articles.article(article)
    except AssistantUnavailable as error:
        return Shown(_sentence(texts.unavailable.format(reason=error)), False)
    except (LookupError, StoreError):
        return Shown(_sentence(texts.article_gone), False)
    except Exception:
        log.exception("An article could not be shown")
        return Shown(_sentence(texts.failed), False)
    return Shown(article_html(whole, Span(start, end), texts), True)


def article_html(article: Article, mark: Span, texts: Texts) -> str:
    """Write the whole text, a block a paragraph or heading; stripping tags gives it back, gaps aside."""
    title, *rest = blocks(article)
    if title[1] and title[0].start == 0:
        heading, body = _marked(article.text, title[0], mark), rest
    else:
        heading, body = escape(article.title or texts.untitled), [title, *rest]
    known = (article.author, article.publication, texts.day(article.date) if article.date else None)
    origin = " · ".join(part for part in known if part)
    paragraphs = "".join(_block(article.text, span, is_heading, mark) for span, is_heading in body)
    return (
        f'<article lang="{escape(article.language)}"><header><h2>{heading}</h2>'
        f'<p class="origin">{escape(origin)}</p>{_address(article.source, texts)}</header>'
        f'<div class="text">{paragraphs}</div></article>'
    )


def frame(texts: Texts) -> str:
    """Write the empty reader that the script fills with what ``/source`` gives."""
    return (
        f'<section class="reader" aria-label="{escape(texts.reader)}" hidden>'
        f'<p class="bar"><button type="button" class="close">{escape(texts.close_reader)}</button></p>'
        '<div class="body" tabindex="-1"></div></section>'
    )


def open_button(article: str, texts: Texts, title: str, span: Span | None = None) -> str:
    """Write the button that opens the article at ``span``."""
    label = texts.read_article if span else texts.read_whole
    place = f' data-start="{span.start}" data-end="{span.end}"' if span else ""
    return (
        f'<button type="button" class="open-article" data-article="{escape(article)}"{place} '
        f'aria-label="{escape(f"{label}{texts.colon} {title}")}">{escape(label)}</button>'
    )


def blocks(article: Article) -> list[tuple[Span, bool]]:
    """Cut the text at blank lines and around headings: spans without white space at their ends; True for headings."""
    headings = {span.start: span for span in article.headings}
    cuts: list[tuple[Span, bool]] = []
    for paragraph in _paragraphs(article.text):
        at = paragraph.start
        for heading in (headings[start] for start in sorted(headings) if paragraph.start <= start < paragraph.end):
            cuts += [(Span(at, heading.start), False), (heading, True)]
            at = heading.end
        cuts.append((Span(at, paragraph.end), False))
    stripped = ((_stripped(article.text, span), is_heading) for span, is_heading in cuts)
    return [(span, is_heading) for span, is_heading in stripped if span.start < span.end] or [(Span(0, 0), False)]


def _paragraphs(text: str) -> Iterator[Span]:
    at = 0
    for gap in _GAP.finditer(text):
        yield Span(at, gap.start())
        at = gap.end()
    yield Span(at, len(text))


def _stripped(text: str, span: Span) -> Span:
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.start + len(piece.rstrip())))


def _block(text: str, span: Span, heading: bool, mark: Span) -> str:
    name = "h3" if heading else "p"
    return f"<{name}>{_marked(text, span, mark)}</{name}>"


def _marked(text: str, span: Span, mark: Span) -> str:
    start, end = max(span.start, mark.start), min(span.end, mark.end)
    if start >= end:
        return escape(text[span.start : span.end])
    before, quote, after = text[span.start : start], text[start:end], text[end : span.end]
    return f"{escape(before)}<mark>{escape(quote)}</mark>{escape(after)}"


def _address(source: str, texts: Texts) -> str:
    return f'<p class="origin">{escape(texts.origin.format(source=source))}</p>' if source else ""


def _sentence(text: str) -> str:
    return f'<p class="hint" role="alert">{escape(text)}</p>'
