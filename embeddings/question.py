"""The question encoder: questions → vectors near the passages that answer them.

The default encoder tuned on its question side alone: the passages' vectors are the encoder's own and stay as they are
in every index, only questions are encoded by other weights, trained against them (as in DensePhrases' query-side
fine-tuning, Lee et al. 2021, arXiv:2012.12624). ``training/train_question.py`` trained it; its card stands beside its
weights in ``question/``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from embeddings.compiled import CompiledEncoder, Words
from embeddings.e5 import PROMPTS, WINDOW
from embeddings.encoder import Encoder, Vectors, cut
from embeddings.engine import Compiling, token_inputs
from embeddings.graph import bert_graph
from embeddings.overlay import OverlaidWeights

LANGUAGES = frozenset({"fr"})
"""Languages of the questions it learnt from. Others are better encoded by the encoder itself, above all to tell that
nothing answers them (``benchmarks/fit_answerable.py``, foreign)."""
WEIGHTS = Path(__file__).parent / "question" / "question.safetensors"


class QuestionEncoder(Protocol):
    """Turns questions into unit vectors whose inner product with an encoder's passages is their similarity."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""


def load_question_encoder(encoder: Encoder) -> QuestionEncoder:
    """The tuned one for passages of the default encoder; any other encoder encodes its questions itself.

    Raises ``WeightsError`` when the weights cannot be read.
    """
    return TunedQuestions(encoder.words, WEIGHTS) if isinstance(encoder, CompiledEncoder) else encoder


class TunedQuestions:
    """The tuned ``QuestionEncoder`` on OpenVINO, without torch. Safe to share by threads."""

    def __init__(self, words: Words, weights: Path) -> None:
        """Starts compiling ``weights`` with the encoder's ``words``; the first question waits for it.

        Raises ``WeightsError`` as ``OverlaidWeights`` does.
        """
        self._model, self._tokenizer = words.model, words.tokenizer
        own = OverlaidWeights(weights, self._model)
        self._compiling = Compiling("the question encoder", lambda small: bert_graph(own, small), "LATENCY").begin()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape ``(len(texts), dimension)``, float32, each of length 1."""
        if not texts:
            return np.empty((0, self._model.shape.hidden), np.float32)
        asked = self._tokenizer.encode([PROMPTS["query"] + text for text in texts])
        inputs = token_inputs(self._model, [cut(ids, WINDOW) for ids in asked])
        ((vectors,),) = self._compiling.engine().run([inputs])
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
