"""The tab with the runs of the evaluation. Imports Gradio: import it late."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from page.choice import choice
from page.runs import failures_html, figures_html, list_runs, read_run
from page.texts import Texts


class EvaluationTab:
    """The last runs, their figures, the differences between two, and the questions that failed."""

    def __init__(self, folder: Path, texts: Texts) -> None:
        self._folder, self._texts = folder, texts
        with gr.Tab(texts.evaluation_tab, elem_id="evaluation"):
            hint = texts.evaluation_hint.format(folder=folder)
            gr.HTML(f'<p class="hint">{escape(hint)}</p>', apply_default_css=False)
            with gr.Row():
                self.run = choice(value=None, label=texts.this_run, min_width=200)
                self.other = choice(value=None, label=texts.compared_with, min_width=200)
            self.figures = gr.HTML(elem_id="figures", apply_default_css=False)
            self.failures = gr.HTML(elem_id="failures", apply_default_css=False)
        self.filled = [self.run, self.other, self.figures, self.failures]
        common: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
        gr.on([self.run.input, self.other.input], self.show, [self.run, self.other], self.filled[2:], **common)

    def fill(self) -> dict[Any, Any]:
        """List the runs and show the latest."""
        runs = list_runs(self._folder)
        choices = [(f"{run.name} · {self._texts.day(run.when)}", run.name) for run in runs]
        latest = runs[0].name if runs else None
        figures, failures = self.show(latest, None)
        return {
            self.run: gr.update(choices=choices, value=latest),
            self.other: gr.update(choices=[(self._texts.no_other, ""), *choices], value=""),
            self.figures: figures,
            self.failures: failures,
        }

    def show(self, name: str | None, other: str | None) -> tuple[str, str]:
        """Show a run, beside another if one is chosen."""
        run = read_run(self._folder, name)
        if run is None:
            return f'<p class="hint">{escape(self._texts.no_run)}</p>', ""
        return figures_html(run, read_run(self._folder, other), self._texts), failures_html(run, self._texts)
