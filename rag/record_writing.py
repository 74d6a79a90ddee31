"""Changes of the records: one article appears, is replaced or goes in one transaction, and is counted in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, text, update

from corpus.article import Article
from rag.record_rows import PLACES, Recorded, every_passage, read_recorded, terms_of, values_of
from rag.records import ARTICLES, LEFTOVERS, META, PASSAGES, TERMS, Records, add
from rag.rows import about_sum, batches, text_sum


def new_version(records: Records) -> int:
    """A number no article ever had; until ``record`` what carries it is a leftover."""
    with records.writing() as connection:
        version = add(connection, "version", 1)
        connection.execute(insert(LEFTOVERS).values(version=version))
    return version


def record(
    connection: Connection, article: Article, path: str, content: str, version: int, passages: Sequence[Recorded]
) -> list[int]:
    """Write the article in place of those of its id or path; returns their versions, now leftovers."""
    replaced = forget(connection, or_(ARTICLES.c.id == article.id, ARTICLES.c.path == path))
    headings = json.dumps([(span.start, span.end) for span in article.headings])
    about = {
        "id": article.id, "path": path, "title": article.title, "author": article.author,
        "publication": article.publication, "date": article.date.isoformat() if article.date else None,
        "language": article.language, "source": article.source, "digest": content,
    }  # fmt: skip
    connection.execute(
        insert(ARTICLES).values(
            **about, about_sum=about_sum(*about.values()), passages=len(passages), version=version,
            text=article.text, headings=headings, text_sum=text_sum(article.text, headings),
        )
    )  # fmt: skip
    if passages:
        connection.execute(insert(PASSAGES), [values_of(row, row.sum) for row in passages])
    _count(connection, passages, 1)
    connection.execute(delete(LEFTOVERS).where(LEFTOVERS.c.version == version))
    add(connection, "generation", 1)
    return replaced


def forget(connection: Connection, which: ColumnElement[bool]) -> list[int]:
    """Remove the articles; returns their versions, now leftovers."""
    versions = list(connection.scalars(select(ARTICLES.c.version).where(which)))
    if versions:
        rows = connection.execute(select(*PLACES).where(PASSAGES.c.version.in_(versions)))
        _count(connection, [read_recorded(row) for row in rows], -1)
        connection.execute(delete(PASSAGES).where(PASSAGES.c.version.in_(versions)))
        connection.execute(delete(ARTICLES).where(ARTICLES.c.version.in_(versions)))
        connection.execute(insert(LEFTOVERS), [{"version": version} for version in versions])
        add(connection, "generation", 1)
    return versions


def forget_leftovers(connection: Connection, versions: Sequence[int]) -> None:
    """Note that nothing carries these versions any more."""
    for batch in batches(versions):
        connection.execute(delete(LEFTOVERS).where(LEFTOVERS.c.version.in_(batch)))


def recount(connection: Connection) -> None:
    """Count terms, passages and stems again from the passages."""
    connection.execute(delete(TERMS))
    connection.execute(update(META).where(META.c.key.in_(("passages", "stems"))).values(value="0"))
    for rows in every_passage(connection):
        _count(connection, rows, 1)


def _count(connection: Connection, passages: Sequence[Recorded], sign: int) -> None:
    counts = Counter(term for row in passages for term in terms_of(row.words))
    if counts:
        values = [{"term": term, "passages": sign * count} for term, count in sorted(counts.items())]
        connection.execute(
            text(
                "INSERT INTO terms (term, passages) VALUES (:term, :passages) "
                "ON CONFLICT (term) DO UPDATE SET passages = terms.passages + excluded.passages"
            ),
            values,
        )
        if sign < 0:
            connection.execute(text("DELETE FROM terms WHERE term = :term AND passages <= 0"), values)
    add(connection, "passages", sign * len(passages))
    add(connection, "stems", sign * sum(row.stems for row in passages))
