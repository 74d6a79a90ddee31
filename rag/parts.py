"""What is stored of an article: its passages, the texts of each to embed, and their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from corpus.article import Article, Passage
from corpus.split import split
from embeddings.encoder import TokenCounter
from rag.stages import Parts
from rag.words import MONTHS, index_text


def parts_of(article: Article, counter: TokenCounter) -> Parts:
    """All that is stored of an article but its vectors."""
    passages = passages_of(article, counter)
    return Parts(
        passages,
        tuple(tuple(_texts(article, passage, counter)) for passage in passages),
        tuple(_words(article, passage) for passage in passages),
    )


def passages_of(article: Article, counter: TokenCounter) -> tuple[Passage, ...]:
    """The article's passages; among their sentences no headings, which claim nothing and so can support nothing."""
    headings = set(article.headings)
    found = []
    for passage in split(article, counter.count_tokens):
        sentences = tuple(span for span in passage.sentences if span not in headings)
        found.append(replace(passage, sentences=sentences or passage.sentences))
    return tuple(found)


def _texts(article: Article, passage: Passage, counter: TokenCounter) -> Iterator[str]:
    """What is embedded: the passage under its title and heading as far as they fit the window, then its sentences."""
    above = [article.title] if article.titled and passage.start > 0 else []
    if passage.heading and passage.heading not in (article.title, *passage.text.splitlines()[:1]):
        above.append(passage.heading)
    for first in range(len(above) + 1):
        text = "\n".join([*above[first:], passage.text])
        if first == len(above) or counter.count_tokens(text) <= counter.window:
            yield text
            break
    for span in passage.sentences:
        yield passage.text[span.start - passage.start : span.end - passage.start]


def _words(article: Article, passage: Passage) -> tuple[str, str, str, str]:
    """The stems that the full-text index holds: title, about, heading, body."""
    day = article.date
    when = f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else ""
    about = (article.author or "", article.publication or "", when)
    title = article.title if article.titled else ""
    return (
        index_text([title], article.language),
        index_text(about, article.language),
        index_text([passage.heading], article.language),
        index_text([passage.text], article.language),
    )
