"""Blocks that leave alone what a handler leaves alone. Imports Gradio: import it late."""

from __future__ import annotations

import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class SparingBlocks(gr.Blocks):
    """Gradio makes every component anew that a handler's update does not name, for each step of a stream.

    A streamed answer names three of twenty components a step: with twenty people asking, most of the server's time went
    into the others (``benchmarks/load.py``).
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """Gradio's, called with the outputs that ``predictions`` names alone; the others get ``gr.skip()``."""
        named = [block for block in block_fn.outputs if isinstance(predictions, dict) and block in predictions]
        if not isinstance(predictions, dict) or not named or len(block_fn.outputs) == 1:
            return await super().postprocess_data(block_fn, predictions, state)
        part = copy.copy(block_fn)
        part.outputs = named
        only = predictions[named[0]] if len(named) == 1 else [predictions[block] for block in named]
        found = await super().postprocess_data(part, only, state)
        values = dict(zip((block._id for block in named), found, strict=True))
        return [values.get(block._id, gr.skip()) for block in block_fn.outputs]
