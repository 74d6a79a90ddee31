"""The reader: question and passage read together → does the passage answer, and where.

A cross-encoder (Nogueira and Cho 2019, arXiv:1901.04085) made of the default encoder's lower layers, whose word
embeddings it shares; ``training/`` trained it, and its card stands beside its weights in ``reader/``. Each token
carries its kind: of the question or of the passage, and whether the other text holds the same piece. So the model
need not learn first what a search engine knows anyway: which words the two share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.compiled import CompiledEncoder, Words, open_words
from embeddings.encoder import Encoder
from embeddings.engine import Compiling, token_inputs
from embeddings.graph import reader_graph
from embeddings.overlay import OverlaidWeights
from embeddings.weights import DEFAULT_ENCODER, WeightsError, locate

WEIGHTS = Path(__file__).parent / "reader" / "reader.safetensors"
VERIFIER = WEIGHTS.with_name("verifier.safetensors")
KINDS = 4
"""Kinds of a token: of the question or of the passage, and whether the other text holds the same piece."""
LONGEST_QUESTION = 128
"""Tokens of a question or claim that are read."""
LONGEST_PAIR = 320
"""Tokens of a question, a title and a passage that are read; the passage's end is cut."""
LONGEST_ANSWER = 40
"""Tokens."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one passage.

    ``score`` is the log odds that the passage answers, not calibrated; ``start`` and ``end`` are the characters of the
    passage between which the answer most likely stands. ``places`` (t, 2) are the characters of each token and
    ``weight`` (t,) how likely the answer starts or ends there, together 1.
    """

    score: float
    start: int
    end: int
    places: NDArray[np.int64]
    weight: NDArray[np.float32]

    def within(self, start: int, end: int) -> float:
        """How much of the answer's likely place lies in the characters ``start`` to ``end``, 0 to 1."""
        inside = (self.places[:, 0] >= start) & (self.places[:, 1] <= end)
        return float(self.weight[inside].sum())


class Reader(Protocol):
    """Reads passages for a question."""

    name: str

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each (title, passage); the title is read along, the answer is looked for in the passage."""


def load_reader(encoder: Encoder | None = None) -> Reader:
    """The default reader, with the words of ``encoder`` where that is the default one; compiled in the background.

    Raises ``WeightsError`` when it or the default encoder, whose words it shares, is missing.
    """
    reader = _load(WEIGHTS, encoder)
    reader.begin()
    return reader


def load_verifier(encoder: Encoder | None = None) -> Reader:
    """The verifier: a reader whose questions are claims, and whose score says whether the passage supports them.

    Where it looks in the passage means nothing. Few questions need it: its first reading compiles it. Raises
    ``WeightsError`` as ``load_reader`` does.
    """
    return _load(VERIFIER, encoder)


def _load(weights: Path, encoder: Encoder | None) -> CompiledReader:
    if not weights.is_file():
        raise WeightsError(f"The {weights.stem}'s weights {weights} are missing: install Standardiste again.")
    words = encoder.words if isinstance(encoder, CompiledEncoder) else open_words(locate(DEFAULT_ENCODER))
    return CompiledReader(words, weights)


class CompiledReader:
    """The reader on OpenVINO, without torch. Safe to share by threads."""

    def __init__(self, words: Words, weights: Path) -> None:
        """Opens ``weights``, to be read with the encoder's ``words``; the first reading compiles them."""
        self.name = f"reader:{weights.stem}"
        self._model, self._tokenizer = words.model, words.tokenizer
        self._compiling = Compiling(
            f"the {weights.stem}", lambda small: reader_graph(OverlaidWeights(weights, self._model), small), "LATENCY"
        )  # fmt: skip

    def begin(self) -> None:
        """Start compiling in the background."""
        self._compiling.begin()

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each (title, passage), in their order; one batch."""
        if not passages:
            return []
        texts = [question, *(f"{title}." if title else "" for title, _ in passages), *(text for _, text in passages)]
        (asked, _), *rest = self._tokenizer.encode_places(texts)
        titles, told = rest[: len(passages)], rest[len(passages) :]
        begin, end = self._model.pieces.begin, self._model.pieces.end
        pairs = [joined(asked, title, ids, begin, end) for (title, _), (ids, _) in zip(titles, told, strict=True)]
        inputs = token_inputs(self._model, [pair.ids for pair in pairs])
        kinds = np.zeros(inputs[1].shape, np.int64)
        for row, pair in enumerate(pairs):
            kinds[row, : len(pair.kinds)] = pair.kinds
        ((scores, spans),) = self._compiling.engine().run([(*inputs, kinds)])
        return [
            _reading(float(score), span[pair.first : pair.last], places)
            for score, span, pair, (_, places) in zip(scores, spans, pairs, told, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a title and a passage in one sequence; the passage's tokens are ``ids[first:last]``."""

    ids: list[int]
    kinds: list[int]
    first: int
    last: int


def joined(question: Sequence[int], title: Sequence[int], passage: Sequence[int], begin: int, end: int) -> Pair:
    """The sequence ``<s> question </s> </s> title passage </s>`` of texts given without special tokens."""
    question = question[:LONGEST_QUESTION]
    room = LONGEST_PAIR - len(question) - 4
    title = title[: room // 4]
    passage = passage[: room - len(title)]
    asked, told = set(question), {*title, *passage}
    ids = [begin, *question, end, end, *title, *passage, end]
    kinds = [
        0, *(int(token in told) for token in question), 0, 2,
        *(2 + (token in asked) for token in (*title, *passage)), 2,
    ]  # fmt: skip
    first = len(question) + 3 + len(title)
    return Pair(ids, kinds, first, first + len(passage))


def _reading(score: float, span: NDArray[np.float32], places: NDArray[np.int64]) -> Reading:
    """``span`` (t, 2) are the log odds of start and end; ``places`` those of all tokens, read or cut."""
    places = places[: len(span)]
    if not len(span):
        return Reading(score, 0, 0, places, np.zeros(0, np.float32))
    odds = np.exp(span - span.max(0))
    start, end = (odds / odds.sum(0)).T
    # Log odds of every start with every end that is not before it and not too far behind.
    both = span[:, 0][:, None] + span[:, 1][None, :]
    both[~_allowed(len(span))] = -np.inf
    first, last = divmod(int(both.argmax()), len(span))
    return Reading(score, int(places[first, 0]), int(places[last, 1]), places, (start + end) / 2)


def _allowed(tokens: int) -> NDArray[np.bool_]:
    ones = np.ones((tokens, tokens), bool)
    return np.triu(ones) & ~np.triu(ones, LONGEST_ANSWER)
