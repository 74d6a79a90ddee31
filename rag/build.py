"""Files → store: the whole pipeline on one screen."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from corpus.apart import read_articles_apart
from corpus.article import Article, Passage
from corpus.read import UnreadableArticle, article_files
from corpus.split import split
from embeddings.encoder import Encoder, Vectors
from rag.pipeline import Behind, ahead, until
from rag.store import IndexedPassage, NothingToIndex, Store
from rag.words import MONTHS, index_text

BATCH = 1024
"""Texts embedded at once: enough for batches of like length and for few waits between them, some seconds' work to lose
(``benchmarks/indexing.py``)."""
READY = 2
"""Batches that are read and split, or embedded and not yet stored, at a time: memory does not grow with the corpus."""

_ENTRY = "//"
"""Between a file's path and the entry of a feed or mailbox: no resolved path holds it."""

Reader = Callable[[Iterable[Path]], Iterator[tuple[Path, Article | UnreadableArticle]]]
Stored = list[tuple["_Prepared", list[IndexedPassage]]]
Advance = Callable[[int, int], None]
"""Is told how many more articles are done and how many passages of theirs were embedded; from several threads."""


def untold(_articles: int, _passages: int) -> None:
    """Nobody wants to know."""


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
    progress: Callable[[int], Advance] = lambda files: untold,
    read: Reader = read_articles_apart,
) -> IndexReport:
    """Bring the store up to date with the files and folders ``paths``.

    Articles whose content is unchanged are left alone; unchanged text in changed articles is not embedded again.
    ``prune`` removes articles whose file under ``paths`` is gone. A file that cannot be read is reported in the
    result and stays as it was in the store. ``progress`` is told the number of files, and what it returns each
    article that is done; ``read`` reads them, by default in a process of their own. Reading and splitting, embedding
    and writing run beside each other; when one of them is interrupted, all articles that were embedded are stored.
    Raises ``NothingToIndex`` when there is nothing to index, ``corpus.read.MissingPath``, ``StoreLocked``.
    """
    started = time.perf_counter()
    files = article_files(paths)
    if not files and not prune:
        kinds = "txt, md, html, pdf, docx, rss, atom or mbox"
        raise NothingToIndex(f"There is no article in {', '.join(map(str, paths))}: put {kinds} files there.")
    report, stop = IndexReport(), threading.Event()
    seen: set[str] = set()
    advance = progress(len(files))
    with store.writing():
        changed = _changed(store, encoder, until(stop, read(until(stop, files))), report, seen, advance)
        with ahead(_batches(changed), READY, stop) as ready, Behind(_writer(store, advance), READY) as writing:
            for embedded in _embedded(store, encoder, ready):
                writing.put(embedded)
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
    advance: Advance,
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
            advance(1, 0)
            continue
        path = f"{file.resolve()}{_ENTRY}{article.entry}" if article.entry else str(file.resolve())
        seen.add(path)
        row, digest = known.get(path), content_digest(article)
        if row is not None and row.digest == digest:
            report.unchanged += 1
            advance(1, 0)
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


def _embedded(store: Store, encoder: Encoder, batches: Iterable[Sequence[_Prepared]]) -> Iterator[Stored]:
    """The batches, ready to be stored. Embeds what neither the store knows nor a batch that may still be on its way."""
    recent: deque[dict[str, Vectors]] = deque(maxlen=READY + 2)
    for batch in batches:
        texts = list(dict.fromkeys(text for prepared in batch for group in prepared.texts for text in group))
        vectors: dict[str, Vectors] = store.known_vectors(texts)
        for before in recent:
            vectors.update((text, before[text]) for text in texts if text in before)
        new = [text for text in texts if text not in vectors]
        if new:
            vectors.update(zip(new, encoder.encode_passages(new), strict=True))
        recent.append(vectors)
        yield [(prepared, _indexed(prepared, vectors)) for prepared in batch]


def _writer(store: Store, advance: Advance) -> Callable[[Stored], None]:
    """Stores each article in a transaction of its own."""

    def write(batch: Stored) -> None:
        for prepared, passages in batch:
            store.put(prepared.article, prepared.path, prepared.digest, passages)
            advance(1, len(passages))

    return write


def _indexed(prepared: _Prepared, vectors: Mapping[str, Vectors]) -> list[IndexedPassage]:
    return [
        IndexedPassage(passage, group, np.stack([vectors[text] for text in group]), _words(prepared.article, passage))
        for passage, group in zip(prepared.passages, prepared.texts, strict=True)
    ]


def prepared_texts(article: Article, encoder: Encoder) -> list[str]:
    """The texts of one article that ``index`` embeds, each once: passages under their titles, and sentences."""
    texts = _texts_of(article, passages_of(article, encoder), encoder)
    return list(dict.fromkeys(text for group in texts for text in group))


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
