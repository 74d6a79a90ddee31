"""Rows of the records ↔ articles and passages, with checksums.

A passage's key is its article's version and its number, a sentence's its passage's key and its place: a key alone tells
whether it belongs to the state that the records give out.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from corpus.article import Article, Passage, Span
from embeddings.encoder import Vectors
from rag.records import ARTICLES, LEFTOVERS, PASSAGES, TERMS, meta
from rag.rows import about_sum, batches, passage_sum, text_sum
from rag.store import ArticleRow, IndexedPassage, StoreDamaged, StoreError

PASSAGE_BITS = 20
SENTENCE_BITS = 10
_ABOUT = (
    ARTICLES.c.id, ARTICLES.c.path, ARTICLES.c.title, ARTICLES.c.author, ARTICLES.c.publication, ARTICLES.c.date,
    ARTICLES.c.language, ARTICLES.c.source, ARTICLES.c.digest, ARTICLES.c.about_sum, ARTICLES.c.passages,
)  # fmt: skip
PLACES = (
    PASSAGES.c.key, PASSAGES.c.article, PASSAGES.c.number, PASSAGES.c.start, PASSAGES.c.end, PASSAGES.c.heading,
    PASSAGES.c.stems, PASSAGES.c.spans, PASSAGES.c.words, PASSAGES.c.digests, PASSAGES.c.vectors_sum, PASSAGES.c.sum,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """A passage as the records hold it, without its text and vectors; ``spans`` are its sentences in order."""

    key: int
    article: str
    number: int
    start: int
    end: int
    heading: str
    stems: int
    spans: tuple[Span, ...]
    words: tuple[str, str, str, str]
    digests: tuple[bytes, ...]
    vectors_sum: bytes
    sum: bytes

    def sentence_keys(self) -> list[int]:
        """The keys of its sentences."""
        return [self.key << SENTENCE_BITS | place for place in range(len(self.spans))]


def recorded(version: int, indexed: IndexedPassage) -> Recorded:
    """What the records hold of a passage of an article's ``version``. Raises ``StoreError`` when it is too long."""
    passage = indexed.passage
    if passage.number >> PASSAGE_BITS or len(passage.sentences) >> SENTENCE_BITS:
        raise StoreError(f"The article “{passage.article}” is too long for a Milvus store: split it.")
    row = Recorded(
        version << PASSAGE_BITS | passage.number, passage.article, passage.number, passage.start, passage.end,
        passage.heading, len(indexed.words[-1].split()), passage.sentences, indexed.words, indexed.digests,
        vectors_sum(indexed.vectors), b"",
    )  # fmt: skip
    values = values_of(row, recorded_sum(row, passage.text))
    return read_recorded([values[column.name] for column in PLACES])


def version_of(key: int) -> int:
    """The version of the article that a passage's key belongs to."""
    return key >> PASSAGE_BITS


def recorded_sum(row: Recorded, part: str) -> bytes:
    """Checksum of a passage with its text."""
    values = (row.article, row.number, row.start, row.end, row.heading, row.stems, row.words, row.digests)
    return passage_sum(values, part, [(span.start, span.end) for span in row.spans])


def vectors_sum(vectors: Vectors) -> bytes:
    """Checksum of a passage's vectors (n, d), which Milvus keeps: CRC-32 of little-endian float32."""
    return zlib.crc32(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).to_bytes(4, "little")


def terms_of(words: Iterable[str]) -> set[str]:
    """The stems that stand in any field."""
    return {stem for field in words for stem in field.split()}


def rows(connection: Connection, name: str) -> list[ArticleRow]:
    """All articles, by title."""
    found = [_row(values, name) for values in connection.execute(select(*_ABOUT))]
    return sorted(found, key=lambda row: (row.title, row.id))


def article_of(connection: Connection, article: str, name: str) -> Article | None:
    """One article with its text; None when there is none of that id."""
    sql = select(*_ABOUT, ARTICLES.c.text, ARTICLES.c.headings, ARTICLES.c.text_sum).where(ARTICLES.c.id == article)
    found = connection.execute(sql).first()
    if found is None:
        return None
    *about, content, headings, known = found
    if text_sum(content, headings) != known:
        raise _damaged(f"The text of the article “{article}”", name)
    row = _row(about, name)
    places = tuple(Span(start, end) for start, end in json.loads(headings))
    return Article(
        row.id, row.title, content, row.author, row.publication, row.date, row.language, row.source, places
    )  # fmt: skip


def passages_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, Recorded]:
    """Those of the passages that the records give out, by key."""
    found = {}
    for batch in batches(sorted(keys)):
        for values in connection.execute(select(*PLACES).where(PASSAGES.c.key.in_(batch))):
            found[values[0]] = read_recorded(values)
    return found


def passages_of(connection: Connection, articles: Iterable[str]) -> list[Recorded]:
    """All passages of the articles, by article and number."""
    found: list[Recorded] = []
    for batch in batches(sorted(articles)):
        sql = select(*PLACES).join(ARTICLES, ARTICLES.c.version == PASSAGES.c.version)
        ordered = sql.where(ARTICLES.c.id.in_(batch)).order_by(PASSAGES.c.key)
        found.extend(read_recorded(values) for values in connection.execute(ordered))
    return found


