"""The form that narrows the articles a question is answered from. Imports Gradio: import it late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gradio as gr

from page.chat import read_filters
from page.choice import choice
from page.overview import years
from page.plots import timeline
from page.texts import Texts
from rag.hits import Filters
from rag.store import ArticleRow


class FilterForm:
    """Publication, author and period; the columns of the timeline fill the period in."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        with gr.Accordion(texts.filters, open=False, elem_id="filters"):
            with gr.Row():
                anywhere, anybody = [(texts.any_publication, "")], [(texts.any_author, "")]
                self.publication = choice(anywhere, value="", label=texts.publication, min_width=200)
                self.author = choice(anybody, value="", label=texts.author, min_width=200)
            with gr.Row():
                # Not a number's field: an empty one shows 0.
                year: dict[str, Any] = {"max_length": 4, "max_lines": 1, "min_width": 110}
                self.since = gr.Textbox(label=texts.since, placeholder=texts.year, elem_id="since", **year)
                self.until = gr.Textbox(label=texts.until, placeholder=texts.year, elem_id="until", **year)
            self.timeline = gr.HTML(elem_id="timeline", apply_default_css=False)
        self.inputs = [self.publication, self.author, self.since, self.until]
        self.filled = [self.publication, self.author, self.timeline]

    def fill(self, rows: Sequence[ArticleRow]) -> dict[Any, Any]:
        """Offer what the articles have."""
        texts = self._texts
        publications, authors = _names(row.publication for row in rows), _names(row.author for row in rows)
        return {
            self.publication: gr.update(choices=[(texts.any_publication, ""), *publications]),
            self.author: gr.update(choices=[(texts.any_author, ""), *authors]),
            self.timeline: timeline(years(rows), texts),
        }

    def read(self, values: Mapping[Any, Any]) -> Filters:
        """Take the form's filters; raises ``page.chat.Refused`` when they make no sense."""
        publication, author, since, until = (values[part] for part in self.inputs)
        return read_filters(publication, author, since, until, self._texts)


def _names(values: Iterable[str | None]) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted({value for value in values if value}, key=str.casefold)]
