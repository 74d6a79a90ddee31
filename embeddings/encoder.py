"""Text → unit vectors."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.weights import DEFAULT_ENCODER, WeightsError, locate
from embeddings.wheels import file_sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
_log = logging.getLogger(__name__)
BATCH = 32


class TokenCounter(Protocol):
    """Says how long a text is for an encoder; all that splitting needs of one."""

    window: int
    """The most tokens a text may have, prompt and special tokens included."""

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""


class Encoder(TokenCounter, Protocol):
    """Turns texts into unit vectors whose inner product is their similarity."""

    name: str
    """What the store remembers: the model's name and the digest of its weights."""
    dimension: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, each of length 1."""


def load_encoder(name: str | None = None, threads: int = 0) -> Encoder:
    """The encoder called ``name``: the default model's compiled fast path, or any SentenceTransformer.

    ``name`` is a manifest's name, a folder, or a Hugging Face Hub name that is on this machine; None means the
    default. ``threads`` are the most it may work with; 0: as many as there are cores. Raises ``WeightsError`` if the
    weights are missing, damaged or not an encoder.
    """
    name = name or DEFAULT_ENCODER
    folder = locate(name)
    if name == DEFAULT_ENCODER:
        from embeddings.compiled import CompiledEncoder
        from embeddings.manifest import manifests

        return CompiledEncoder(folder, f"{name}:{manifests()[name].digest[:8]}", threads)
    return SentenceTransformerEncoder(name, folder, threads)


def load_counter(name: str | None = None) -> TokenCounter:
    """What counts tokens as ``load_encoder(name)`` does: for the default model its tokenizer alone, else all of it.

    Raises ``WeightsError`` as ``load_encoder`` does.
    """
    name = name or DEFAULT_ENCODER
    if name == DEFAULT_ENCODER:
        from embeddings.compiled import CompiledCounter

        return CompiledCounter(locate(name))
    return load_encoder(name, threads=1)


def load_sentence_transformer(name: str | None = None) -> SentenceTransformer:
    """The real ``SentenceTransformer`` called ``name``, on the CPU, from this machine's disk only.

    Importing the library takes 6–7 s. Raises ``WeightsError`` as ``load_encoder`` does.
    """
    return _open(name or DEFAULT_ENCODER, locate(name or DEFAULT_ENCODER))


def _open(name: str, folder: Path) -> SentenceTransformer:
    # Read by the libraries when they are imported: the folder is complete, nothing may be looked up.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # A bar for a loading that takes a second, in the middle of our own messages.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{name} ({folder}) is not a SentenceTransformer that can be loaded: {error}") from error


class SentenceTransformerEncoder:
    """Any SentenceTransformer as an ``Encoder``, with its own prompts; not as quick as the compiled path."""

    def __init__(self, name: str, folder: Path, threads: int = 0) -> None:
        """Loads ``folder``; ``name`` is what the user called it, ``threads`` holds for this whole process."""
        self._model = _open(name, folder)
        if threads:
            import torch

            torch.set_num_threads(threads)
        self.name = f"{Path(name).name}:{_weights_digest(folder)[:8]}"
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512)
        self._passage_prompt = self._prompt("passage", "document", "corpus")

    def _prompt(self, *kinds: str) -> str:
        prompts = self._model.prompts
        return next((prompt for kind in kinds if (prompt := prompts.get(kind))), "")

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""
        encoded = self._model.tokenizer(self._passage_prompt + text, truncation=False, verbose=False)
        return len(encoded["input_ids"])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""
        return self._encode(texts, self._prompt("query"))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, each of length 1."""
        for text in texts:
            # A character is never less than a token's worth of bytes: most texts need no counting.
            if len(text.encode()) > self.window and (tokens := self.count_tokens(text)) > self.window:
                warn_of_cut(tokens, self.window)
        return self._encode(texts, self._passage_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, np.float32)


def warn_of_cut(tokens: int, window: int) -> None:
    """Says that a text of ``tokens`` tokens lost its end: no cut is silent."""
    _log.warning(
        "a text of %d tokens is longer than the model's window of %d: its last %d tokens were left out",
        tokens,
        window,
        tokens - window,
    )


def cut(ids: list[int], window: int) -> list[int]:
    """The tokens of a text that fit a model's window, the closing one kept; warns of what is left out."""
    if len(ids) <= window:
        return ids
    warn_of_cut(len(ids), window)
    return [*ids[: window - 1], ids[-1]]


def _weights_digest(folder: Path) -> str:
    """One digest over all weight files, so that the store notices a fine-tuned model of the same name."""
    digest = sha256()
    for path in sorted([*folder.rglob("*.safetensors"), *folder.rglob("pytorch_model*.bin")]):
        digest.update(f"{path.relative_to(folder)} {file_sha256(path)}\n".encode())
    return digest.hexdigest()
