"""BERT written out in NumPy, in float64: what the compiled graphs are held against."""

import math

import numpy as np
from numpy.typing import NDArray
from tiny_models import HEADS, HIDDEN

from embeddings.graph import Weights

Array = NDArray[np.float64]


def dense(model: Weights, state: Array, name: str) -> Array:
    """``state @ weights + bias``."""
    bias = model.tensor(name + ".b").astype(np.float64)
    return state @ model.matrix(name + ".w", bias.size).astype(np.float64).T + bias


def last_states(model: Weights, words: Array, kinds: list[int]) -> Array:
    """States (tokens, hidden) after the last layer, for rows of the word embedding and the kind of each token."""

    def norm(state: Array, name: str) -> Array:
        centred = state - state.mean(1, keepdims=True)
        return centred / np.sqrt(state.var(1, keepdims=True) + 1e-12) * model.tensor(name + ".w") + model.tensor(
            name + ".b"
        )

    gelu = np.vectorize(lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))))
    positions = model.matrix("emb.pos", model.shape.positions)[: len(words)]
    state = norm(words + positions + model.matrix("emb.type", model.shape.token_types)[kinds], "emb.ln")
    size = HIDDEN // HEADS
    for layer in range(model.shape.layers):
        query, key, value = (dense(model, state, f"l{layer}.{part}") for part in "qkv")
        mixed = np.empty_like(state)
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = query[:, part] @ key[:, part].T / math.sqrt(size)
            weights = np.exp(scores - scores.max(1, keepdims=True))
            mixed[:, part] = weights / weights.sum(1, keepdims=True) @ value[:, part]
        state = norm(state + dense(model, mixed, f"l{layer}.ao"), f"l{layer}.aln")
        inner = gelu(dense(model, state, f"l{layer}.fi"))
        state = norm(state + dense(model, inner, f"l{layer}.fo"), f"l{layer}.oln")
    return state
