"""Articles and an encoder small enough to index a folder hundreds of times."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors
from rag.sqlite import SqliteStore

TOPICS = ("salon", "tarifs", "formation", "serveur vocal", "qualité", "délocalisation", "absentéisme", "horaires")


class SmallEncoder:
    """A vector of 64 buckets of words: two texts are as alike as the words they share."""

    name = "buckets:1"
    dimension = 64
    window = 512

    def count_tokens(self, text: str) -> int:
        """Words, and two more."""
        return len(text.split()) + 2

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors ``(n, 64)`` of length 1."""
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """The same for passages."""
        return self.encode_queries(texts)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, dtype=np.float32)
        for word in text.lower().split():
            vector[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def article(topic: str, edition: int, paragraphs: int = 3) -> str:
    """An article in which every sentence says its edition."""
    body = "\n\n".join(
        f"Le {topic} occupe le centre d'appels numéro {part} dans l'édition {edition}. "
        f"Les conseillers en parlent {part + edition} fois par jour dans l'édition {edition}."
        for part in range(1, paragraphs + 1)
    )
    return f"---\ntitle: Le {topic} en question\nlanguage: fr\n---\n{body}\n"


def write_articles(folder: Path, topics: Iterable[str], edition: int, paragraphs: int = 3) -> None:
    """Write an article a topic."""
    folder.mkdir(parents=True, exist_ok=True)
    for topic in topics:
        (folder / f"{topic.replace(' ', '-')}.md").write_text(article(topic, edition, paragraphs), encoding="utf-8")


def open_store(folder: Path) -> SqliteStore:
    """The store in ``folder``, for the small encoder."""
    return SqliteStore(folder, SmallEncoder.name, SmallEncoder.dimension)


def found_passages(
    store: SqliteStore, encoder: SmallEncoder, question: str, words: Sequence[str]
) -> set[tuple[str, int]]:
    """(article, number) of every passage that a search finds, however deep."""
    vector = encoder.encode_queries([question])[0]
    return {(one.row.id, one.passage.number) for one in store.search(vector, words, 100_000)}
