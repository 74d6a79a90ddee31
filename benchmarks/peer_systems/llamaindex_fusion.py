"""LlamaIndex: its FAISS store and its BM25 retriever under a ``QueryFusionRetriever`` (reciprocal rank fusion)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main

DIMENSION = 384


class LlamaIndexFusion:
    """The fusion sorts each list by falling score. The index of distances that the FAISS store's example shows gives
    the nearest the lowest, which turns the list round; with inner products it works as meant.
    """  # noqa: D205

    packages = (
        "llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-faiss",
        "llama-index-retrievers-bm25", "faiss-cpu", "torch",
    )  # fmt: skip

    def load(self) -> None:
        """The model, with its prompts; a model on disk is not asked for them."""
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._embedding = HuggingFaceEmbedding(
            model_name=os.environ["PEERS_MODEL"], query_instruction="query: ", text_instruction="passage: "
        )

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """Vectors, texts and BM25, each with its own files."""
        import faiss
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.retrievers.bm25 import BM25Retriever
        from llama_index.vector_stores.faiss import FaissVectorStore

        nodes = [TextNode(text=text, id_=str(place)) for place, text in enumerate(passages)]
        storage = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatIP(DIMENSION)))
        VectorStoreIndex(nodes, storage_context=storage, embed_model=self._embedding)
        storage.persist(persist_dir=str(folder))
        words = BM25Retriever.from_defaults(
            nodes=nodes, similarity_top_k=DEEP, stemmer=_french_stemmer(), language="fr"
        )
        words.persist(str(folder / "bm25"))

    def open(self, folder: Path) -> None:
        """All of them; of one query nothing is generated, yet the fusion wants a language model: a mock."""
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.retrievers.bm25 import BM25Retriever
        from llama_index.vector_stores.faiss import FaissVectorStore

        self.load()
        vectors = FaissVectorStore.from_persist_dir(str(folder))
        storage = StorageContext.from_defaults(vector_store=vectors, persist_dir=str(folder))
        dense = load_index_from_storage(storage, embed_model=self._embedding).as_retriever(similarity_top_k=DEEP)
        words = BM25Retriever.from_persist_dir(str(folder / "bm25"))
        # It is not stored: a loaded retriever would look for whole words among stems.
        words.stemmer = _french_stemmer()
        self._fusion = QueryFusionRetriever(
            [dense, words], llm=MockLLM(), num_queries=1, mode="reciprocal_rerank", similarity_top_k=DEEP
        )

    def search(self, question: str) -> list[tuple[int, str]]:
        """The fused list."""
        return [(int(found.node.node_id), found.node.get_content()) for found in self._fusion.retrieve(question)]


def _french_stemmer() -> object:
    import Stemmer

    return Stemmer.Stemmer("french")


if __name__ == "__main__":
    main(LlamaIndexFusion())
