"""The tab in which people ask: its layout and its wiring. Imports Gradio: import it late."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from html import escape
from threading import Event
from typing import Any

import gradio as gr
from gradio.blocks import Block

from page import chat
from page.assistant import AssistantUnavailable
from page.bubbles import messages
from page.feedback_form import FeedbackForm
from page.filter_form import FilterForm
from page.guard import visitor
from page.memory import Memory, Thread
from page.past_form import PastForm
from page.reader import frame
from page.sources import panel
from page.suggest import WANTED, suggest
from page.texts import Texts

log = logging.getLogger(__name__)

Update = dict[Any, Any]
"""What a handler changes: component → its new value."""

Values = dict[Any, Any]
"""What a handler is given: component → its value."""

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class ChatTab:
    """The components and what they do. A conversation lives on the server: in its ``gr.State`` and in the store.

    What can be done follows from the conversation that is shown, and is told by the stylesheet: an answer being
    written has a stop, a finished one can be judged. For the server each change of a component costs as much as all the
    words that it shows.

    The state is found by a session's name, which a browser makes up; so every handler takes only a conversation
    that belongs to the browser's cookie. Which one is told by a key that the page holds, so that any process of
    several goes on with it.
    """

    def __init__(self, asker: chat.Asker) -> None:
        self.asker = asker
        self.texts: Texts = asker.texts
        self.memory = Memory(asker.assistant)
        self.begun: deque[str | None] = deque(maxlen=1_000)
        with gr.Tab(self.texts.chat_tab), gr.Row(elem_classes="desk"):
            with gr.Column(scale=3, min_width=300):
                self._lay_out()
            with gr.Column(scale=2, min_width=300, elem_classes="beside"):
                self.sources = gr.HTML(panel((), self.texts), elem_id="sources", apply_default_css=False)
                gr.HTML(frame(self.texts), elem_classes="reader-place", apply_default_css=False)
        self.shown = [self.thread, self.key, self.chatbot, self.sources]
        self.controls = [self.question, self.hint, self.stopped, self.editing, self.offered, *self.feedback.cleared]
        self.opened = [*self.shown, *self.controls, *self.filters.filled, *self.past.filled]
        self._wire()

    def _lay_out(self) -> None:
        texts = self.texts
        self.thread, self.stopped, self.editing = gr.State(None), gr.State(None), gr.State(False)
        self.chatbot = gr.Chatbot(
            label=texts.conversation,
            show_label=False,
            placeholder=texts.empty_chat,
            height="48vh",
            min_height=260,
            buttons=[],
            latex_delimiters=[],
            allow_tags=False,
            sanitize_html=True,
            feedback_options=None,
            elem_id="chat",
        )
        with gr.Row(elem_id="after"):
            small: dict[str, Any] = {"size": "sm", "min_width": 90, "scale": 0}
            self.retry = gr.Button(texts.retry, elem_id="retry", **small)
            self.edit = gr.Button(texts.edit, elem_id="edit", **small)
            gr.Button(texts.copy, elem_id="copy", **small)
            self.feedback = FeedbackForm(texts)
        self.feedback.lay_out_reason()
        self.offered = gr.HTML(elem_id="offered", apply_default_css=False)
        with gr.Row(elem_id="suggestions"):
            self.suggested = [gr.Button("", size="sm", min_width=240) for _ in range(WANTED)]
        with gr.Row(elem_id="examples"):
            self.example_buttons = [gr.Button(text, size="sm", min_width=240) for text in texts.examples]
        self.hint = gr.HTML(elem_id="hint", apply_default_css=False)
        self._lay_out_question()
        self.key = gr.Textbox(visible="hidden", elem_id="conversation-key")
        self.filters = FilterForm(texts)
        self.past = PastForm(texts)

    def _lay_out_question(self) -> None:
        texts = self.texts
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
            self.stop = gr.Button(texts.stop, variant="stop", elem_id="stop", **small)
        self.new = gr.Button(texts.new, size="sm", elem_id="new")

    def _wire(self) -> None:
        shown = [*self.shown, *self.controls, *self.past.filled]
        form: set[Block] = {self.thread, self.key, *self.filters.inputs}
        triggers = [self.question.submit, self.send.click]
        asked = [gr.on(triggers, self.ask, {self.question, self.editing, *form}, shown, **PRIVATE)]
        asked += [
            button.click(self._asks(button), {button, *form}, shown, **PRIVATE)
            for button in [*self.example_buttons, *self.suggested]
        ]
        asked.append(self.retry.click(self.ask_again, form, shown, **PRIVATE))
        for event in asked:
            # Apart, so that the next question need not wait for suggestions.
            event.then(self.suggest, form, [self.offered, *self.suggested], **PRIVATE)
        # Not in the queue: stopping must not wait behind what it stops. And not by Gradio's cancelling, which
        # waits until the handler says something and drops questions that are asked meanwhile.
        now = {**PRIVATE, "queue": False}
        self.stop.click(self.stop_asking, self.stopped, None, **now)
        self.new.click(self.start_anew, None, shown, **now)
        self.edit.click(self.edit_last, [self.thread, self.key], [self.question, self.editing, self.hint], **now)
        self.feedback.wire(self.asker.assistant, [self.thread, self.key], now)
        self.past.wire(self, shown, now)

    # Asking -----------------------------------------------------------------------------------------------------

    def ask(self, values: Values, request: gr.Request) -> Iterator[Update]:
        """Take a question from the form and show its answer grow."""
        yield from self._ask(values[self.question], values, bool(values[self.editing]), request)

    def ask_again(self, values: Values, request: gr.Request) -> Iterator[Update]:
        """Ask the last question anew, in place of its answer."""
        thread = self._mine(values, request)
        if thread.exchanges:
            yield from self._ask(thread.exchanges[-1].question, values, True, request)

    def _asks(self, button: gr.Button) -> Callable[[Values, gr.Request], Iterator[Update]]:
        def ask_it(values: Values, request: gr.Request) -> Iterator[Update]:
            yield from self._ask(values[button], values, False, request)

        return ask_it

    def _ask(self, text: str | None, values: Values, instead: bool, request: gr.Request) -> Iterator[Update]:
        """Ask, ``instead`` of the last question or after it."""
        self.begun.append(request.session_hash)
        thread = self._mine(values, request)
        try:
            question = chat.read_question(text, self.texts)
            filters = self.filters.read(values)
        except chat.Refused as refusal:
            # An alert is read out although the focus stays in the question.
            yield {self.hint: f'<p role="alert">{escape(str(refusal))}</p>'}
            return
        before = tuple(one.settled() for one in (thread.exchanges[:-1] if instead else thread.exchanges))
        stopped = Event()
        # Clears the form once, not what somebody types into it while the answer grows.
        began = {**self._cleared(), self.stopped: stopped}
        for exchanges in self.asker.ask(before, question, filters, stopped):
            thread = thread.at(exchanges)
            if exchanges[-1].open:
                yield {**self._shown(thread), **began}
                began = {}
        told = {self.key: self.memory.keep(thread)}
        listed = self.past.listed(self.memory, thread) if not before else {}
        yield {**self._shown(thread), **began, **listed, **told}

    def stop_asking(self, stopped: Event | None) -> None:
        """Have ``ask`` leave its answer as far as it is."""
        if stopped is not None:
            stopped.set()

    def edit_last(self, here: Thread | None, key: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Put the last question back into the form."""
        thread = self._mine({self.thread: here, self.key: key}, request)
        if not thread.exchanges:
            return gr.skip(), False, ""
        return thread.exchanges[-1].question, True, f'<p role="status">{escape(self.texts.editing)}</p>'

    def suggest(self, values: Values, request: gr.Request) -> list[Any]:
        """Offer what to ask next, unless somebody is being answered: it takes as long as an answer."""
        thread = self._mine(values, request)
        try:
            filters = self.filters.read(values)
            found = suggest(self.asker.assistant, thread.exchanges, filters, self.texts, self._busy)
        except chat.Refused:
            found = []
        # The stylesheet shows as many buttons as are offered.
        offered = f'<i class="offered-{len(found)}"></i>' if found else ""
        return [offered, *found, *[""] * (WANTED - len(found))]

    def _busy(self) -> bool:
        return self.asker.line.busy

    # Conversations ----------------------------------------------------------------------------------------------

    def open(self, request: gr.Request) -> Update:
        """Fill the page once the assistant is open: the latest conversation, and what can be filtered by."""
        try:
            thread = self.memory.latest(visitor(request.cookies))
            filters = self.filters.fill(self.asker.assistant.articles())
            # Somebody may have asked, or begun to type, before the assistant was open.
            if not thread.exchanges or request.session_hash in self.begun:
                return {**filters, **self.past.listed(self.memory, thread)}
            return {**filters, **{part: new for part, new in self.show(thread).items() if part is not self.question}}
        except AssistantUnavailable as error:
            return {self.hint: f'<p role="alert">{escape(self.texts.unavailable.format(reason=error))}</p>'}
        except Exception:
            log.exception("The page could not be filled")
            return {self.hint: f'<p role="alert">{escape(self.texts.failed)}</p>'}

    def show(self, thread: Thread) -> Update:
        """Show a conversation that nothing is being added to."""
        told = {self.key: thread.key if thread.exchanges else ""}
        return {**self._cleared(), **self._shown(thread), **told, **self.past.listed(self.memory, thread)}

    def start_anew(self, request: gr.Request) -> Update:
        """Begin a conversation; the one before stays in the list."""
        return self.show(Thread(visitor(request.cookies)))

    def _mine(self, values: Values, request: gr.Request) -> Thread:
        """Take the conversation that the page shows, if it belongs to who asks."""
        return self.memory.current(visitor(request.cookies), values[self.key], values[self.thread])

    def _shown(self, thread: Thread) -> Update:
        return {
            self.thread: thread,
            self.chatbot: messages(thread.exchanges, self.texts),
            self.sources: panel(thread.exchanges, self.texts),
        }

    def _cleared(self) -> Update:
        return {self.question: "", self.hint: "", self.editing: False, self.offered: "", **self.feedback.clear()}
