"""A conversation as the messages of a ``gradio.Chatbot``.

The chat renders Markdown, and what it is given comes from articles, readers and a language model. So every
character of theirs that could mean anything in Markdown or HTML is written as a character reference, which
both show as itself; the only tags are those written here. Gradio's own sanitising stays on as a second wall.
"""

from __future__ import annotations

import re
from typing import TypedDict

from page.conversation import Conversation, Exchange
from page.honesty import judge
from page.sources import anchor
from page.texts import Texts
from rag.result import Answer

_MEANINGFUL = re.compile(r"[!-/:-@\[-`{-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARK = re.compile(r"\[(\d{1,4})\]")


class Message(TypedDict):
    """A message as ``gradio.Chatbot`` takes it."""

    role: str
    content: str


def inert(text: str) -> str:
    """Write ``text`` as HTML that shows exactly it: no markup, no link, no image, line breaks kept."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    encoded = _MEANINGFUL.sub(lambda match: f"&#{ord(match[0])};", text)
    # A blank line would end the HTML block and let Markdown begin anew.
    return encoded.replace("\n", "<br>")


def messages(conversation: Conversation, texts: Texts) -> list[Message]:
    """Write the conversation's messages; marks lead to the cards that ``page.sources.panel`` shows."""
    shown: list[Message] = []
    for turn, exchange in enumerate(conversation, 1):
        latest = turn == len(conversation)
        shown.append({"role": "user", "content": f'<div class="question">{inert(exchange.question)}</div>'})
        shown.append({"role": "assistant", "content": _reply(exchange, None if latest else turn, texts)})
    return shown


def _reply(exchange: Exchange, turn: int | None, texts: Texts) -> str:
    if exchange.answer is not None:
        return answer(exchange.answer, turn, texts)
    draft = f'<p class="draft">{inert(exchange.draft)}</p>' if exchange.draft else ""
    note = {"searching": texts.searching, "writing": texts.writing}.get(exchange.stage, exchange.note)
    kind = "pending" if exchange.open else exchange.stage
    return f'<div class="reply {kind}">{draft}<p class="note">{inert(note)}</p></div>'


def answer(answer: Answer, turn: int | None, texts: Texts) -> str:
    """Write a checked answer: its status in words, its sentences with their marks, its notices.

    ``turn`` is the question's number in the conversation, or None for the latest.
    """
    verdict = judge(answer, texts)
    lang = f'lang="{inert(answer.language)}"'
    notices = "".join(f'<p class="notice" {lang}>{inert(notice)}</p>' for notice in answer.notices)
    return (
        f'<div class="reply {verdict.kind}" lang="{inert(texts.language)}">'
        f'<p class="status"><span class="sign">{inert(verdict.sign)}</span> {inert(verdict.word)}</p>'
        f'<p class="answer" {lang}>{_marked(answer, turn)}</p>{notices}'
        f'<p class="confidence">{inert(verdict.confidence)}</p></div>'
    )


def _marked(answer: Answer, turn: int | None) -> str:
    known = {citation.n for citation in answer.citations}
    prose = _prose(answer)
    pieces: list[str] = []
    at = 0
    for match in _MARK.finditer(answer.answer):
        n = int(match[1])
        if n not in known or any(start <= match.start() < end for start, end in prose):
            continue
        link = f'<a class="source-link" href="#{anchor(n, turn)}">&#91;{n}&#93;</a>'
        pieces += [inert(answer.answer[at : match.start()]), link]
        at = match.end()
    return "".join([*pieces, inert(answer.answer[at:])])


def _prose(answer: Answer) -> list[tuple[int, int]]:
    """Where the sentences' own words stand in the answer: a quoted footnote's "[1]" is no mark of ours."""
    spans: list[tuple[int, int]] = []
    at = 0
    for sentence in answer.sentences:
        # Marks stand before the closing stop.
        words = sentence.text.rstrip().rstrip(".!?…").rstrip()
        start = answer.answer.find(words, at)
        if words and start >= 0:
            at = start + len(words)
            spans.append((start, at))
    return spans
