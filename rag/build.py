"""Files → store: the whole pipeline on one screen."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from corpus.apart import read_articles_apart
from corpus.article import Article
from corpus.read import UnreadableArticle, article_files
from embeddings.encoder import Encoder, Vectors
from rag.parts import parts_of
from rag.pipeline import Behind, ahead, until
from rag.stages import Batch, Changed, Parts, Stages
from rag.store import IndexedPassage, NothingToIndex, Store

BATCH = 1024
"""Texts embedded at once: enough for batches of like length and for few waits between them, some seconds' work to lose
(``benchmarks/indexing.py``)."""
FIRST_BATCH = 64
"""Texts of the first batch, each further one holds twice as many: the encoder need not wait for much to be read."""
READY = 2
"""Batches that are read and split, or embedded and not yet stored, at a time: memory does not grow with the corpus."""

_ENTRY = "//"
"""Between a file's path and the entry of a feed or mailbox: no resolved path holds it."""

Reader = Callable[[Iterable[Path]], Iterator[tuple[Path, Article | UnreadableArticle]]]
Stored = tuple[Batch, list[list[IndexedPassage]]]
"""A batch about to be stored, with the passages of each of its articles."""
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


class Here:
    """The stages in this process, each in the thread that asks for it; files are read in a process of their own."""

    def __init__(self, encoder: Encoder, read: Reader = read_articles_apart) -> None:
        """Embeds with ``encoder``, reads with ``read``."""
        self._encoder, self.read = encoder, read

    def split(self, changed: Iterable[Changed]) -> Iterator[tuple[Changed, Parts]]:
        """Each article with its parts."""
        for one in changed:
            yield one, parts_of(one.article, self._encoder)

    def embed(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Sequence[Vectors]]]:
        """Each batch with the vectors of its new texts."""
        for batch in batches:
            yield batch, list(self._encoder.encode_passages(batch.new)) if batch.new else []


