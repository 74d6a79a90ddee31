"""The page's layout in Gradio blocks, and the wiring of its buttons. Imports Gradio: import it late."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape
from threading import Event
from typing import Any

import gradio as gr

from page import chat
from page.assistant import Assistant, AssistantUnavailable
from page.bubbles import messages
from page.conversation import Conversation
from page.masthead import masthead
from page.reader import frame
from page.sources import article_table, panel
from page.texts import Texts

log = logging.getLogger(__name__)

Update = dict[Any, Any]
"""What a handler changes: component → its new value."""


def build(assistant: Assistant, texts: Texts) -> gr.Blocks:
    """Build the page that asks ``assistant``, speaking ``texts``."""
    blocks = gr.Blocks(title="Standardiste", analytics_enabled=False, fill_width=True)
    with blocks:
        Page(assistant, texts).lay_out(blocks)
    blocks.queue(default_concurrency_limit=4, max_size=32, api_open=False)
    return blocks


class Page:
    """The components of a page and what they do; a conversation lives in its ``gr.State``, on the server."""

    def __init__(self, assistant: Assistant, texts: Texts) -> None:
        self.assistant = assistant
        self.texts = texts

    def lay_out(self, blocks: gr.Blocks) -> None:
        """Put the components on ``blocks`` and wire them."""
        texts = self.texts
        gr.HTML(masthead(texts), elem_id="masthead", apply_default_css=False)
        with gr.Tabs():
            with gr.Tab(texts.chat_tab), gr.Row(elem_classes="desk"):
                with gr.Column(scale=3, min_width=300):
                    self._lay_out_chat()
                with gr.Column(scale=2, min_width=300, elem_classes="beside"):
                    self.sources = gr.HTML(panel((), texts), elem_id="sources", apply_default_css=False)
                    gr.HTML(frame(texts), elem_classes="reader-place", apply_default_css=False)
            with gr.Tab(texts.articles_tab), gr.Row(elem_classes="desk"):
                with gr.Column(scale=3, min_width=300):
                    self.articles = gr.HTML(elem_id="articles", apply_default_css=False)
                with gr.Column(scale=2, min_width=300, elem_classes="beside"):
                    gr.HTML(frame(texts), elem_classes="reader-place", apply_default_css=False)
        self._wire(blocks)

    def _lay_out_chat(self) -> None:
        texts = self.texts
        self.conversation = gr.State(())
        self.stopped = gr.State(None)
        self.chatbot = gr.Chatbot(
            label=texts.conversation,
            show_label=False,
            placeholder=texts.empty_chat,
            height="44vh",
            min_height=260,
            buttons=[],
            latex_delimiters=[],
            allow_tags=False,
            sanitize_html=True,
            feedback_options=None,
            elem_id="chat",
        )
        with gr.Row(elem_id="examples") as self.examples:
            self.example_buttons = [gr.Button(text, size="sm", min_width=240) for text in texts.examples]
        self.hint = gr.HTML(elem_id="hint", apply_default_css=False)
        with gr.Row(elem_id="ask"):
            self.question = gr.Textbox(
                label=texts.question,
                placeholder=texts.placeholder,
                lines=1,
                max_lines=6,
                scale=5,
                min_width=200,
                autofocus=True,
                elem_id="question",
            )
            small: dict[str, Any] = {"scale": 0, "min_width": 110}
            self.send = gr.Button(texts.send, variant="primary", elem_id="send", **small)
            self.stop = gr.Button(texts.stop, variant="stop", visible=False, elem_id="stop", **small)
        self.new = gr.Button(texts.new, size="sm", elem_id="new")
        with gr.Accordion(texts.filters, open=False, elem_id="filters"), gr.Row():
            anywhere = [(texts.any_publication, "")]
            self.publication = gr.Dropdown(anywhere, value="", label=texts.publication, min_width=200)
            self.since = gr.Number(None, label=texts.since, precision=0, min_width=110)
            self.until = gr.Number(None, label=texts.until, precision=0, min_width=110)

    def _wire(self, blocks: gr.Blocks) -> None:
        shown = [self.conversation, self.chatbot, self.sources]
        controls = [self.question, self.hint, self.send, self.stop, self.new, self.examples, self.stopped]
        filters = [self.publication, self.since, self.until]
        common: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asks = [self.question.submit, self.send.click]
        gr.on(asks, self.ask, [self.question, self.conversation, *filters], [*shown, *controls], **common)
        for button in self.example_buttons:
            inputs = [gr.State(button.value), self.conversation, *filters]
            button.click(self.ask, inputs, [*shown, *controls], **common)
        # Not in the queue: stopping must not wait behind what it stops. And not by Gradio's cancelling, which
        # waits until the handler says something and drops questions that are asked meanwhile.
        common["queue"] = False
        self.stop.click(self.stop_asking, self.stopped, None, **common)
        self.new.click(self.start_anew, None, [*shown, *controls], **common)
        blocks.load(self.fill, None, [self.publication, self.articles], **common)

    def ask(
        self,
        text: str | None,
        conversation: Conversation,
        publication: str | None,
        since: float | None,
        until: float | None,
    ) -> Iterator[Update]:
        """Take a question from the form and show its answer grow."""
        try:
            question = chat.read_question(text, self.texts)
            filters = chat.read_filters(publication, since, until, self.texts)
        except chat.Refused as refusal:
            # An alert is read out although the focus stays in the question.
            yield {self.hint: f'<p role="alert">{escape(str(refusal))}</p>'}
            return
        stopped = Event()
        began = {
            self.question: "",
            self.hint: "",
            self.stopped: stopped,
            self.examples: gr.update(visible=False),
            **self._busy(True),
        }
        for step in chat.ask(self.assistant, conversation, question, filters, self.texts, stopped):
            yield {**self._shown(step), **began}
            began = {}
        yield self._busy(False)

    def stop_asking(self, stopped: Event | None) -> None:
        """Have ``ask`` leave its answer as far as it is."""
        if stopped is not None:
            stopped.set()

    def start_anew(self) -> Update:
        """Forget the conversation."""
        fresh = {self.question: "", self.hint: "", self.examples: gr.update(visible=True)}
        return {**self._shown(()), **self._busy(False), **fresh}

    def fill(self) -> Update:
        """List the articles and their publications, once the assistant is open."""
        texts = self.texts
        try:
            rows = self.assistant.articles()
        except AssistantUnavailable as error:
            sentence = texts.unavailable.format(reason=error)
        except Exception:
            log.exception("The articles could not be listed")
            sentence = texts.failed
        else:
            names = sorted({row.publication for row in rows if row.publication}, key=str.casefold)
            choices = [(texts.any_publication, ""), *((name, name) for name in names)]
            return {
                self.publication: gr.update(choices=choices),
                self.articles: article_table(rows, texts),
            }
        return {self.articles: f'<p class="hint">{escape(sentence)}</p>'}

    def _shown(self, conversation: Conversation) -> Update:
        return {
            self.conversation: conversation,
            self.chatbot: messages(conversation, self.texts),
            self.sources: panel(conversation, self.texts),
        }

    def _busy(self, busy: bool) -> Update:
        return {
            self.send: gr.update(visible=not busy),
            self.stop: gr.update(visible=busy),
            # What is being written would come back into the conversation just begun.
            self.new: gr.update(interactive=not busy),
        }
