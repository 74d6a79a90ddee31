"""The form that narrows the articles a question is answered from. Imports Gradio: import it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from page.chat import read_filters
from page.texts import Texts
from rag.hits import Filters
from rag.store import ArticleRow


class FilterForm:
    """Publication and period."""

    def __init__(self, texts: Texts) -> None:
        with gr.Accordion(texts.filters, open=False, elem_id="filters"), gr.Row():
            anywhere = [(texts.any_publication, "")]
            self.publication = gr.Dropdown(anywhere, value="", label=texts.publication, min_width=200)
            self.since = gr.Number(None, label=texts.since, precision=0, min_width=110, elem_id="since")
            self.until = gr.Number(None, label=texts.until, precision=0, min_width=110, elem_id="until")
        self.inputs = [self.publication, self.since, self.until]
        self.filled = [self.publication]

    def fill(self, rows: Sequence[ArticleRow], texts: Texts) -> dict[Any, Any]:
        """Offer what the articles have."""
        names = sorted({row.publication for row in rows if row.publication}, key=str.casefold)
        choices = [(texts.any_publication, ""), *((name, name) for name in names)]
        return {self.publication: gr.update(choices=choices)}

    def read(self, values: Mapping[Any, Any], texts: Texts) -> Filters:
        """Take the form's filters; raises ``page.chat.Refused`` when they make no sense."""
        return read_filters(values[self.publication], values[self.since], values[self.until], texts)
