"""A step of an answer costs no more than the components that it names."""

from __future__ import annotations

import asyncio

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from page.sparing import SparingBlocks


@pytest.fixture
def shown():
    with SparingBlocks() as blocks:
        parts = [gr.HTML() for _ in range(3)]
        gr.Button().click(lambda: None, None, parts)
    return blocks, parts


def show(blocks: gr.Blocks, change):
    return asyncio.run(blocks.postprocess_data(blocks.fns[0], change, SessionState(blocks)))


def test_what_is_not_named_is_not_made_anew(shown, monkeypatch):
    blocks, (one, two, three) = shown
    made = []
    monkeypatch.setattr(gr.HTML, "__init__", lambda self, **_: made.append(self))
    assert show(blocks, {two: "deux"}) == [gr.skip(), "deux", gr.skip()]
    assert show(blocks, {three: "trois", one: "un"}) == ["un", gr.skip(), "trois"]
    assert not made


def test_updates_and_tuples_are_gradio_s(shown):
    blocks, (one, _, _) = shown
    updated = show(blocks, {one: gr.update(value="un", visible=False)})[0]
    assert (updated["value"], updated["visible"]) == ("un", False)
    assert show(blocks, ("a", "b", "c")) == ["a", "b", "c"]
