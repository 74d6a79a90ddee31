"""BERT as an OpenVINO graph, built straight from its weights: pooled for the encoder, with two heads for the reader.

The word embeddings stay outside (they are most of the weights, and a text needs a few rows of them), so
loading takes about 0.3 s and no converted copy of the model has to be kept, checked or kept up to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embeddings.packed import Shape
from embeddings.runtime import import_openvino

if TYPE_CHECKING:
    import openvino  # type: ignore[import-untyped]

Node: TypeAlias = "openvino.Node"

MASKED = -1e4
"""Added to the attention score of padding: its weight underflows to 0 in float32 and in bfloat16."""
GROUP = 128
"""Inputs of a matrix that share a scale where numbers have 8 bits. Of 64, it is a tenth slower and the vectors half as
far off; of all 384, no quicker and three times as far."""


class Weights(Protocol):
    """Tensors by the names of the packed file: ``l3.q.w`` is the query matrix of layer 3."""

    shape: Shape

    def tensor(self, name: str) -> NDArray[np.float32]:
        """One whole tensor, flat, float32."""

    def matrix(self, name: str, rows: int) -> NDArray[np.float32]:
        """One tensor as ``(rows, size / rows)``, float32."""


def bert_graph(model: Weights, small: bool = False) -> openvino.Model:
    """The encoder as a graph of three inputs and one output.

    ``small`` keeps the matrices in 8 bits, so that an engine can round what they multiply to 8 bits too.

    Inputs: ``rows`` (distinct tokens, hidden), float32, of the word embedding; ``places`` (batch, tokens), int64, the
    row of each token; ``mask`` (batch, 1, 1, tokens), float32, 0 for a token and ``MASKED`` for padding. Output:
    (batch, hidden), float32, the mean over tokens, of length 1.
    """
    openvino = import_openvino()
    ops = openvino.opset13
    builder = _Builder(model, small)
    rows, places, mask = inputs = _inputs(model)
    state = builder.embedding(ops.gather(rows, places, ops.constant(0)))
    for layer in range(model.shape.layers):
        state = builder.layer(state, mask, layer)
    return openvino.Model([builder.mean(builder.whole(state), mask)], inputs, "sentence_encoder")


def reader_graph(model: Weights, small: bool = False) -> openvino.Model:
    """The reader as a graph: a pair of texts → does the second answer the first, and where.

    ``small`` as in ``bert_graph``; the heads keep their precision.

    Inputs: ``rows``, ``places`` and ``mask`` as in ``bert_graph``, and ``kinds`` (batch, tokens), int64, the kind of
    each token. Outputs: (batch,), float32, log odds that the passage answers; (batch, tokens, 2), float32, log odds
    that the answer starts and ends there.
    """
    openvino = import_openvino()
    ops = openvino.opset13
    builder = _Builder(model, small)
    rows, places, mask = inputs = _inputs(model)
    kinds = ops.parameter([-1, -1], np.int64, name="kinds")
    kind_rows = ops.constant(model.matrix("emb.type", model.shape.token_types))
    words = ops.add(ops.gather(rows, places, ops.constant(0)), ops.gather(kind_rows, kinds, ops.constant(0)))
    state = builder.embedding(words, typed=True)
    for layer in range(model.shape.layers):
        state = builder.layer(state, mask, layer)
    whole = builder.whole(state)
    outputs = [builder.answers(whole, mask), builder.linear(whole, "span", 2)]
    return openvino.Model(outputs, [*inputs, kinds], "reader")


def _inputs(model: Weights) -> list[Node]:
    """Rows, places and mask, as in ``bert_graph``."""
    ops = import_openvino().opset13
    return [
        ops.parameter([-1, model.shape.hidden], np.float32, name="rows"),
        ops.parameter([-1, -1], np.int64, name="places"),
        ops.parameter([-1, 1, 1, -1], np.float32, name="mask"),
    ]


@dataclass(frozen=True, slots=True)
class _Standard:
    """A state of mean 0 and deviation 1 for each token, whose ``scale`` and ``shift`` (hidden,) are still to come.

    What reads it multiplies by a matrix anyway, which takes them in: one pass over the state less in each half of a
    layer, 4% of the time for passages.
    """

    node: Node
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]


class _Builder:
    """Adds the parts of a BERT layer to a graph, naming tensors as the packed file does."""

    def __init__(self, model: Weights, small: bool) -> None:
        self._ops = import_openvino().opset13
        self._model = model
        self._small = small
        self._shape = model.shape
        self._head = self._shape.hidden // self._shape.heads

    def embedding(self, words: Node, *, typed: bool = False) -> _Standard:
        """Adds positions and, unless ``words`` are ``typed``, the only token type, then normalises."""
        ops, shape = self._ops, self._shape
        positions = self._model.matrix("emb.pos", shape.positions)
        if not typed:
            positions = positions + self._model.matrix("emb.type", shape.token_types)[0]
        length = ops.gather(ops.shape_of(words), self._integers(1), ops.constant(0))
        needed = ops.slice(
            ops.constant(positions[None]), self._integers(0), length, self._integers(1), self._integers(1)
        )
        return self._normalise(ops.add(words, needed), "emb.ln")

    def layer(self, state: _Standard, mask: Node, number: int) -> _Standard:
        """One transformer layer, normalised after each half (Devlin et al. 2019)."""
        ops, hidden = self._ops, self._shape.hidden
        prefix = f"l{number}."
        query, key, value = self._attending(state, prefix)
        # Spelt out and not as one ScaledDotProductAttention: the CPU plugin fuses this form too, and ran it
        # 10% quicker on one question.
        scores = ops.matmul(query, key, False, True)
        scores = ops.multiply(scores, ops.constant(np.float32(self._head**-0.5)))
        weights = ops.softmax(ops.add(scores, mask), -1)
        mixed = ops.transpose(ops.matmul(weights, value, False, False), self._integers(0, 2, 1, 3))
        mixed = ops.reshape(mixed, self._integers(0, 0, hidden), True)
        state = self._normalise(self._added(state, mixed, prefix + "ao"), prefix + "aln")
        weight, bias = self._read(prefix + "fi", self._shape.feed_forward)
        inner = ops.gelu(self._dense(state, weight, bias), "erf")
        return self._normalise(self._added(state, inner, prefix + "fo"), prefix + "oln")

    def whole(self, state: _Standard) -> Node:
        """The state with its scale and shift, (batch, tokens, hidden)."""
        scaled = self._ops.multiply(state.node, self._vector(state.scale))
        return self._ops.add(scaled, self._vector(state.shift))

    def mean(self, state: Node, mask: Node) -> Node:
        """The mean direction over real tokens: the sum will do, since its length becomes 1."""
        total = self._ops.squeeze(self._ops.matmul(self._kept(mask), state, False, False), self._integers(1))
        return self._ops.normalize_l2(total, self._integers(1), 1e-12, "max")

    def answers(self, state: Node, mask: Node) -> Node:
        """Log odds from the first token and the mean over real tokens, through one hidden layer."""
        ops, kept = self._ops, self._kept(mask)
        count = ops.reduce_sum(kept, self._integers(2), True)
        mean = ops.divide(ops.matmul(kept, state, False, False), count)
        first = ops.gather(state, self._integers(0), ops.constant(1))
        pooled = ops.tanh(self.linear(ops.concat([first, mean], 2), "pool", self._shape.hidden))
        return ops.reshape(self.linear(pooled, "answers", 1), self._integers(-1), False)

    def _kept(self, mask: Node) -> Node:
        """(batch, 1, tokens): 1 for a token, 0 for padding."""
        kept = self._ops.convert(self._ops.equal(mask, self._ops.constant(np.float32(0))), np.float32)
        return self._ops.reshape(kept, self._integers(0, 1, -1), True)

    def _attending(self, state: _Standard, prefix: str) -> list[Node]:
        """Queries, keys and values, (batch, heads, tokens, head) each, from one product: the state is rounded once."""
        ops, heads = self._ops, 3 * self._shape.heads
        matrices, biases = zip(*(self._read(prefix + part, self._shape.hidden) for part in "qkv"), strict=True)
        weight, bias = np.concatenate(matrices), np.concatenate(biases)
        # The scale tames the few large numbers of a state, which would leave the others of their group few steps.
        made = self._product(self.whole(state), weight, bias) if self._small else self._dense(state, weight, bias)
        split = ops.reshape(made, self._integers(0, 0, heads, self._head), True)
        parts = ops.split(ops.transpose(split, self._integers(0, 2, 1, 3)), ops.constant(np.int64(1)), 3)
        return list(parts.outputs())

    def _read(self, name: str, outputs: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self._model.matrix(name + ".w", outputs), self._model.tensor(name + ".b")

    def linear(self, state: Node, name: str, outputs: int) -> Node:
        """``state @ weights + bias`` for the tensors ``name.w`` (outputs, inputs) and ``name.b``, in full precision."""
        weight, bias = self._read(name, outputs)
        product = self._ops.matmul(state, self._ops.constant(weight), False, True)
        return self._ops.add(product, self._vector(bias))

    def _dense(self, state: _Standard, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Node:
        """``weight`` times the whole state, and ``bias``."""
        return self._product(state.node, weight * state.scale, bias + weight @ state.shift)

    def _added(self, state: _Standard, update: Node, name: str) -> Node:
        """The whole state and ``weights @ update + bias`` together, of the tensors ``name.w`` and ``name.b``."""
        weight, bias = self._read(name, self._shape.hidden)
        update = self._product(update, weight, bias + state.shift)
        return self._ops.add(self._ops.multiply(state.node, self._vector(state.scale)), update)

    def _product(self, state: Node, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Node:
        small = self._small and weight.shape[1] % GROUP == 0
        matrix = self._eight_bits(weight) if small else self._ops.constant(weight)
        return self._ops.add(self._ops.matmul(state, matrix, False, True), self._vector(bias))

    def _eight_bits(self, weight: NDArray[np.float32]) -> Node:
        """``weight`` as whole numbers and a scale for each row of each group, in the form that the engine knows."""
        ops = self._ops
        groups = weight.reshape(weight.shape[0], -1, GROUP)
        scales = np.maximum(np.abs(groups).max(2, keepdims=True) / 127, np.float32(1e-12))
        numbers = ops.convert(ops.constant(np.rint(groups / scales).astype(np.int8)), np.float32)
        return ops.reshape(ops.multiply(numbers, ops.constant(scales)), self._integers(*weight.shape), False)

    def _normalise(self, state: Node, name: str) -> _Standard:
        standard = self._ops.mvn(state, self._integers(2), True, self._shape.epsilon, "inside_sqrt")
        return _Standard(standard, self._model.tensor(name + ".w"), self._model.tensor(name + ".b"))

    def _vector(self, vector: NDArray[np.float32]) -> Node:
        return self._ops.constant(vector[None, None])

    def _integers(self, *values: int) -> Node:
        return self._ops.constant(np.array(values, np.int64))
