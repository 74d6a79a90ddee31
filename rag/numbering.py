"""Sentences with their supports → numbered citations and the answer's text with its marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.article import Span
from rag.cite import Support
from rag.result import Citation, CitedSentence
from rag.texts import IN_THEIR_LANGUAGE, say

_OPENING, _CLOSING = re.compile(r"«\s?"), re.compile(r"\s?»")


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans of one text share a character."""
    return one.start < other.end and other.start < one.end


def in_quotes(text: str) -> str:
    """A sentence as a quotation, on one line; what it quotes itself stands in “ ”, as inner quotations do."""
    return f"« {inner(' '.join(text.split()))} »"


def inner(text: str) -> str:
    """``text`` as it stands within guillemets."""
    return _CLOSING.sub("”", _OPENING.sub("“", text))


def quoted(text: str, language: str, introduced: bool) -> str:
    """A sentence, quoted for somebody who asked in ``language``, which is not its own; ``introduced``: not the first.

    What introduces it is short: it is no part of what the quote says.
    """
    quote = in_quotes(text)
    return quote if introduced else say(IN_THEIR_LANGUAGE, language, quote=quote)


def numbered(
    supported: Sequence[tuple[str, Support | None]],
) -> tuple[tuple[Citation, ...], tuple[CitedSentence, ...]]:
    """Citations numbered from 1 in order of first use; the same span is the same citation."""
    numbers: dict[tuple[str, Span], int] = {}
    citations, sentences = [], []
    for text, support in supported:
        if support is None:
            sentences.append(CitedSentence(text, (), 1.0))
            continue
        hit, span = support.hit, support.span
        key = (hit.article, span)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            about = (hit.article, hit.title, hit.author, hit.publication, hit.date)
            citations.append(Citation(numbers[key], *about, support.quote, span.start, span.end))
        sentences.append(CitedSentence(text, (numbers[key],), round(support.score, 4)))
    return tuple(citations), tuple(sentences)


def marked(sentence: CitedSentence) -> str:
    """The sentence with its marks before the closing stop: "… à Tarsus [1]."."""
    marks = "".join(f" [{n}]" for n in sentence.citations)
    text = sentence.text.rstrip()
    body = text.rstrip(".!?…").rstrip()
    return f"{body}{marks}{text[len(body) :]}"
