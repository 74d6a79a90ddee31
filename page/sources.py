"""The passages behind an answer, as HTML. All text from outside is escaped here."""

from __future__ import annotations

from datetime import date
from html import escape

from corpus.article import Span
from page.conversation import Card, Conversation, Exchange
from page.export import plain
from page.reader import open_button
from page.texts import Texts
from rag.hits import Hit

EARLIER_SHOWN = 10
"""Earlier questions whose sources stay in the panel; it is sent whole when a question is asked."""


def anchor(n: int, turn: int | None) -> str:
    """Name a source's card: ``source-n`` for the latest question, ``source-turn-n`` for an earlier one."""
    return f"source-{n}" if turn is None else f"source-{turn}-{n}"


def panel(conversation: Conversation, texts: Texts) -> str:
    """Show the sources of the latest question, and, folded away, those of the questions before it."""
    if not conversation:
        return f'<p class="hint">{escape(texts.sources_hint)}</p>'
    *before, latest = enumerate(conversation, 1)
    parts = [_latest(latest[1], texts)]
    for turn, exchange in reversed(before[-EARLIER_SHOWN:]):
        if exchange.cards:
            summary = texts.earlier.format(question=exchange.question)
            cards = "".join(cited_card(card, texts, turn) for card in exchange.cards)
            parts.append(_folded("earlier", summary, cards))
    return "".join(parts)


def _latest(exchange: Exchange, texts: Texts) -> str:
    passages = "".join(hit_card(hit, texts) for hit in exchange.hits)
    if exchange.stage in ("waiting", "searching"):
        return f'<p class="hint">{escape(texts.searching)}</p>'
    nothing = f'<p class="hint">{escape(texts.nothing_found)}</p>'
    if exchange.answer is None:
        return f"<h2>{escape(texts.found)}</h2>{passages or nothing}" if exchange.hits or exchange.open else ""
    if not exchange.cards:
        return f"<h2>{escape(texts.nearest)}</h2>{passages or nothing}{_to_copy(exchange, texts)}"
    cards = "".join(cited_card(card, texts) for card in exchange.cards)
    folded = _folded("consulted", texts.consulted.format(count=len(exchange.hits)), passages) if passages else ""
    return f"<h2>{escape(texts.cited)}</h2>{cards}{folded}{_to_copy(exchange, texts)}"


def _to_copy(exchange: Exchange, texts: Texts) -> str:
    """Leave the answer with its sources where the script finds it when it is to be copied."""
    return f'<textarea id="to-copy" hidden readonly aria-hidden="true">{escape(plain(exchange, texts))}</textarea>'


def cited_card(card: Card, texts: Texts, turn: int | None = None) -> str:
    """Show a source of an answer: its number, where it comes from, its quote marked in the text around it."""
    citation = card.citation
    name = anchor(citation.n, turn)
    passage = f"{escape(card.before)}<mark>{escape(card.quote)}</mark>{escape(card.after)}"
    return (
        f'<article class="card cited" id="{name}" aria-labelledby="{name}-title">'
        f'<h3 id="{name}-title"><span class="number">[{citation.n}]</span> '
        f"{escape(citation.title or texts.untitled)}</h3>"
        f"{_origin(citation.author, citation.publication, citation.date, texts)}"
        f"{_passage(passage, card.language)}"
        f"{open_button(citation.article, texts, citation.title, Span(citation.start, citation.end))}</article>"
    )


def hit_card(hit: Hit, texts: Texts) -> str:
    """Show a passage that was found, without a quote."""
    return (
        f'<article class="card found"><h3>{escape(hit.title or texts.untitled)}</h3>'
        f"{_origin(hit.author, hit.publication, hit.date, texts)}"
        f"{_passage(escape(hit.text), hit.language)}"
        f"{open_button(hit.article, texts, hit.title, Span(hit.start, hit.end))}</article>"
    )


def _origin(author: str | None, publication: str | None, day: date | None, texts: Texts) -> str:
    known = [part for part in (author, publication, texts.day(day) if day else None) if part]
    return f'<p class="origin">{escape(" · ".join(known))}</p>' if known else ""


def _passage(inner: str, language: str) -> str:
    lang = f' lang="{escape(language)}"' if language else ""
    return f'<blockquote class="passage"{lang}>{inner}</blockquote>'


def _folded(kind: str, summary: str, inner: str) -> str:
    return f'<details class="{kind}"><summary>{escape(summary)}</summary>{inner}</details>'
