"""What the workers of a cluster do: read, assemble, split, embed. None of it knows Ray or the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.apart import ReadDraft, kept_worker
from corpus.article import Article
from corpus.draft import UnreadableArticle
from corpus.split import VERSION as SPLITTER
from embeddings.encoder import Encoder, TokenCounter, Vectors, load_counter, load_encoder
from rag.parts import parts_of
from rag.stages import Parts
from rag.words import VERSION as WORDS

Found = list[list[ReadDraft] | str]
"""For each file its drafts, or why it has none."""
Edges = list[list[str]]
"""For each draft what stands at its edges, as ``corpus.clean.edges_of``."""
Identity = tuple[str, int, int, int]
"""The name and dimension of an encoder, the versions of splitter and stems: what all of a store must be made with."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a worker gets its encoder, and what counts its tokens; both are called with ``name``."""

    name: str
    encoder: Callable[[str, int], Encoder] = load_encoder
    """Also called with how many threads it may work with."""
    counter: Callable[[str], TokenCounter] = load_counter


def identity_of(encoder: Encoder) -> Identity:
    """What tells whether two machines make the same of an article."""
    return encoder.name, encoder.dimension, SPLITTER, WORDS


def read_files(files: Sequence[tuple[str, bytes]]) -> tuple[Found, Edges]:
    """Read files given as name and content: the folder that they lie in need not be this machine's."""
    with TemporaryDirectory(prefix="standardiste-") as folder:
        paths = []
        for number, (name, content) in enumerate(files):
            path = Path(folder, str(number), name)
            path.parent.mkdir()
            path.write_bytes(content)
            paths.append(path)
        return read_paths(paths)


def read_paths(paths: Sequence[Path]) -> tuple[Found, Edges]:
    """Read files of this machine, in a process of their own."""
    found: Found = []
    for path in paths:
        drafts = kept_worker().read_drafts(path)
        found.append(drafts.why if isinstance(drafts, UnreadableArticle) else drafts)
    return found, [draft["edges"] for drafts in found if isinstance(drafts, list) for draft in drafts]


def assemble_files(names: Sequence[str], found: Found, repeated: tuple[str, ...]) -> list[tuple[int, Article | str]]:
    """The articles of files whose drafts were ``found``, each with its file's place in ``names``, or why it has none.

    ``repeated`` is what stands at the edges of several drafts of the whole corpus.
    """
    articles: list[tuple[int, Article | str]] = []
    for place, (name, drafts) in enumerate(zip(names, found, strict=True)):
        if isinstance(drafts, str):
            articles.append((place, drafts))
            continue
        for draft in drafts:
            article = kept_worker().assemble(Path(name), draft, repeated)
            if article is not None:
                articles.append((place, article.why if isinstance(article, UnreadableArticle) else article))
    return articles


def split_articles(articles: Sequence[Article], recipe: Recipe) -> list[Parts]:
    """What each article is split into. Raises ``WeightsError`` when this machine lacks the encoder's tokenizer."""
    counter = _counter(recipe)
    return [parts_of(article, counter) for article in articles]


@lru_cache(maxsize=1)
def _counter(recipe: Recipe) -> TokenCounter:
    return recipe.counter(recipe.name)


class Embedder:
    """An encoder on one core, kept by a process for as long as it lives."""

    def __init__(self, recipe: Recipe) -> None:
        """Loads nothing yet: what fails in a constructor cannot be told from a process that died."""
        self._recipe = recipe
        self._encoder: Encoder | None = None

    def identity(self) -> Identity:
        """Load the encoder and say which it is. Raises ``WeightsError`` when this machine lacks its weights."""
        return identity_of(self._loaded())

    def embed(self, texts: Sequence[str]) -> tuple[Vectors, list[str]]:
        """Vectors ``(len(texts), d)``, and what the encoder warned of meanwhile."""
        with _heard() as warnings:
            return self._loaded().encode_passages(texts), warnings

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._recipe.encoder(self._recipe.name, 1)
        return self._encoder


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what the encoder's loggers warn of: nobody watches this process."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, collector = logging.getLogger("embeddings"), Collector(logging.WARNING)
    logger.addHandler(collector)
    try:
        yield messages
    finally:
        logger.removeHandler(collector)
