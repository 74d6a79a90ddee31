"""The fast path: the default encoder on OpenVINO, without torch, transformers or sentence_transformers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.e5 import PACKED_FILE, PROMPTS, WINDOW
from embeddings.encoder import Vectors, cut
from embeddings.engine import Compiling, Engine, token_inputs
from embeddings.graph import bert_graph
from embeddings.packed import PackedModel
from embeddings.pieces import PieceTokenizer

BATCH_TOKENS = 1024
"""Tokens a batch may hold, padding included: some eight passages. Larger ones gained nothing and share out worse."""
MANY_BATCHES = 4
"""From here on it pays to compile a second time, with a core to each batch: 8% quicker on an idle machine, a third
on a busy one, where two cores at work on one batch keep waiting for each other."""


@dataclass(frozen=True, slots=True)
class Words:
    """The default encoder's weights and its tokenizer, which the reader shares."""

    model: PackedModel
    tokenizer: PieceTokenizer


def open_words(folder: Path) -> Words:
    """Those of the folder that ``embeddings.e5`` writes. Raises ``PackedFileError`` if the weights are not whole."""
    model = PackedModel(folder / PACKED_FILE)
    return Words(model, PieceTokenizer(model.pieces, folder / "pieces.npy"))


def count_tokens(tokenizer: PieceTokenizer, text: str) -> int:
    """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""
    return len(tokenizer.encode([PROMPTS["passage"] + text])[0])


class CompiledCounter:
    """What splitting needs of a ``CompiledEncoder``, without compiling it."""

    window = WINDOW

    def __init__(self, folder: Path) -> None:
        """Opens the tokenizer. Raises ``PackedFileError`` if the weights are not whole."""
        self._tokenizer = open_words(folder).tokenizer

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""
        return count_tokens(self._tokenizer, text)


class CompiledEncoder:
    """An ``Encoder`` over the folder that ``embeddings.e5`` writes. Safe to share by threads."""

    def __init__(self, folder: Path, name: str, threads: int = 0) -> None:
        """Opens the weights; the first encoding compiles them.

        ``threads`` are the most it may work with; 0: as many as there are cores.

        Raises ``PackedFileError`` if the weights are not whole.
        """
        self.name = name
        self.window = WINDOW
        self.words = open_words(folder)
        self._model, self._tokenizer = self.words.model, self.words.tokenizer
        self.dimension = self._model.shape.hidden
        self._lock = threading.Lock()
        self._latency = Compiling(
            f"the encoder {name}", lambda small: bert_graph(self._model, small), "LATENCY", threads
        )
        self._threads = threads
        self._throughput: Engine | None = None

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""
        return count_tokens(self._tokenizer, text)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""
        return self._encode([PROMPTS["query"] + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, each of length 1."""
        return self._encode([PROMPTS["passage"] + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        tokens = [cut(ids, self.window) for ids in self._tokenizer.encode(texts)]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        plan = list(batches([len(ids) for ids in tokens]))
        # A core to each batch ties threads to cores: encoders of several processes would meet on the same ones.
        many = len(plan) >= MANY_BATCHES and not self._threads
        engine = self._for_many() if many else self._latency.engine()
        made = engine.run(token_inputs(self._model, [tokens[place] for place in batch]) for batch in plan)
        for batch, (rows,) in zip(plan, made, strict=True):
            # bfloat16 leaves the length a few millionths off 1.
            vectors[batch] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return vectors

    def _for_many(self) -> Engine:
        with self._lock:
            if self._throughput is None:
                self._throughput = Engine(lambda small: bert_graph(self._model, small), "THROUGHPUT")
            return self._throughput


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
