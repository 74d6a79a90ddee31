"""The tab with all articles, and a reader beside them. Imports Gradio: import it late."""

from __future__ import annotations

import logging
from html import escape

import gradio as gr

from page.assistant import Assistant, AssistantUnavailable
from page.reader import frame
from page.sources import article_table
from page.texts import Texts

log = logging.getLogger(__name__)


class LibraryTab:
    """What is indexed."""

    def __init__(self, assistant: Assistant, texts: Texts) -> None:
        self._assistant = assistant
        self._texts = texts
        with gr.Tab(texts.articles_tab), gr.Row(elem_classes="desk"):
            with gr.Column(scale=3, min_width=300):
                self.articles = gr.HTML(elem_id="articles", apply_default_css=False)
            with gr.Column(scale=2, min_width=300, elem_classes="beside"):
                gr.HTML(frame(texts), elem_classes="reader-place", apply_default_css=False)
        self.filled = [self.articles]

    def fill(self) -> str:
        """List the articles, once the assistant is open."""
        try:
            return article_table(self._assistant.articles(), self._texts)
        except AssistantUnavailable as error:
            sentence = self._texts.unavailable.format(reason=error)
        except Exception:
            log.exception("The articles could not be listed")
            sentence = self._texts.failed
        return f'<p class="hint">{escape(sentence)}</p>'
