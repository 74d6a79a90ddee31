"""Questions to ask next, which the articles at hand can answer; no language model is asked for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from page.assistant import Assistant
from page.conversation import Conversation, Exchange
from page.texts import Texts
from rag.hits import Filters
from rag.result import Answer, Finished

log = logging.getLogger(__name__)

WANTED = 3
SURE = 0.5
"""Lowest probability that the articles answer a suggestion."""
PATIENCE_SECONDS = 2.0
"""Every candidate costs a retrieval; a slow machine offers fewer."""


def suggest(
    assistant: Assistant, conversation: Conversation, filters: Filters, texts: Texts, busy: Callable[[], bool]
) -> list[str]:
    """Up to ``WANTED`` questions about headings and titles near the latest answer. Never raises.

    Somebody who asks comes first: nothing more is looked for once ``busy()``.
    """
    try:
        return _suggest(assistant, conversation, filters, texts, busy)
    except Exception:
        log.exception("No question could be suggested")
        return []


def _suggest(
    assistant: Assistant, conversation: Conversation, filters: Filters, texts: Texts, busy: Callable[[], bool]
) -> list[str]:
    if not conversation or conversation[-1].answer is None:
        return []
    asked = {exchange.question.casefold() for exchange in conversation}
    until = time.monotonic() + PATIENCE_SECONDS
    found: list[str] = []
    for article, topic in candidates(assistant, conversation[-1]):
        if len(found) == WANTED or time.monotonic() > until or busy():
            break
        question = texts.suggestion.format(topic=topic)
        if question.casefold() not in asked and _answers(assistant, question, filters, article, busy):
            found.append(question)
    return found


def candidates(assistant: Assistant, exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Topics near an answer, as (article, words): headings of its articles that it did not rest on, then titles."""
    cited = [card.citation.article for card in exchange.cards]
    near = list(dict.fromkeys([*cited, *(hit.article for hit in exchange.hits)]))
    known = {hit.heading for hit in exchange.hits[: max(1, len(cited))]}
    titles = []
    for name in near:
        article = assistant.article(name)
        headings = [article.text[span.start : span.end].strip() for span in article.headings]
        for heading in headings:
            if heading not in known and heading != article.title and len(heading.split()) > 1:
                yield name, heading
        if name not in cited:
            titles.append((name, article.title))
    yield from titles


def _answers(assistant: Assistant, question: str, filters: Filters, article: str, busy: Callable[[], bool]) -> bool:
    answer: Answer | None = None
    for event in assistant.stream(question, (), filters, False):
        if busy():
            return False
        if isinstance(event, Finished):
            answer = event.answer
    return (
        answer is not None
        and answer.status in ("answered", "extractive")
        and answer.answerable >= SURE
        and any(citation.article == article for citation in answer.citations)
    )
