"""A graph compiled for this processor, ready to run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from embeddings.graph import GROUP, MASKED
from embeddings.packed import PackedModel
from embeddings.processor import this_processor
from embeddings.runtime import import_openvino

if TYPE_CHECKING:
    import openvino  # type: ignore[import-untyped]

Graph: TypeAlias = "openvino.Model"
MakeGraph: TypeAlias = Callable[[bool], Graph]
"""Makes a graph; of matrices in 8 bits, if it is told so."""
Aim = Literal["LATENCY", "THROUGHPUT"]
Array = NDArray[np.float32]
Inputs = tuple[NDArray[np.float32] | NDArray[np.int64], ...]
"""What a graph takes, in its order."""
TILE = 16
SLOW = 40
"""Tokens that do not fill a tile cost one in so many of the whole, each."""


class Engine:
    """A graph compiled either to answer one request soon or to get through many. Threads take turns."""

    def __init__(self, graph: MakeGraph, aim: Aim, threads: int = 0) -> None:
        """Compiles; takes about 0.3 s. LATENCY gives one batch all cores, THROUGHPUT each core its own batch.

        ``threads`` are the most it may work with, for a process that shares the machine with others like it; 0: all.
        """
        openvino = import_openvino()
        core = openvino.Core()
        capable = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        # bfloat16 changes the vectors by a cosine of 1e-5 and triples the speed where the processor has it.
        precision = "bf16" if "BF16" in capable else "f32"
        options = {
            "PERFORMANCE_HINT": aim,
            "INFERENCE_PRECISION_HINT": precision,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP),
        }
        if aim == "LATENCY":
            # Tied to its core, a thread waits there for whoever else works on it: the language model, say. On a
            # busy machine a question took 1.4 to 1.9 times as long.
            options["ENABLE_CPU_PINNING"] = "NO"
        if threads:
            options["INFERENCE_NUM_THREADS"] = str(threads)
        # 8 bits change the vectors by a cosine of 5e-4. On an AMD EPYC with AVX-512 and bfloat16 passages took three
        # quarters of the time and one question two thirds; without bfloat16 passages took half.
        compiled = core.compile_model(graph(this_processor().prefers_eight_bits), "CPU", options)
        # One batch runs where it is asked for: a queue's thread takes a millisecond to be woken.
        self._request = compiled.create_infer_request() if aim == "LATENCY" else None
        if self._request is None:
            # As many requests at once as the compiled model has streams.
            self._queue = openvino.AsyncInferQueue(compiled)
            self._queue.set_callback(_keep)
        self._turn = threading.Lock()

    def run(self, inputs: Iterable[Inputs]) -> list[tuple[Array, ...]]:
        """The outputs of the graph for each batch, in order."""
        with self._turn:
            kept: dict[int, tuple[Array, ...]] = {}
            for number, batch in enumerate(inputs):
                if self._request is None:
                    self._queue.start_async(list(batch), (kept, number))
                else:
                    self._request.infer(list(batch), share_inputs=True, share_outputs=True)
                    _keep(self._request, (kept, number))
            if self._request is None:
                self._queue.wait_all()
        return [kept[number] for number in range(len(kept))]


def _keep(request: object, place: tuple[dict[int, tuple[Array, ...]], int]) -> None:
    kept, number = place
    # Copies: the next batch writes over the request's outputs.
    kept[number] = tuple(np.array(output.data, np.float32) for output in request.output_tensors)  # type: ignore[attr-defined]


def token_inputs(model: PackedModel, tokens: Sequence[Sequence[int]]) -> tuple[Array, NDArray[np.int64], Array]:
    """Texts, as token ids, as a graph takes them: rows of the word embedding, places in them, and the mask."""
    alone = len(tokens) == 1
    longest = (tiled if alone else padded)(max(map(len, tokens)))
    ids = np.full((len(tokens), longest), model.pieces.pad, np.int64)
    mask = np.full((len(tokens), 1, 1, longest), MASKED, np.float32)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = text
        mask[row, ..., : len(text)] = 0
    if alone:
        # A row for each token, whether it came before or not: as many rows as the graph has met already.
        return model.word_rows(ids[0]), np.arange(longest)[None], mask
    distinct, places = np.unique(ids, return_inverse=True)
    return model.word_rows(distinct), places.reshape(ids.shape), mask


def tiled(length: int) -> int:
    """The next multiple of ``TILE``.

    One text alone is given so many tokens: the engine prepares itself for each number of them that it has not met,
    which took a quarter of a question's time.
    """
    return -(-length // TILE) * TILE


def padded(length: int) -> int:
    """How many tokens to give the processor for each of several texts: ``tiled``, where that pays.

    Attention runs in tiles of 16 and is slow at the tokens left over, by about a fortieth of the whole for each of them
    (measured at 16 to 48 and at 128 to 160 tokens); what is added to fill the tile costs its share.
    """
    rest = length % TILE
    return tiled(length) if (TILE - rest) * SLOW < rest * length else length


class Compiling:
    """An ``Engine`` that is compiled when it is first used, or in the background from ``begin`` on.

    Compiling holds no Python lock: opening the store or importing FAISS goes on beside it.
    """

    def __init__(self, name: str, graph: MakeGraph, aim: Aim, threads: int = 0) -> None:
        """``name`` is what an error calls it, the rest is ``Engine``'s."""
        self._name, self._graph, self._aim, self._threads = name, graph, aim, threads
        self._engine: Engine | None = None
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> Compiling:
        """Start compiling, unless it has been started; itself."""
        with self._lock:
            if self._thread is None:
                # Not a daemon: Python must not shut down under a thread that is inside OpenVINO.
                self._thread = threading.Thread(target=self._compile, name=f"compile-{self._name}")
                self._thread.start()
        return self

    def _compile(self) -> None:
        try:
            self._engine = Engine(self._graph, self._aim, self._threads)
        except Exception as error:  # A thread has no caller: engine() raises it.
            self._failure = error

    def engine(self) -> Engine:
        """The engine. Raises ``RuntimeError`` if it could not be compiled."""
        if self._engine is None:
            self.begin()
            assert self._thread is not None
            self._thread.join()
        if self._engine is None:
            raise RuntimeError(f"{self._name} could not be compiled") from self._failure
        return self._engine
