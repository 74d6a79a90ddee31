"""Files → store: the whole pipeline on one screen."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus.apart import read_articles_apart
from corpus.article import Article, Passage
from corpus.read import UnreadableArticle, article_files
from corpus.split import split
from embeddings.encoder import Encoder, Vectors
from rag.store import IndexedPassage, NothingToIndex, Store
from rag.words import MONTHS, index_text

BATCH = 256
"""Texts embedded at once: enough for batches of like length (benchmarks/encoder.py), few enough to lose little."""

_ENTRY = "//"
"""Between a file's path and the entry of a feed or mailbox: no resolved path holds it."""

Reader = Callable[[Sequence[Path]], Iterator[tuple[Path, Article | UnreadableArticle]]]


@dataclass(slots=True)
class IndexReport:
    """What an indexing did; field by field the contract's ``index --json``."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article about to be stored: its passages, and for each the texts to embed (passage, then sentences)."""

    article: Article
    path: str
    digest: str
    passages: tuple[Passage, ...]
    texts: tuple[tuple[str, ...], ...]


def index(
    store: Store,
    encoder: Encoder,
    paths: Sequence[Path],
    prune: bool = False,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] = lambda files, total: files,
    read: Reader = read_articles_apart,
) -> IndexReport:
    """Bring the store up to date with the files and folders ``paths``.

    Articles whose content is unchanged are left alone; unchanged text in changed articles is not embedded again.
    ``prune`` removes articles whose file under ``paths`` is gone. A file that cannot be read is reported in the
    result and stays as it was in the store. ``progress(files, total)`` wraps the iteration over the files read;
    ``read`` reads them, by default in a process of their own.
    Raises ``NothingToIndex`` when there is nothing to index, ``corpus.read.MissingPath``, ``StoreLocked``.
    """
    started = time.perf_counter()
    files = article_files(paths)
    if not files and not prune:
        kinds = "txt, md, html, pdf, docx, rss, atom or mbox"
        raise NothingToIndex(f"There is no article in {', '.join(map(str, paths))}: put {kinds} files there.")
    report = IndexReport()
    seen: set[str] = set()
    with store.writing():
        changed = _changed(store, encoder, progress(read(files), len(files)), report, seen)
        for batch in _batches(changed):
            _embed_and_put(store, encoder, batch)
        if prune:
            unread = {str(Path(failure["path"]).resolve()) for failure in report.failed}
            report.removed = _prune(store, paths, seen, unread)
    rows = store.articles()
    report.articles, report.passages = len(rows), sum(row.passages for row in rows)
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _changed(
    store: Store,
    encoder: Encoder,
    articles: Iterable[tuple[Path, Article | UnreadableArticle]],
    report: IndexReport,
    seen: set[str],
) -> Iterator[_Prepared]:
    """The articles that the store does not hold in this form yet, split; the others are only counted.

    ``seen`` collects the paths of all of them.
    """
    rows = store.articles()
    known, taken = {row.path: row for row in rows}, {row.id: row.path for row in rows}
    for file, article in articles:
        if isinstance(article, UnreadableArticle):
            # A name that is no UTF-8 can be neither printed nor put into JSON.
            shown = os.fsencode(file).decode("utf-8", "replace")
            report.failed.append({"path": shown, "error": str(article)})
            continue
        path = f"{file.resolve()}{_ENTRY}{article.entry}" if article.entry else str(file.resolve())
        seen.add(path)
        row, digest = known.get(path), content_digest(article)
        if row is not None and row.digest == digest:
            report.unchanged += 1
            continue
        name = row.id if row else _free_id(article.id, taken)
        taken[name] = path
        article = _renamed(article, name)
        passages = passages_of(article, encoder)
        yield _Prepared(article, path, digest, passages, _texts_of(article, passages, encoder))
        if row:
            report.updated += 1
        else:
            report.added += 1


