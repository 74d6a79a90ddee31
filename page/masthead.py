"""The page's head: its name, what it is, the other language, the theme."""

from __future__ import annotations

from html import escape

from page.languages import LANGUAGES
from page.texts import Texts


def masthead(texts: Texts) -> str:
    """Write the head of the page that speaks ``texts``."""
    others = "".join(
        f'<a href="../?language={other.language}" hreflang="{other.language}" lang="{other.language}">'
        f"{escape(other.own_name)}</a>"
        for other in LANGUAGES.values()
        if other is not texts
    )
    return (
        f'<header><div class="name"><h1>Standardiste</h1><nav aria-label="{escape(texts.switch)}">{others}'
        f'<button type="button" id="theme">{escape(texts.dark)}</button></nav></div>'
        f"<p>{escape(texts.tagline)}</p></header>"
    )
