"""Rows of the database ↔ what they stand for, with checksums.

SQLite notices pages that make no sense, but not a changed letter or number. What is served carries a checksum, and is
checked whenever it is read; ``rag.health`` checks all of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from corpus.article import Article, Passage, Span
from embeddings.encoder import Vectors
from rag.store import ArticleRow, Candidate, IndexedPassage, Scores, StoreDamaged

ABOUT = "a.id, a.path, a.title, a.author, a.publication, a.date, a.language, a.source, a.digest"
ROW = f"{ABOUT}, a.about_sum, (SELECT count(*) FROM passages WHERE article = a.id)"
ROW_WIDTH = 11
_SUM_BYTES = 4


def about_sum(*values: str | None) -> bytes:
    """Checksum of an article's row without its text: the values of ``ABOUT``."""
    return _sum(*values)


def text_sum(text: str, headings: str) -> bytes:
    """Checksum of an article's text and of the JSON of its headings."""
    return _sum(text, headings)


def passage_sum(values: Sequence[object], text: str, spans: Sequence[Sequence[int]]) -> bytes:
    """Checksum of a passage: article, number, start, end, heading, stems; its text; its sentences' (start, end)."""
    return _sum(*values, text, [tuple(span) for span in spans])


def _sum(*values: object) -> bytes:
    return hashlib.blake2b(repr(values).encode("utf-8", "backslashreplace"), digest_size=8).digest()


def damaged(what: str, database: Path) -> StoreDamaged:
    """The error for something whose checksum is wrong."""
    return StoreDamaged(
        f"{what} in {database} is damaged: run “standardiste restore FILE” with a backup, or delete the folder "
        f"{database.parent} and index the articles again."
    )


def blob(vector: Vectors) -> bytes:
    """A vector as it is stored: little-endian float32, then a checksum."""
    return checked(np.ascontiguousarray(vector, dtype="<f4").tobytes())


def checked(content: bytes) -> bytes:
    """The bytes with their CRC-32 behind them."""
    return content + zlib.crc32(content).to_bytes(_SUM_BYTES, "little")


def unblob(stored: bytes, dimension: int) -> Vectors | None:
    """A stored vector, shape ``(dimension,)``; None when it is not what was stored."""
    vectors = unblobs([stored], dimension)
    return None if vectors is None else vectors[0]


def unblobs(stored: Sequence[bytes], dimension: int) -> Vectors | None:
    """Stored vectors, shape ``(n, dimension)``; None when one is not what was stored. A question reads thousands."""
    if any(len(one) != 4 * dimension + _SUM_BYTES for one in stored):
        return None
    numbers = np.frombuffer(b"".join(stored), "<u4").reshape(len(stored), dimension + 1)
    sums = np.fromiter((zlib.crc32(memoryview(one)[:-_SUM_BYTES]) for one in stored), np.uint32, len(stored))
    return None if (numbers[:, -1] != sums).any() else numbers[:, :-1].view("<f4")


def read_row(values: Sequence[Any], database: Path) -> ArticleRow:
    """The columns of ``ROW``. Raises ``StoreDamaged`` when they are not what was written."""
    name, path, title, author, publication, day, language, source, content, known, passages = values
    if about_sum(name, path, title, author, publication, day, language, source, content) != known:
        raise damaged(f"What is known of the article “{name}”", database)
    when = date.fromisoformat(day) if day else None
    return ArticleRow(name, title, author, publication, when, language, source, path, content, passages)


def insert_article(connection: sqlite3.Connection, article: Article, path: str, headings: str, content: str) -> None:
    """Write an article's row."""
    day = article.date.isoformat() if article.date else None
    about = (path, article.title, article.author, article.publication, day, article.language, article.source)
    connection.execute(
        f"INSERT INTO articles VALUES ({marks(range(13))})",
        (article.id, *about, article.text, headings, content,
         about_sum(article.id, *about, content), text_sum(article.text, headings)),
    )  # fmt: skip


def insert_passage(connection: sqlite3.Connection, article: str, indexed: IndexedPassage) -> None:
    """Write a passage with its sentences, vectors and words."""
    passage, digests = indexed.passage, indexed.digests
    values = (article, passage.number, passage.start, passage.end, passage.heading, len(indexed.words[-1].split()))
    spans = sorted((span.start, span.end) for span in passage.sentences)
    key = connection.execute(
        "INSERT INTO passages (article, number, start, end, heading, stems, digest, vector, sum) "
        f"VALUES ({marks(range(9))})",
        (*values, digests[0], blob(indexed.vectors[0]), passage_sum(values, passage.text, spans)),
    ).lastrowid
    connection.executemany(
        "INSERT INTO sentences (passage, start, end, digest, vector) VALUES (?,?,?,?,?)",
        [
            (key, span.start, span.end, known, blob(vector))
            for span, known, vector in zip(passage.sentences, digests[1:], indexed.vectors[1:], strict=True)
        ],
    )
    sql = "INSERT INTO passage_words (rowid, title, about, heading, body) VALUES (?,?,?,?,?)"
    connection.execute(sql, (key, *indexed.words))


def read_candidates(connection: sqlite3.Connection, chosen: Sequence[Scores], database: Path) -> list[Candidate]:
    """The chosen passages with their articles and sentences, in the order of ``chosen``."""
    keys = [scores.key for scores in chosen]
    loaded: dict[int, tuple[ArticleRow, Passage]] = {}
    for batch in batches(keys):
        spans: dict[int, list[tuple[int, int]]] = {key: [] for key in batch}
        sql = f"SELECT passage, start, end FROM sentences WHERE passage IN ({marks(batch)}) ORDER BY start"
        for key, start, end in connection.execute(sql, batch):
            spans[key].append((start, end))
        sql = (
            f"SELECT {ROW}, p.key, p.number, p.start, p.end, p.heading, p.stems, p.sum, "
            "substr(a.text, p.start + 1, p.end - p.start) "
            f"FROM passages p JOIN articles a ON a.id = p.article WHERE p.key IN ({marks(batch)})"
        )
        for row in connection.execute(sql, batch):
            key, *values, known, text = row[ROW_WIDTH:]
            if passage_sum((row[0], *values), text, spans[key]) != known:
                raise damaged(f"A passage of the article “{row[0]}”", database)
            number, start, end, heading, _ = values
            sentences = tuple(Span(*span) for span in spans[key])
            loaded[key] = (
                read_row(row[:ROW_WIDTH], database),
                Passage(row[0], number, text, start, end, heading, sentences),
            )
    if len(loaded) < len(keys):
        raise damaged("A passage that the search found", database)
    return [Candidate(*loaded[scores.key], scores) for scores in chosen]


def marks(values: Sequence[object]) -> str:
    """Question marks for ``IN (…)``."""
    return ",".join("?" * len(values))


def batches(values: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    """Pieces of at most ``size``: SQLite limits the number of parameters of a statement."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


@contextlib.contextmanager
def decoding(database: Path) -> Iterator[None]:
    """Turn what changed bytes make Python raise (no UTF-8, no JSON, no number) into ``StoreDamaged``."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise damaged("A row", database) from error
