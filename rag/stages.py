"""What indexing hands from stage to stage, and who may do the stages: this process, or a cluster.

The store is no stage: whoever does them, one process holds its pen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.article import Article, Passage
from corpus.draft import UnreadableArticle
from embeddings.encoder import Vectors


@dataclass(frozen=True, slots=True)
class Changed:
    """An article that the store does not hold in this form, under its id there; ``digest`` is its content's."""

    article: Article
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What an article is split into: its passages; for each the texts to embed (passage, then sentences), and words."""

    passages: tuple[Passage, ...]
    texts: tuple[tuple[str, ...], ...]
    words: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Articles stored one after the other.

    ``known`` are vectors of texts that the store holds; ``new`` are the texts to embed. What is in neither is
    embedded with an earlier batch.
    """

    articles: tuple[tuple[Changed, Parts], ...]
    known: dict[str, Vectors]
    new: tuple[str, ...]


class Stages(Protocol):
    """Does the work between files and store. Each stage yields in the order of what it takes, and may look ahead.

    ``read`` and ``split`` run in one thread, ``embed`` in another.
    """

    def read(self, files: Iterable[Path]) -> Iterator[tuple[Path, Article | UnreadableArticle]]:
        """Each file with its article, or why it has none, as ``corpus.read.read_articles``."""

    def split(self, changed: Iterable[Changed]) -> Iterator[tuple[Changed, Parts]]:
        """Each article with its parts."""

    def embed(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Sequence[Vectors]]]:
        """Each batch with the vectors ``(d,)`` of its ``new`` texts."""
