"""Standardiste as it is used: a paragraph is an article in a text file, read, split and indexed by its own pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main


class Standardiste:
    """Passages, sentences and words are indexed; a question searches all three, and is not shown to the reader."""

    packages = ("openvino", "faiss-cpu", "numpy")

    def load(self) -> None:
        """The encoder, with one text encoded: it is compiled in the background until then."""
        from rag.opening import open_encoder
        from rag.settings import load_settings

        self._encoder = open_encoder(load_settings())
        self._encoder.encode_passages(["Bonjour"])

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """Files, then ``rag.build.index``: reading, cleaning and splitting them is part of it."""
        from rag.build import index
        from rag.opening import open_store
        from rag.settings import load_settings

        articles = folder.with_name(f"{folder.name}-articles")
        articles.mkdir(exist_ok=True)
        for place, text in enumerate(passages):
            (articles / f"p{place:05d}.txt").write_text(text + "\n", encoding="utf-8")
        index(open_store(load_settings(folder), self._encoder), self._encoder, [articles])

    def open(self, folder: Path) -> None:
        """Store and encoder."""
        from rag.opening import open_encoder, open_questions, open_store
        from rag.retrieve import Retriever
        from rag.settings import load_settings

        settings = load_settings(folder)
        self._encoder = open_encoder(settings)
        self._retriever = Retriever(
            open_store(settings, self._encoder), self._encoder, tuned=open_questions(self._encoder)
        )

    def search(self, question: str) -> list[tuple[int, str]]:
        """The article of each passage once, at its best."""
        best: dict[int, str] = {}
        for hit in self._retriever.search(question, k=DEEP).hits:
            best.setdefault(int(hit.article.removeprefix("p")), hit.text)
        return list(best.items())


if __name__ == "__main__":
    main(Standardiste())
