"""The form in which a reader judges an answer. Imports Gradio: import it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio.blocks import Block

from page.assistant import Assistant
from page.guard import visitor
from page.memory import Memory, Thread
from page.opinion import LONGEST_REASON, Verdict, judge
from page.texts import Texts


class FeedbackForm:
    """Two buttons beside the answer's others, and the reason for a bad opinion below them."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        small: dict[str, Any] = {"size": "sm", "min_width": 90, "scale": 0}
        self.good = gr.Button(texts.good, elem_id="good", **small)
        self.bad = gr.Button(texts.bad, elem_id="bad", **small)

    def lay_out_reason(self) -> None:
        """Put the rest of the form below."""
        texts = self._texts
        self.said = gr.HTML(elem_id="said", apply_default_css=False)
        with gr.Group(elem_id="reason"):
            self.reason = gr.Radio(list(texts.reasons), label=texts.reason)
            self.remark = gr.Textbox(label=texts.remark, max_length=LONGEST_REASON, lines=2)
            self.send = gr.Button(texts.send_reason, size="sm")
        self.cleared = [self.said, self.reason, self.remark]

    def wire(self, assistant: Assistant, conversation: Sequence[Block], common: Mapping[str, Any]) -> None:
        """Make the buttons keep what they say of the latest answer; ``conversation`` is a thread and its key."""
        memory = Memory(assistant)

        def judged(thread: Thread | None, key: str | None, who: str, verdict: Verdict, reason: str = "") -> bool:
            return judge(assistant, memory.current(who, key, thread), verdict, reason)

        def like(thread: Thread | None, key: str | None, request: gr.Request) -> str:
            return self._say(judged(thread, key, visitor(request.cookies), "good"))

        def dislike(thread: Thread | None, key: str | None, request: gr.Request) -> str:
            kept = judged(thread, key, visitor(request.cookies), "bad")
            return self._say(kept, why=kept)

        def explain(
            thread: Thread | None, key: str | None, reason: str | None, remark: str | None, request: gr.Request
        ) -> str:
            words = "\n".join(part for part in (reason, remark) if part)
            kept = judged(thread, key, visitor(request.cookies), "bad", words)
            return self._say(kept, why=not kept)

        self.good.click(like, conversation, self.said, **common)
        self.bad.click(dislike, conversation, self.said, **common)
        self.send.click(explain, [*conversation, self.reason, self.remark], self.said, **common)

    def clear(self) -> dict[Any, Any]:
        """Forget what was said of the answer before."""
        return {self.said: "", self.reason: None, self.remark: ""}

    def _say(self, kept: bool, why: bool = False) -> str:
        """What came of it; with ``why`` the form for the reason shows."""
        said = escape(self._texts.thanks if kept else self._texts.not_kept)
        return f'<p role="status" class="why">{said}</p>' if why else f'<p role="status">{said}</p>'
