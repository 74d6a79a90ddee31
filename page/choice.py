"""A list to choose from that any process of the page understands. Imports Gradio: import it late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr


def choice(choices: Sequence[tuple[str, str]] = (), **options: Any) -> gr.Dropdown:  # noqa: ANN401 - Gradio's own
    """Make a list of ``choices``, which any text from a browser is taken for: whoever reads it looks it up.

    Gradio refuses what is not among the choices that this very process has shown, which another may have done.
    """
    # Not a subclass: Gradio writes a file beside the source of each.
    made = gr.Dropdown(list(choices), **options)
    made.preprocess = _text  # type: ignore[method-assign]
    return made


def _text(payload: object) -> str | None:
    return payload if isinstance(payload, str) else None
