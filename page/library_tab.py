"""The tab with all articles: what they are about, the list, a reader beside it. Imports Gradio: import it late."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import gradio as gr

from page.assistant import Assistant, AssistantUnavailable
from page.overview import Overview, survey
from page.plots import overview_html
from page.reader import frame
from page.table import article_table
from page.texts import Texts

log = logging.getLogger(__name__)


class LibraryTab:
    """What is indexed."""

    def __init__(self, assistant: Assistant, texts: Texts) -> None:
        self._assistant = assistant
        self._texts = texts
        self._surveyed: tuple[int, Overview] | None = None
        with gr.Tab(texts.articles_tab, elem_id="library"), gr.Row(elem_classes="desk"):
            with gr.Column(scale=3, min_width=300):
                with gr.Accordion(texts.overview, open=False, elem_id="overview"):
                    self.overview = gr.HTML(apply_default_css=False)
                self.articles = gr.HTML(elem_id="articles", apply_default_css=False)
            with gr.Column(scale=2, min_width=300, elem_classes="beside"):
                gr.HTML(f'<p class="hint">{escape(texts.reader_hint)}</p>', apply_default_css=False)
                gr.HTML(frame(texts), elem_classes="reader-place", apply_default_css=False)
        self.filled = [self.articles, self.overview]

    def fill(self) -> dict[Any, Any]:
        """List the articles, once the assistant is open."""
        try:
            rows = self._assistant.articles()
            known = hash(tuple(row.digest for row in rows))
            if self._surveyed is None or self._surveyed[0] != known:
                self._surveyed = known, survey(rows, self._assistant.article)
            overview = overview_html(self._surveyed[1], self._texts)
            return {self.articles: article_table(rows, self._texts), self.overview: overview}
        except AssistantUnavailable as error:
            sentence = self._texts.unavailable.format(reason=error)
        except Exception:
            log.exception("The articles could not be listed")
            sentence = self._texts.failed
        return {self.articles: f'<p class="hint">{escape(sentence)}</p>'}
