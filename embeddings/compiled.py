"""The fast path: the default encoder on OpenVINO, without torch, transformers or sentence_transformers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.e5 import PACKED_FILE, PROMPTS, WINDOW
from embeddings.encoder import Vectors, warn_of_cut
from embeddings.graph import MASKED, bert_graph
from embeddings.packed import PackedModel
from embeddings.pieces import PieceTokenizer
from embeddings.runtime import import_openvino

if TYPE_CHECKING:
    import openvino  # type: ignore[import-untyped]


BATCH_TOKENS = 2048
"""Tokens a batch may hold, padding included: 16 passages of 128. Larger batches gained nothing on 2 cores, and
a question that arrives meanwhile waits for one batch at most."""


class CompiledEncoder:
    """An ``Encoder`` over the folder that ``embeddings.e5`` writes. Safe to share by threads."""

    def __init__(self, folder: Path, name: str) -> None:
        """Opens the weights and starts compiling in the background; the first encoding waits for it.

        Raises ``PackedFileError`` if the weights are not whole.
        """
        self.name = name
        self.window = WINDOW
        self._model = PackedModel(folder / PACKED_FILE)
        self.dimension = self._model.shape.hidden
        self._tokenizer = PieceTokenizer(self._model.pieces, folder / "pieces.npy", folder / "tokenizer.json")
        self._one_at_a_time = threading.Lock()
        self._request: openvino.InferRequest | None = None
        self._failure: Exception | None = None
        # Compiling holds no Python lock: opening the store or importing FAISS goes on beside it.
        self._compiling = threading.Thread(target=self._compile, name="compile-encoder", daemon=True)
        self._compiling.start()

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""
        return len(self._tokenizer.encode([PROMPTS["passage"] + text])[0])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""
        return self._encode([PROMPTS["query"] + text for text in texts], passing=True)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, each of length 1."""
        return self._encode([PROMPTS["passage"] + text for text in texts], passing=False)

    def _encode(self, texts: list[str], *, passing: bool) -> Vectors:
        tokens = [self._cut(ids) for ids in self._tokenizer.encode(texts, passing=passing)]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch in batches([len(ids) for ids in tokens]):
            vectors[batch] = self._infer([tokens[n] for n in batch])
        return vectors

    def _cut(self, ids: list[int]) -> list[int]:
        if len(ids) <= self.window:
            return ids
        warn_of_cut(len(ids), self.window)
        return [*ids[: self.window - 1], ids[-1]]

    def _infer(self, tokens: list[list[int]]) -> Vectors:
        longest = max(map(len, tokens))
        ids = np.full((len(tokens), longest), self._model.pieces.pad, np.int64)
        mask = np.full((len(tokens), 1, 1, longest), MASKED, np.float32)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, ..., : len(text)] = 0
        words = self._model.word_rows(ids)
        request = self._ready()
        with self._one_at_a_time:
            request.infer([words, mask])
            # A copy: the next call writes over the request's output.
            vectors = np.array(request.get_output_tensor(0).data, np.float32)
        # bfloat16 leaves the length a few millionths off 1.
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised

    def _ready(self) -> openvino.InferRequest:
        self._compiling.join()
        if self._request is None:
            raise RuntimeError(f"the encoder {self.name} could not be compiled") from self._failure
        return self._request

    def _compile(self) -> None:
        try:
            core = import_openvino().Core()
            capable = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            precision = "bf16" if "BF16" in capable else "f32"
            options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
            compiled = core.compile_model(bert_graph(self._model), "CPU", options)
            self._request = compiled.create_infer_request()
        except Exception as error:  # noqa: BLE001 - a thread has no caller; _ready raises it
            self._failure = error


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Places of ``lengths`` in batches of like length, longest first, each within ``tokens`` with padding.

    A text longer than ``tokens`` makes a batch alone.
    """
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > tokens:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
