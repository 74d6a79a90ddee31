"""LangChain: its FAISS store and its BM25 retriever in an ``EnsembleRetriever`` of equal weights."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main


def french_stems() -> Callable[[str], list[str]]:
    """What makes of a text the stems that BM25 counts. By default it splits at spaces, so that "l'appel," is a word."""
    import Stemmer

    stemmer, word = Stemmer.Stemmer("french"), re.compile(r"\w+")
    return lambda text: list(stemmer.stemWords(word.findall(text.lower())))


class LangChainEnsemble:
    """The FAISS store is written to disk; BM25 cannot be, and is built again from the stored texts at each load."""

    packages = ("langchain-classic", "langchain-community", "langchain-huggingface", "rank-bm25", "faiss-cpu", "torch")

    def load(self) -> None:
        """The model, with its prompts by name."""
        from langchain_community.vectorstores import FAISS
        from langchain_huggingface import HuggingFaceEmbeddings

        self._faiss = FAISS
        self._embeddings = HuggingFaceEmbeddings(
            model_name=os.environ["PEERS_MODEL"],
            encode_kwargs={"prompt_name": "document"},
            query_encode_kwargs={"prompt_name": "query"},
        )

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """The FAISS store, which keeps the texts too."""
        from langchain_core.documents import Document

        documents = [Document(page_content=text, metadata={"place": place}) for place, text in enumerate(passages)]
        self._faiss.from_documents(documents, self._embeddings).save_local(str(folder))

    def open(self, folder: Path) -> None:
        """The store, and BM25 over its texts."""
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever

        self.load()
        # The texts are kept as a pickle, which LangChain opens only for whoever vouches for it.
        store = self._faiss.load_local(str(folder), self._embeddings, allow_dangerous_deserialization=True)
        documents = store.get_by_ids(list(store.index_to_docstore_id.values()))
        words = BM25Retriever.from_documents(documents, k=DEEP, preprocess_func=french_stems())
        dense = store.as_retriever(search_kwargs={"k": DEEP})
        self._ensemble = EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5])

    def search(self, question: str) -> list[tuple[int, str]]:
        """The ensemble returns all that either of the two found."""
        found = self._ensemble.invoke(question)[:DEEP]
        return [(document.metadata["place"], document.page_content) for document in found]


if __name__ == "__main__":
    main(LangChainEnsemble())
