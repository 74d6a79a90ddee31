"""sentence-transformers and a flat FAISS index of inner products, as in its page on semantic search: vectors alone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peer_systems.harness import DEEP, main


class SentenceTransformersFaiss:
    """``encode_document`` and ``encode_query`` put the model's own prompts before the texts."""

    packages = ("sentence-transformers", "faiss-cpu", "transformers", "torch")

    def load(self) -> None:
        """The model."""
        import faiss
        from sentence_transformers import SentenceTransformer

        self._faiss = faiss
        self._model = SentenceTransformer(os.environ["PEERS_MODEL"])

    def index(self, passages: Sequence[str], folder: Path) -> None:
        """A FAISS file, and the texts in a JSON file."""
        vectors = self._model.encode_document(list(passages), normalize_embeddings=True, show_progress_bar=False)
        flat = self._faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        self._faiss.write_index(flat, str(folder / "flat.faiss"))
        (folder / "texts.json").write_text(json.dumps(passages), encoding="utf-8")

    def open(self, folder: Path) -> None:
        """Both files."""
        self.load()
        self._flat = self._faiss.read_index(str(folder / "flat.faiss"))
        self._texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))

    def search(self, question: str) -> list[tuple[int, str]]:
        """The nearest vectors."""
        vector = self._model.encode_query([question], normalize_embeddings=True, show_progress_bar=False)
        _, places = self._flat.search(vector, DEEP)
        return [(int(place), self._texts[place]) for place in places[0]]


if __name__ == "__main__":
    main(SentenceTransformersFaiss())
