"""Haystack: BM25 and vectors of the in-memory store, joined by reciprocal rank, as its tutorial on hybrid search."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main


class HaystackHybrid:
    """The store is one JSON file; its BM25 counts words, and takes a pattern for them but no stemmer."""

    packages = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch")

    def load(self) -> None:
        """The model for documents."""
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        self._embedder = SentenceTransformersDocumentEmbedder(
            model=os.environ["PEERS_MODEL"], prefix="passage: ", progress_bar=False
        )
        self._embedder.warm_up()

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """Embed and write in a pipeline."""
        from haystack import Document, Pipeline
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore()
        pipeline = Pipeline()
        pipeline.add_component("embed", self._embedder)
        pipeline.add_component("write", DocumentWriter(document_store=store))
        pipeline.connect("embed", "write")
        documents = [Document(content=text, meta={"place": place}) for place, text in enumerate(passages)]
        pipeline.run({"embed": {"documents": documents}})
        store.save_to_disk(str(folder / "store.json"))

    def open(self, folder: Path) -> None:
        """The store and a pipeline over it, with the model for questions alone."""
        from haystack import Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

        store = InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
        embedder = SentenceTransformersTextEmbedder(
            model=os.environ["PEERS_MODEL"], prefix="query: ", progress_bar=False
        )
        self._pipeline = Pipeline()
        self._pipeline.add_component("question", embedder)
        self._pipeline.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=DEEP))
        self._pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=DEEP))
        self._pipeline.add_component("join", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEEP))
        self._pipeline.connect("question.embedding", "dense.query_embedding")
        self._pipeline.connect("dense", "join")
        self._pipeline.connect("words", "join")

    def search(self, question: str) -> list[tuple[int, str]]:
        """The joined list."""
        done = self._pipeline.run({"question": {"text": question}, "words": {"query": question}})
        return [(document.meta["place"], document.content) for document in done["join"]["documents"]]


if __name__ == "__main__":
    main(HaystackHybrid())
