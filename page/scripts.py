"""The page's own JavaScript, put together for ``gradio.mount_gradio_app(js=…)``."""

from __future__ import annotations

import json
from pathlib import Path

from page.texts import Texts

FILES = ("frame.js", "reader.js", "actions.js", "library.js")


def script(texts: Texts) -> str:
    """The function that Gradio runs when the page is loaded; ``words`` in it are the page's in its language."""
    words = {
        "language": texts.language,
        "question": texts.question_label,
        "answer": texts.answer_label,
        "copied": texts.copied,
        "copyFailed": texts.copy_failed,
        "changed": texts.article_changed,
        "unreadable": texts.article_unreadable,
        "dark": texts.dark,
        "light": texts.light,
    }
    folder = Path(__file__).parent / "browser"
    parts = [(folder / name).read_text(encoding="utf-8") for name in FILES]
    return "\n".join(["() => {", f"const words = {json.dumps(words)};", *parts, "}"])
