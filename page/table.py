"""The table of all articles; the script sorts and searches it in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from page.reader import open_button
from page.texts import Texts
from rag.store import ArticleRow


def article_table(rows: Sequence[ArticleRow], texts: Texts) -> str:
    """Show what is indexed, a row an article, in the order given."""
    if not rows:
        return f'<p class="hint">{escape(texts.no_articles)}</p>'
    names = (texts.title, texts.author, texts.publication, texts.date, texts.passages)
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" class="sort" data-column="{number}">'
        f"{escape(name)}</button></th>"
        for number, name in enumerate(names)
    )
    body = "".join(_row(row, names, texts) for row in rows)
    count = texts.shown.format(shown="{shown}", count=texts.number(len(rows)))
    return (
        f'<p class="find"><label for="find-article">{escape(texts.find)}</label>'
        f'<input id="find-article" type="search" autocomplete="off"></p>'
        f'<p class="hint" role="status" id="found-articles" data-sentence="{escape(count)}">'
        f"{escape(count.format(shown=texts.number(len(rows))))}</p>"
        f'<table class="articles"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(row: ArticleRow, names: Sequence[str], texts: Texts) -> str:
    title = row.title or texts.untitled
    cells = (
        (title, f'<span class="title">{escape(title)}</span> {open_button(row.id, texts, title)}'),
        (row.author or "", escape(row.author or texts.unknown)),
        (row.publication or "", escape(row.publication or texts.unknown)),
        (row.date.isoformat() if row.date else "", escape(texts.day(row.date) if row.date else texts.unknown)),
        (f"{row.passages:09}", escape(texts.number(row.passages))),
    )
    year = f' data-year="{row.date.year}"' if row.date else ""
    inner = "".join(
        f'<td data-name="{escape(name)}" data-sort="{escape(key)}">{shown}</td>'
        for name, (key, shown) in zip(names, cells, strict=True)
    )
    return f"<tr{year}>{inner}</tr>"
