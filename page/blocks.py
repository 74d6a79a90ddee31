"""The page's layout in Gradio blocks. Imports Gradio: import it late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from page.adding import Adder
from page.adding_tab import AddingTab
from page.assistant import Assistant
from page.chat import Asker
from page.chat_tab import ChatTab
from page.evaluation_tab import EvaluationTab
from page.library_tab import LibraryTab
from page.line import Line
from page.masthead import masthead
from page.sparing import SparingBlocks
from page.texts import Texts
from rag.meter import Meter

WORKERS = 32
"""Handlers at once: those who wait in line have one too, so that they are told their place."""
MOST_WAITING = 64

KEPT = 3600
"""Seconds that uploaded files stay on the disk; what was made of them is in the index then."""


def build(assistant: Assistant, texts: Texts, line: Line, adder: Adder | None, runs: Path, meter: Meter) -> gr.Blocks:
    """Build the page that asks ``assistant``, speaking ``texts``, with everybody who asks standing in ``line``.

    Without ``adder`` nobody can add or remove articles; ``runs`` is the folder of the evaluation's runs;
    ``meter`` is told of every question.
    """
    blocks = SparingBlocks(title="Standardiste", analytics_enabled=False, fill_width=True, delete_cache=(KEPT, KEPT))
    now: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    with blocks:
        gr.HTML(masthead(texts), elem_id="masthead", apply_default_css=False)
        with gr.Tabs():
            chat = ChatTab(Asker(assistant, line, texts, meter=meter))
            library = LibraryTab(assistant, texts)
            if adder is not None:
                refreshed = [*library.filled, *chat.filters.filled]

                def refresh() -> dict[Any, Any]:
                    return {**library.fill(), **chat.filters.fill(assistant.articles())}

                adding = AddingTab(adder, texts, refreshed, refresh)
                blocks.load(adding.fill, None, adding.filled, **now)
            evaluation = EvaluationTab(runs, texts)
        blocks.load(chat.open, None, chat.opened, **now)
        blocks.load(library.fill, None, library.filled, **now)
        blocks.load(evaluation.fill, None, evaluation.filled, **now)
    blocks.queue(default_concurrency_limit=WORKERS, max_size=MOST_WAITING, api_open=False)
    return blocks