def every_passage(connection: Connection, size: int = 500) -> Iterator[list[Recorded]]:
    """All passages, by key, some at a time."""
    last = -1
    while True:
        sql = select(*PLACES).where(PASSAGES.c.key > last).order_by(PASSAGES.c.key).limit(size)
        found = [read_recorded(values) for values in connection.execute(sql)]
        if not found:
            return
        yield found
        last = found[-1].key


def with_texts(
    connection: Connection, passages: Sequence[Recorded], name: str
) -> list[tuple[ArticleRow, Passage]]:  # fmt: skip
    """The passages with their text and article, in their order."""
    found: dict[int, tuple[ArticleRow, Passage]] = {}
    for batch in batches(passages):
        keys = [row.key for row in batch]
        part = func.substr(ARTICLES.c.text, PASSAGES.c.start + 1, PASSAGES.c.end - PASSAGES.c.start)
        sql = select(PASSAGES.c.key, part, *_ABOUT).join(ARTICLES, ARTICLES.c.version == PASSAGES.c.version)
        by_key = {row.key: row for row in batch}
        for key, part_text, *about in connection.execute(sql.where(PASSAGES.c.key.in_(keys))):
            row = by_key[key]
            if recorded_sum(row, part_text) != row.sum:
                raise _damaged(f"A passage of the article “{row.article}”", name)
            passage = Passage(row.article, row.number, part_text, row.start, row.end, row.heading, row.spans)
            found[key] = (_row(about, name), passage)
    return [found[row.key] for row in passages]


def frequencies(connection: Connection, terms: Sequence[str]) -> dict[str, int]:
    """In how many passages each term stands (absent: 0)."""
    counts = dict.fromkeys(terms, 0)
    for batch in batches(list(counts)):
        sql = select(TERMS.c.term, TERMS.c.passages).where(TERMS.c.term.in_(batch))
        counts.update((row.term, row.passages) for row in connection.execute(sql))
    return counts


def vocabulary(connection: Connection) -> dict[str, dict[str, int]]:
    """By first letter, every stem and in how many passages it stands."""
    words: dict[str, dict[str, int]] = {}
    for term, passages in connection.execute(select(TERMS.c.term, TERMS.c.passages)):
        words.setdefault(term[0], {})[term] = passages
    return words


def totals(connection: Connection) -> tuple[int, int, float]:
    """Generation, number of passages, mean number of stems of a passage's body."""
    known = meta(connection)
    passages = int(known["passages"])
    return int(known["generation"]), passages, int(known["stems"]) / passages if passages else 0.0


def current(connection: Connection, versions: Iterable[int]) -> set[int]:
    """Those of the versions that articles have."""
    found: set[int] = set()
    for batch in batches(sorted(versions)):
        found.update(connection.scalars(select(ARTICLES.c.version).where(ARTICLES.c.version.in_(batch))))
    return found


def leftovers(connection: Connection) -> list[int]:
    """Versions that no article has: what carries them in Milvus is on its way in or out."""
    return list(connection.scalars(select(LEFTOVERS.c.version).order_by(LEFTOVERS.c.version)))


def _row(values: Sequence[Any], name: str) -> ArticleRow:
    article, path, title, author, publication, day, language, source, content, known, passages = values
    if about_sum(article, path, title, author, publication, day, language, source, content) != known:
        raise _damaged(f"What is known of the article “{article}”", name)
    when = date.fromisoformat(day) if day else None
    return ArticleRow(article, title, author, publication, when, language, source, path, content, passages)


def values_of(row: Recorded, sum_: bytes) -> dict[str, Any]:
    """The columns of a passage's row, with its checksum."""
    return {
        "key": row.key, "version": version_of(row.key), "article": row.article, "number": row.number,
        "start": row.start, "end": row.end, "heading": row.heading, "stems": row.stems,
        "spans": json.dumps([(span.start, span.end) for span in row.spans]), "words": "\n".join(row.words),
        "digests": b"".join(row.digests), "vectors_sum": row.vectors_sum, "sum": sum_,
    }  # fmt: skip


def read_recorded(values: Sequence[Any]) -> Recorded:
    """A passage from the columns ``PLACES``."""
    key, article, number, start, end, heading, stems, spans, words, digests, vectors, sum_ = values
    title, about, above, body = words.split("\n")
    parts = tuple(digests[at : at + 16] for at in range(0, len(digests), 16))
    return Recorded(
        key, article, number, start, end, heading, stems, tuple(Span(*span) for span in json.loads(spans)),
        (title, about, above, body), parts, vectors, sum_,
    )  # fmt: skip


def _damaged(what: str, name: str) -> StoreDamaged:
    return StoreDamaged(
        f"{what} in {name} is damaged: copy another store here (“standardiste migrate”), or index the articles again "
        "into a new store."
    )
