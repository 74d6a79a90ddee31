"""What a store of articles must do; nothing else in the project knows how it is done.

``rag.sqlite.SqliteStore`` does it on one machine, ``rag.milvus.MilvusStore`` for several; ``rag.opening`` chooses by
the settings. Any other engine takes their place behind the same protocol.

Errors::

    StoreError              the store cannot do what was asked; the message says what to do
    ├── StoreMismatch       made by another model or an incompatible version
    ├── NothingToIndex      no article in the folders named
    ├── StoreLocked         another process is writing
    └── StoreDamaged        the database or a vector in it cannot be trusted
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from corpus.article import Article, Passage, Span
from embeddings.encoder import Vectors
from rag.hits import EVERYTHING, Filters

if TYPE_CHECKING:
    from rag.notes import Notes


class StoreError(Exception):
    """The store cannot do what was asked; the message is one sentence with the way out."""


class StoreMismatch(StoreError):
    """The store was made by another encoder, splitter or version."""


class NothingToIndex(StoreError):
    """The files and folders named hold no article."""


class StoreLocked(StoreError):
    """Another process is writing to the store."""


class StoreDamaged(StoreError):
    """What is on disk cannot be trusted."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """What is known of an indexed article, without its text; ``passages`` is their number."""

    id: str
    title: str
    author: str | None
    publication: str | None
    date: date | None
    language: str
    source: str
    path: str
    digest: str
    passages: int


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage with what is searched: its vector ``(d,)``, its sentences' ``(s, d)``, and its words by field.

    ``texts`` are the texts that were embedded (the passage's first, then one a sentence); the store keeps their
    digests so that the same text is never embedded twice. ``words`` are space-separated stems of title, about
    (author, publication, date), heading and body. A passage copied from another store has no ``texts`` but their
    ``digests``.
    """

    passage: Passage
    texts: tuple[str, ...]
    vectors: Vectors
    words: tuple[str, str, str, str]
    copied: tuple[bytes, ...] = ()

    @property
    def digests(self) -> tuple[bytes, ...]:
        """What tells the embedded texts: of the passage's first, then one a sentence."""
        return self.copied or tuple(digest(text) for text in self.texts)


def digest(text: str) -> bytes:
    """16 bytes that tell an embedded text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a passage that at least one search found; higher is better for all three.

    ``dense`` is the cosine of question and passage, ``sentence`` that of the question and the passage's best
    sentence, ``words`` BM25 (0 when no word is shared). ``key`` tells the passage within one search.
    """

    key: int
    dense: float
    sentence: float
    words: float


Choice = Callable[[list[Scores]], list[Scores]]
"""Orders what the searches found, best first, and cuts it to what is wanted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chosen passage with its article and its scores."""

    row: ArticleRow
    passage: Passage
    scores: Scores


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check looked at; ``mend`` is the command that mends it when ``ok`` is false."""

    what: str
    ok: bool
    detail: str
    mend: str = ""


class Store(Protocol):
    """Articles, their passages, sentences and vectors; safe to read from several threads."""

    @property
    def notes(self) -> Notes:
        """What readers leave beside the articles."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store's only pen; on leaving, derived files are brought up to date. ``StoreLocked`` if taken."""

    def put(self, article: Article, path: str, digest: str, passages: Sequence[IndexedPassage]) -> None:
        """Add the article or replace it, in one transaction: all of it or nothing."""

    def remove(self, article: str) -> None:
        """Remove the article with all its passages, in one transaction."""

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Vectors ``(d,)`` of those of ``texts`` that were embedded before, by text."""

    def articles(self) -> list[ArticleRow]:
        """All articles, by title."""

    def article(self, article: str) -> Article:
        """One article with its text. ``StoreError`` when there is none of that id."""

    def indexed(self, article: str) -> list[IndexedPassage]:
        """One article's passages as they were put, in order, digests in place of texts; nothing is embedded."""

    def search(
        self,
        vector: Vectors,
        terms: Sequence[str],
        depth: int,
        filters: Filters = EVERYTHING,
        choose: Choice = list,
    ) -> list[Candidate]:
        """The ``depth`` best passages of each search (passage vectors, sentence vectors, words), united.

        ``vector`` is the question's, shape ``(d,)``; ``terms`` are its stems. ``choose`` orders and cuts what was
        found before any text is read. All of it is seen in one state of the store.
        """

    def sentence_vectors(self, spans: Sequence[tuple[str, Span]]) -> Vectors:
        """Vectors ``(n, d)`` of sentences given as (article, span); zeros for a span that is no sentence."""

    def document_frequencies(self, terms: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each term stands (absent: 0), and the number of passages."""

    def vocabulary(self) -> Mapping[str, Mapping[str, int]]:
        """By first letter, every stem that can be searched and in how many passages it stands; quick to ask again."""

    def check(self) -> list[Finding]:
        """Whether the database is sound and everything derived from it agrees with it."""

    def mend(self) -> None:
        """Make again what is derived and missing, stale or damaged, from what the store holds."""

    def close(self) -> None:
        """Let go of files and connections."""


NO_ARTICLES = "No article is indexed yet: run “standardiste index FOLDER” with a folder of articles."
