"""A conversation to take away, its citations with it: plain text, Markdown or JSON."""

from __future__ import annotations

import json
import re
from datetime import date

from page.conversation import Conversation, Exchange
from page.honesty import judge
from page.texts import Texts
from rag.result import Citation

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def plain(exchange: Exchange, texts: Texts) -> str:
    """An answer for the clipboard: its kind, its text, its quotes with where they stand. "" without an answer."""
    answer = exchange.answer
    if answer is None:
        return ""
    lines = [f"{texts.question_label}{texts.colon} {exchange.question}", "", judge(answer, texts).word, answer.answer]
    for citation in answer.citations:
        lines += ["", f"[{citation.n}] {_origin(citation, texts)}", texts.quoted.format(quote=_one_line(citation))]
    return "\n".join([*lines, *_apart(answer.notices)])


def markdown(name: str, conversation: Conversation, texts: Texts) -> str:
    """The whole conversation as Markdown."""
    lines = [f"# {_escaped(name)}"]
    for exchange in conversation:
        lines += ["", f"## {_escaped(exchange.question)}"]
        answer = exchange.answer
        if answer is None:
            lines += ["", f"*{_escaped(exchange.note)}*"]
            continue
        verdict = judge(answer, texts)
        lines += ["", f"**{_escaped(verdict.word)}.** {_escaped(verdict.confidence)}", "", _escaped(answer.answer)]
        for citation in answer.citations:
            lines += ["", f"> \\[{citation.n}\\] {_escaped(_one_line(citation))}"]
            lines += [">", f"> — {_escaped(_origin(citation, texts))}"]
        lines += [_escaped(notice) for notice in _apart(answer.notices)]
    return "\n".join(lines) + "\n"


def as_json(name: str, conversation: Conversation) -> str:
    """The whole conversation as JSON; each answer is the object of ``standardiste ask --json``."""
    exchanges = [
        {
            "question": exchange.question,
            "stage": exchange.stage,
            "note": exchange.note,
            "answer": exchange.answer.to_json() if exchange.answer else None,
        }
        for exchange in conversation
    ]
    return json.dumps({"name": name, "exchanges": exchanges}, ensure_ascii=False, indent=1, default=_plain_date) + "\n"


def _origin(citation: Citation, texts: Texts) -> str:
    day = texts.day(citation.date) if citation.date else None
    return ", ".join(part for part in (citation.title, citation.author, citation.publication, day) if part)


def _one_line(citation: Citation) -> str:
    return " ".join(citation.quote.split())


def _apart(notices: tuple[str, ...]) -> list[str]:
    return [line for notice in notices for line in ("", notice)]


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _plain_date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of a conversation")
