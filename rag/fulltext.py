"""Search by words: SQLite's full text finds passages, our own BM25 scores them (``rag.bm25``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.bm25 import bm25, idf
from rag.rows import batches, marks

Keys = NDArray[np.int64]


def search_words(connection: sqlite3.Connection, terms: Sequence[str], depth: int, allowed: Keys | None) -> list[int]:
    """Keys of the ``depth`` passages that SQLite's BM25 puts first."""
    if not terms:
        return []
    query = " OR ".join(f'"{term}"' for term in dict.fromkeys(terms))
    sql = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY rank"
    if allowed is None:
        return [key for (key,) in connection.execute(f"{sql} LIMIT {depth}", (query,))]
    passing = set(allowed.tolist())
    return [key for (key,) in connection.execute(sql, (query,)) if key in passing][:depth]


def score_words(
    connection: sqlite3.Connection, terms: Sequence[str], keys: Sequence[int], average: float
) -> dict[int, float]:
    """BM25 of every candidate, also of those that only another search found."""
    counts, total = frequencies(connection, terms)
    weights = {term: idf(count, total) for term, count in counts.items()}
    scores = dict.fromkeys(keys, 0.0)
    for batch in batches(keys):
        sql = f"SELECT rowid, title, about, heading, body FROM passage_words WHERE rowid IN ({marks(batch)})"
        for key, *fields in connection.execute(sql, batch):
            scores[key] = bm25(weights, fields, average)
    return scores


def frequencies(connection: sqlite3.Connection, terms: Sequence[str]) -> tuple[dict[str, int], int]:
    """In how many passages each term stands, and the number of passages."""
    total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
    sql = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
    return {t: connection.execute(sql, (f'"{t}"',)).fetchone()[0] for t in dict.fromkeys(terms)}, total


def vocabulary(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """By first letter, every stem of the index and in how many passages it stands."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, passage_words, row)")
    words: dict[str, dict[str, int]] = {}
    for term, passages in connection.execute("SELECT term, doc FROM temp.vocabulary"):
        words.setdefault(term[0], {})[term] = passages
    return words
