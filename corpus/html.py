"""A saved web page → the text of its article and what the page says about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.draft import Draft

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST = 10_000_000
"""Bytes: the parsers take about a second for each million, and no article's page is larger."""
_MOST_ELEMENTS = 30_000
"""Elements up to which the article is looked for: that takes a second for each ten thousand."""
_DROPPED = "script|style|noscript|template|nav|header|footer|aside|form|iframe|svg|button|select|figure|head"
_BLOCKS_WORDS = "p div section article h1 h2 h3 h4 h5 h6 li tr blockquote pre main table ul ol dd dt br"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(_BLOCKS_WORDS.split())


def read_html(data: bytes | str) -> Draft:
    """Return the article of a web page, and title, author, publication, date, language and address it states.

    Raises ValueError if nothing can be parsed.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        if isinstance(data, str):
            # lxml refuses a str that declares its own encoding.
            parser = HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
            data = data.encode("utf-8", errors="replace")
        tree = document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(str(error)) from error
    language = str(tree.get("lang") or "")[:2].lower()
    fallback = "\n".join(_plain(tree))
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return Draft(fallback, {"language": language} if language.isalpha() else {})
    return _extract(tree, language, fallback)


def read_fragment(markup: str) -> tuple[str, frozenset[str]]:
    """Return the text of HTML without a page around it, a blank line between blocks, and which lines are headings.

    Text without markup is returned as it is, entities resolved.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if "<" not in markup and "&" not in markup:
        return markup, frozenset()
    parser = HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        tree = document_fromstring(f"<div>{markup}</div>".encode("utf-8", errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return "", frozenset()
    headings = (" ".join("".join(map(str, element.itertext())).split()) for element in tree.iter(*_HEADINGS))
    text = "\n\n".join(line for line in _plain(tree) if line)
    return text, frozenset(heading for heading in headings if heading)


def _extract(tree: _Element, language: str, fallback: str) -> Draft:
    from trafilatura import bare_extraction

    page = bare_extraction(
        tree,
        include_comments=False,
        favor_recall=True,
        with_metadata=True,
        # The thorough search takes any date in the prose for the date of the article.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    fields = {"language": language} if language.isalpha() else {}
    if page is None or isinstance(page, dict):
        return Draft(fallback, fields)
    stated = {
        "title": page.title,
        "author": (page.author or "").replace("; ", ", "),
        "publication": page.sitename,
        "date": page.date,
        "source": page.url,
    }
    fields |= {name: " ".join(value.split()) for name, value in stated.items() if value and value.strip()}
    lines, headings = [], set()
    for line, heading in _body(page.body):
        lines.append(line)
        if heading:
            headings.add(line)
    text = "\n".join(lines)
    return Draft(text if text.strip() else fallback, fields, headings=frozenset(headings))


def _body(body: _Element) -> Iterator[tuple[str, bool]]:
    """Yield the lines of trafilatura's tree and whether each is a heading."""
    for element in body.iter("p", "head", "item", "row", "quote", "code", "ab"):
        if element.tag == "quote" and len(element):
            continue
        if any(parent.tag in ("item", "row") for parent in element.iterancestors()):
            continue
        for line in _text(element):
            yield ("• " + line if element.tag == "item" else line), element.tag == "head"
        if element.tag != "item":
            yield "", False


def _text(element: _Element) -> list[str]:
    for line_break in element.iter("lb", "cell"):
        line_break.tail = "\n" + (line_break.tail or "") if line_break.tag == "lb" else " " + (line_break.tail or "")
    shown = "".join(map(str, element.itertext()))
    return [" ".join(line.split()) for line in shown.split("\n") if line.strip()]


def _plain(tree: _Element) -> Iterator[str]:
    """Yield the text of the page without its furniture, one line a block: for pages without an article."""
    parts: list[str] = []
    skipped = re.compile(_DROPPED)
    stack: list[tuple[_Element, bool]] = [(tree, True)]
    while stack:
        element, opening = stack.pop()
        block = element.tag in _BLOCKS
        if opening:
            if not isinstance(element.tag, str) or skipped.fullmatch(element.tag):
                parts.append(element.tail or "")
                continue
            parts += ["\n\n" if block else "", element.text or ""]
            stack.append((element, False))
            stack += [(child, True) for child in reversed(element)]
        else:
            parts += ["\n\n" if block else "", element.tail or ""]
    for line in "".join(parts).split("\n\n"):
        yield " ".join(line.split())
