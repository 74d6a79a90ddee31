"""The page's layout in Gradio blocks. Imports Gradio: import it late."""

from __future__ import annotations

import gradio as gr

from page.assistant import Assistant
from page.chat import Asker
from page.chat_tab import ChatTab
from page.library_tab import LibraryTab
from page.line import Line
from page.masthead import masthead
from page.texts import Texts

WORKERS = 32
"""Handlers at once: those who wait in line have one too, so that they are told their place."""
MOST_WAITING = 64


def build(assistant: Assistant, texts: Texts, line: Line) -> gr.Blocks:
    """Build the page that asks ``assistant``, speaking ``texts``, with everybody who asks standing in ``line``."""
    blocks = gr.Blocks(title="Standardiste", analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(masthead(texts), elem_id="masthead", apply_default_css=False)
        with gr.Tabs():
            chat = ChatTab(Asker(assistant, line, texts))
            library = LibraryTab(assistant, texts)
        blocks.load(chat.open, None, chat.opened, api_visibility="private", show_progress="hidden", queue=False)
        blocks.load(library.fill, None, library.filled, api_visibility="private", show_progress="hidden", queue=False)
    blocks.queue(default_concurrency_limit=WORKERS, max_size=MOST_WAITING, api_open=False)
    return blocks
