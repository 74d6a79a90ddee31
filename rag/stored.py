"""An article's passages out of SQLite as they were put, for a copy into another store."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from corpus.article import Passage, Span
from rag.database import Database
from rag.rows import damaged, passage_sum
from rag.store import IndexedPassage


def read_indexed(connection: sqlite3.Connection, database: Database, article: str) -> list[IndexedPassage]:
    """The passages by number, with digests, vectors and words. Raises ``StoreDamaged`` when a checksum is wrong."""
    rows = connection.execute(
        "SELECT p.key, p.article, p.number, p.start, p.end, p.heading, p.stems, p.sum, p.digest, p.vector, "
        "substr(a.text, p.start + 1, p.end - p.start), w.title, w.about, w.heading, w.body FROM passages p "
        "JOIN articles a ON a.id = p.article JOIN passage_words w ON w.rowid = p.key "
        "WHERE p.article = ? ORDER BY p.number",
        (article,),
    ).fetchall()
    return [_indexed(connection, database, row) for row in rows]


def _indexed(connection: sqlite3.Connection, database: Database, row: Sequence[Any]) -> IndexedPassage:
    key, *values, known, content, vector, text = row[:11]
    sentences = connection.execute(
        "SELECT start, end, digest, vector FROM sentences WHERE passage = ? ORDER BY key", (key,)
    ).fetchall()
    spans = tuple(Span(start, end) for start, end, *_ in sentences)
    if passage_sum(values, text, sorted((span.start, span.end) for span in spans)) != known:
        raise damaged(f"A passage of the article “{values[0]}”", database.path)
    article, number, start, end, heading, _ = values
    vectors = np.stack([database.vector(stored) for stored in (vector, *(one[3] for one in sentences))])
    digests = (content, *(one[2] for one in sentences))
    title, about, above, body = row[11:]
    return IndexedPassage(
        Passage(article, number, text, start, end, heading, spans), (), vectors, (title, about, above, body), digests
    )
