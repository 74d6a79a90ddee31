"""txtai: an ``Embeddings`` database, hybrid (vectors in FAISS and BM25), with the texts in SQLite as RAG needs them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main

WORDS = r"\w+"
"""What BM25 counts; it takes a pattern and stop words but no stemmer. By default "l'appel" is one word."""


class TxtaiHybrid:
    """The model's prompts are read from its folder."""

    packages = ("txtai", "transformers", "faiss-cpu", "torch")

    def load(self) -> None:
        """The model, and what ``hybrid=True`` stands for with French words added."""
        from txtai import Embeddings

        from rag.words import STOP_WORDS

        tokenizer = {"regexp": WORDS, "stopwords": sorted(STOP_WORDS["fr"])}
        scoring = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": tokenizer}
        self._embeddings = Embeddings(path=os.environ["PEERS_MODEL"], content=True, dense=True, scoring=scoring)

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """Index, then save."""
        self._embeddings.index(passages)
        self._embeddings.save(str(folder))

    def open(self, folder: Path) -> None:
        """Settings and the model's path are part of what was saved."""
        from txtai import Embeddings

        self._embeddings = Embeddings()
        self._embeddings.load(str(folder))

    def search(self, question: str) -> list[tuple[int, str]]:
        """Both scores count by half."""
        return [(int(found["id"]), found["text"]) for found in self._embeddings.search(question, DEEP)]


if __name__ == "__main__":
    main(TxtaiHybrid())
