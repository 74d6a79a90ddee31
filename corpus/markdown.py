"""Markdown → plain lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.draft import Draft
from corpus.frontmatter import split_front_matter

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"<[^<>]{1,500}>|<!--.{0,5000}?-->", re.DOTALL)
_ENDLESS = re.compile(r"^[ \t>]{200,}|\[{50,}|(?:\]\(){50,}|[*_`~]{50,}", re.MULTILINE)
_APART = frozenset(
    f"{block}_close" for block in ("paragraph", "heading", "bullet_list", "ordered_list", "blockquote", "table")
) | {"code_block", "fence", "html_block", "hr"}
"""Tokens after which another block begins."""
_TOO_LONG = 300_000
"""Characters from which Markdown is read as plain text: the parser takes seconds for each million."""


def read_markdown(text: str) -> Draft:
    """Return the text of a Markdown document without its marks, one line a paragraph or list item.

    Raises ValueError if its front matter is damaged.
    """
    fields, body = split_front_matter(text)
    if len(body) > _TOO_LONG or _ENDLESS.search(body):
        return Draft(body, fields)
    from markdown_it import MarkdownIt

    lines: list[str] = []
    headings: set[str] = set()
    for shown, heading in _blocks(MarkdownIt("commonmark").enable("table").parse(body)):
        lines.append(shown)
        if heading:
            headings.add(shown)
    return Draft("\n".join(lines), fields, headings=frozenset(headings))


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, bool]]:
    """Yield lines and whether each is a heading; an empty line stands between blocks."""
    opened, bullet = "", ""
    cells: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            bullet = "• " if token.markup in "-*+" else f"{token.info}{token.markup} "
        elif token.type == "inline" and opened in ("th_open", "td_open"):
            cells.append(_inline(token))
        elif token.type == "inline":
            heading = opened == "heading_open"
            shown = bullet + _inline(token)
            yield " ".join(shown.split("\n")) if heading else shown, heading
            bullet = ""
        elif token.type == "tr_close":
            yield " ".join(cells), False
            cells = []
        elif token.content:
            yield _TAG.sub(" ", token.content) if token.type == "html_block" else token.content, False
        if token.nesting > 0:
            opened = token.type
        if token.nesting < 1 and token.type in _APART and not token.hidden:
            yield "", False


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append("\n")
    return "".join(parts)
