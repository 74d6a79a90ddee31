"""Articles added, removed and put back one by one, while others go on asking."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from corpus.article import Article
from embeddings.encoder import Encoder
from rag.build import content_digest, indexed_passages
from rag.store import Store, StoreError

ADDED = "added:"
"""Begins the path of an article that was handed over rather than read from a folder; no ``--prune`` removes it."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What it takes to put an article back."""

    article: Article
    path: str
    digest: str


def add(store: Store, encoder: Encoder, article: Article, name: str) -> str:
    """Index ``article``, handed over as the file ``name``, in place of an earlier one of that name; returns its id.

    The store's pen is held only for writing, not while the article is embedded. Raises ``StoreLocked``.
    """
    path = ADDED + name
    rows = store.articles()
    known = next((row.id for row in rows if row.path == path), None)
    article = replace(article, id=known or _free(article.id, {row.id for row in rows}))
    passages = indexed_passages(article, encoder)
    with store.writing():
        store.put(article, path, content_digest(article), passages)
    return article.id


def remove(store: Store, article: str) -> Removed:
    """Take an article out of the index. Raises ``StoreError`` when there is none of that id, ``StoreLocked``."""
    row = next((row for row in store.articles() if row.id == article), None)
    if row is None:
        raise StoreError(f"There is no article “{article}” any more.")
    removed = Removed(store.article(article), row.path, row.digest)
    with store.writing():
        store.remove(article)
    return removed


def restore(store: Store, encoder: Encoder, removed: Removed) -> None:
    """Put a removed article back as it was. Raises ``StoreLocked``."""
    passages = indexed_passages(removed.article, encoder)
    with store.writing():
        store.put(removed.article, removed.path, removed.digest, passages)


def _free(name: str, taken: Set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
