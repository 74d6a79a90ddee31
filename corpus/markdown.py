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
_TOO_LONG = 2_000_000
"""Characters from which Markdown is read as plain text: the parser takes a second for each million."""


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
    heading, bullet = False, ""
    for token in tokens:
        if token.type == "list_item_open":
            bullet = "• " if token.markup in "-*+" else f"{token.info}{token.markup} "
        elif token.type == "heading_open":
            heading = True
        elif token.type in ("code_block", "fence"):
            yield from ((line, False) for line in token.content.splitlines())
        elif token.type == "html_block":
            yield from ((line, False) for line in _TAG.sub(" ", token.content).splitlines())
        elif token.type == "inline":
            shown = _inline(token)
            yield bullet + (" ".join(shown.split("\n")) if heading else shown), heading
            heading, bullet = False, ""
        if (
            token.block
            and token.nesting < 1
            and token.type not in ("inline", "list_item_close", "td_close", "th_close")
        ) and not (token.type == "paragraph_close" and token.hidden):
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