def index(
    store: Store,
    encoder: Encoder,
    paths: Sequence[Path],
    prune: bool = False,
    progress: Callable[[int], Advance] = lambda files: untold,
    read: Reader = read_articles_apart,
    stages: Stages | None = None,
) -> IndexReport:
    """Bring the store up to date with the files and folders ``paths``.

    Articles whose content is unchanged are left alone; unchanged text in changed articles is not embedded again.
    ``prune`` removes articles whose file under ``paths`` is gone. A file that cannot be read is reported in the
    result and stays as it was in the store. ``progress`` is told the number of files, and what it returns each
    article that is done; ``read`` reads them, by default in a process of their own. ``stages`` do the work
    elsewhere than in this process; they need the same ``encoder``, and only this process writes. Reading and
    splitting, embedding and writing run beside each other; when one of them is interrupted, all articles that were
    embedded are stored.
    Raises ``NothingToIndex`` when there is nothing to index, ``corpus.read.MissingPath``, ``StoreLocked``.
    """
    started = time.perf_counter()
    files = article_files(paths)
    if not files and not prune:
        kinds = "txt, md, html, pdf, docx, rss, atom or mbox"
        raise NothingToIndex(f"There is no article in {', '.join(map(str, paths))}: put {kinds} files there.")
    report, stop = IndexReport(), threading.Event()
    seen: set[str] = set()
    advance, stages, vectors = progress(len(files)), stages or Here(encoder, read), _VectorsByText(store)
    with store.writing():
        changed = _changed(store, until(stop, stages.read(until(stop, files))), report, seen, advance)
        write = _writer(store, vectors, advance)
        with ahead(_groups(stages.split(changed)), READY, stop) as ready, Behind(write, READY) as writing:
            for batch, embedded in stages.embed(map(vectors.batch, ready)):
                writing.put((batch, vectors.passages(batch, embedded)))
        if prune:
            unread = {str(Path(failure["path"]).resolve()) for failure in report.failed}
            report.removed = _prune(store, paths, seen, unread)
    rows = store.articles()
    report.articles, report.passages = len(rows), sum(row.passages for row in rows)
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _changed(
    store: Store,
    articles: Iterable[tuple[Path, Article | UnreadableArticle]],
    report: IndexReport,
    seen: set[str],
    advance: Advance,
) -> Iterator[Changed]:
    """The articles that the store does not hold in this form yet; the others are only counted.

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
        yield Changed(_renamed(article, name), path, digest)
        if row:
            report.updated += 1
        else:
            report.added += 1


def _groups(split: Iterable[tuple[Changed, Parts]]) -> Iterator[list[tuple[Changed, Parts]]]:
    """Articles together until they have ``BATCH`` texts to embed, fewer at first."""
    group: list[tuple[Changed, Parts]] = []
    size, enough = 0, FIRST_BATCH
    for one in split:
        group.append(one)
        size += sum(map(len, one[1].texts))
        if size >= min(enough, BATCH):
            yield group
            group, size, enough = [], 0, 2 * enough
    if group:
        yield group


class _VectorsByText:
    """Finds each text's vector in the store, with the batch's own, or with a batch that is still on its way.

    ``stored`` is called by the thread that writes, the rest by another one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: dict[str, Vectors | None] = {}
        """Texts that an encoder was given and that are not stored yet; None until their vector has arrived."""

    def batch(self, articles: Sequence[tuple[Changed, Parts]]) -> Batch:
        """The articles, with what an encoder has to embed for them: what it was not given before."""
        texts = _flat(parts for _, parts in articles)
        # In this order: what is stored between the two steps is still known to be under way.
        under_way = {text for text in texts if text in self._under_way}
        known = self._store.known_vectors([text for text in texts if text not in under_way])
        new = tuple(text for text in texts if text not in known and text not in under_way)
        self._under_way.update(dict.fromkeys(new))
        return Batch(tuple(articles), known, new)

    def passages(self, batch: Batch, embedded: Sequence[Vectors]) -> list[list[IndexedPassage]]:
        """The passages of each of the batch's articles; ``embedded`` are the vectors of its new texts."""
        vectors = {**batch.known, **dict(zip(batch.new, embedded, strict=True))}
        self._under_way.update((text, vectors[text]) for text in batch.new)
        # Earlier batches were given the rest, and are embedded by now; some of them are stored.
        for text in _flat(parts for _, parts in batch.articles):
            if text not in vectors and (vector := self._under_way.get(text)) is not None:
                vectors[text] = vector
        missing = [text for text in _flat(parts for _, parts in batch.articles) if text not in vectors]
        if missing:
            vectors.update(self._store.known_vectors(missing))
        return [_indexed(parts, vectors) for _, parts in batch.articles]

    def stored(self, batch: Batch) -> None:
        """The store knows the batch's texts from now on."""
        for text in batch.new:
            self._under_way.pop(text, None)


def _writer(store: Store, vectors: _VectorsByText, advance: Advance) -> Callable[[Stored], None]:
    """Stores each article in a transaction of its own."""

    def write(ready: Stored) -> None:
        batch, passages = ready
        for (one, _), indexed in zip(batch.articles, passages, strict=True):
            store.put(one.article, one.path, one.digest, indexed)
            advance(1, len(indexed))
        vectors.stored(batch)

    return write


def _flat(parts: Iterable[Parts]) -> list[str]:
    return list(dict.fromkeys(text for one in parts for group in one.texts for text in group))


def _indexed(parts: Parts, vectors: Mapping[str, Vectors]) -> list[IndexedPassage]:
    return [
        IndexedPassage(passage, group, np.stack([vectors[text] for text in group]), words)
        for passage, group, words in zip(parts.passages, parts.texts, parts.words, strict=True)
    ]


def prepared_texts(article: Article, encoder: Encoder) -> list[str]:
    """The texts of one article that ``index`` embeds, each once: passages under their titles, and sentences."""
    return _flat([parts_of(article, encoder)])


def indexed_passages(article: Article, encoder: Encoder) -> list[IndexedPassage]:
    """What ``index`` stores of one article, all of it embedded anew."""
    parts = parts_of(article, encoder)
    flat = _flat([parts])
    return _indexed(parts, dict(zip(flat, encoder.encode_passages(flat), strict=True)))


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
