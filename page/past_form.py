"""The list of a reader's conversations: open, rename, delete, take away. Imports Gradio: import it late."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import gradio as gr

from page.choice import choice
from page.guard import visitor
from page.memory import LONGEST_NAME, Memory, Thread
from page.texts import Texts

if TYPE_CHECKING:
    from page.chat_tab import ChatTab

log = logging.getLogger(__name__)


class PastForm:
    """A reader's conversations."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        with gr.Accordion(texts.conversations, open=False, elem_id="past"):
            gr.HTML(f'<p class="hint">{escape(texts.conversations_hint)}</p>', apply_default_css=False)
            self.choice = choice(value=None, label=texts.conversation_choice, elem_id="past-choice")
            with gr.Row():
                self.name = gr.Textbox(label=texts.conversation_name, max_length=LONGEST_NAME, scale=3, min_width=200)
                self.rename = gr.Button(texts.rename, size="sm", scale=0, min_width=110)
                self.delete = gr.Button(texts.delete, size="sm", scale=0, min_width=110, elem_id="delete")
                self.sure = gr.Button(texts.delete_sure, variant="stop", size="sm", scale=0, visible=False)
            self.links = gr.HTML(elem_id="export", apply_default_css=False)
        self.filled = [self.choice, self.name, self.links, self.delete, self.sure]

    def listed(self, memory: Memory, thread: Thread) -> dict[Any, Any]:
        """List the conversations of the thread's owner, with the thread chosen. Never raises."""
        try:
            kept = memory.listed(thread.owner)
        except Exception:
            log.exception("Conversations could not be listed")
            kept = []
        names = {one.key: one.name for one in kept}
        chosen = thread.key if thread.key in names else None
        choices = [(f"{one.name} · {self._texts.day(_day(one.changed))}", one.key) for one in kept]
        return {
            self.choice: gr.update(choices=choices, value=chosen),
            self.name: names.get(thread.key, ""),
            self.links: self._links(thread.key) if chosen else "",
            self.delete: gr.update(visible=bool(chosen)),
            self.sure: gr.update(visible=False),
        }

    def wire(self, tab: ChatTab, shown: Sequence[Any], common: Mapping[str, Any]) -> None:
        """Make the form act on ``tab``."""
        memory = tab.memory

        def reopen(key: str | None, request: gr.Request) -> dict[Any, Any]:
            return tab.show(memory.open(visitor(request.cookies), key or "")[1])

        def rename(name: str | None, thread: Thread | None, key: str | None, request: gr.Request) -> dict[Any, Any]:
            owned = memory.current(visitor(request.cookies), key, thread)
            memory.rename(owned.owner, owned.key, name or "")
            return self.listed(memory, owned)

        def ask_whether() -> dict[Any, Any]:
            return {self.delete: gr.update(visible=False), self.sure: gr.update(visible=True)}

        def delete(key: str | None, request: gr.Request) -> dict[Any, Any]:
            who = visitor(request.cookies)
            memory.drop(who, key or "")
            return tab.show(Thread(who))

        # "input": only what a reader chooses, not what ``listed`` sets.
        self.choice.input(reopen, self.choice, shown, **common)
        self.rename.click(rename, [self.name, tab.thread, tab.key], self.filled, **common)
        self.delete.click(ask_whether, None, [self.delete, self.sure], **common)
        self.sure.click(delete, tab.key, shown, **common)

    def _links(self, key: str) -> str:
        parts = []
        for suffix, name in (("md", "Markdown"), ("json", "JSON")):
            query = urlencode({"key": key, "form": suffix, "language": self._texts.language})
            parts.append(f'<a href="../conversation?{escape(query)}" download>{name}</a>')
        return f"<p>{escape(self._texts.export)}{escape(self._texts.colon)} {' · '.join(parts)}</p>"


def _day(seconds: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC).date()