def _embed_and_put(store: Store, encoder: Encoder, batch: Sequence[_Prepared]) -> None:
    """Embed what was never embedded, then store each article in a transaction of its own."""
    texts = list(dict.fromkeys(text for prepared in batch for group in prepared.texts for text in group))
    vectors: dict[str, Vectors] = store.known_vectors(texts)
    new = [text for text in texts if text not in vectors]
    if new:
        vectors.update(zip(new, encoder.encode_passages(new), strict=True))
    for prepared in batch:
        store.put(prepared.article, prepared.path, prepared.digest, _indexed(prepared, vectors))


def _indexed(prepared: _Prepared, vectors: Mapping[str, Vectors]) -> list[IndexedPassage]:
    return [
        IndexedPassage(passage, group, np.stack([vectors[text] for text in group]), _words(prepared.article, passage))
        for passage, group in zip(prepared.passages, prepared.texts, strict=True)
    ]


def indexed_passages(article: Article, encoder: Encoder) -> list[IndexedPassage]:
    """What ``index`` stores of one article, all of it embedded anew."""
    passages = passages_of(article, encoder)
    texts = _texts_of(article, passages, encoder)
    flat = list(dict.fromkeys(text for group in texts for text in group))
    vectors = dict(zip(flat, encoder.encode_passages(flat), strict=True))
    return _indexed(_Prepared(article, "", "", passages, texts), vectors)


def _batches(prepared: Iterable[_Prepared]) -> Iterator[list[_Prepared]]:
    """Articles together until they have ``BATCH`` texts to embed."""
    batch: list[_Prepared] = []
    size = 0
    for one in prepared:
        batch.append(one)
        size += sum(map(len, one.texts))
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def passages_of(article: Article, encoder: Encoder) -> tuple[Passage, ...]:
    """The article's passages; among their sentences no headings, which claim nothing and so can support nothing."""
    headings = set(article.headings)
    found = []
    for passage in split(article, encoder.count_tokens):
        sentences = tuple(span for span in passage.sentences if span not in headings)
        found.append(replace(passage, sentences=sentences or passage.sentences))
    return tuple(found)


def _texts_of(article: Article, passages: Sequence[Passage], encoder: Encoder) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_texts(article, passage, encoder)) for passage in passages)


def _texts(article: Article, passage: Passage, encoder: Encoder) -> Iterator[str]:
    """What is embedded: the passage under its title and heading as far as they fit the window, then its sentences."""
    above = [article.title] if article.titled and passage.start > 0 else []
    if passage.heading and passage.heading not in (article.title, *passage.text.splitlines()[:1]):
        above.append(passage.heading)
    for first in range(len(above) + 1):
        text = "\n".join([*above[first:], passage.text])
        if first == len(above) or encoder.count_tokens(text) <= encoder.window:
            yield text
            break
    for span in passage.sentences:
        yield passage.text[span.start - passage.start : span.end - passage.start]


def _words(article: Article, passage: Passage) -> tuple[str, str, str, str]:
    """The stems that the full-text index holds: title, about, heading, body."""
    day = article.date
    when = f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else ""
    about = (article.author or "", article.publication or "", when)
    title = article.title if article.titled else ""
    return (
        index_text([title], article.language),
        index_text(about, article.language),
        index_text([passage.heading], article.language),
        index_text([passage.text], article.language),
    )


def content_digest(article: Article) -> str:
    """SHA-256 of everything that an index entry is made from, the article's id and path aside."""
    parts = (
        article.title, article.text, article.author, article.publication, article.date, article.language,
        article.source, article.headings,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _free_id(stem: str, taken: dict[str, str]) -> str:
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _renamed(article: Article, name: str) -> Article:
    return article if article.id == name else replace(article, id=name)


def _prune(store: Store, paths: Sequence[Path], seen: set[str], unread: set[str]) -> int:
    """Remove the articles whose file under ``paths`` is gone, or was read and no longer has their entry."""
    roots = [path.resolve() for path in paths]
    gone = []
    for row in store.articles():
        file, _, entry = row.path.partition(_ENTRY)
        lost = not Path(file).exists() or (entry and row.path not in seen and file not in unread)
        if lost and any(Path(file).is_relative_to(root) for root in roots):
            gone.append(row.id)
    for article in gone:
        store.remove(article)
    return len(gone)
