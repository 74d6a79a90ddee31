"""Text → unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors whose inner product is their similarity."""

    name: str
    """What the store remembers: the model's name and the digest of its weights."""
    dimension: int
    window: int
    """The most tokens a text may have, prompt and special tokens included."""

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as a passage, prompt and special tokens included, before any cut."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, float32, each of length 1."""
