"""A graph compiled for this processor, ready to run."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.graph import bert_graph
from embeddings.packed import PackedModel
from embeddings.runtime import import_openvino

Aim = Literal["LATENCY", "THROUGHPUT"]
Array = NDArray[np.float32]
Inputs = tuple[Array, NDArray[np.int64], Array]
"""Rows, places and mask, as ``bert_graph`` takes them."""


class Engine:
    """The encoder compiled either to answer one request soon or to get through many. Threads take turns."""

    def __init__(self, model: PackedModel, aim: Aim) -> None:
        """Compiles; takes about 0.3 s. LATENCY gives one batch all cores, THROUGHPUT each core its own batch."""
        openvino = import_openvino()
        core = openvino.Core()
        capable = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        # bfloat16 changes the vectors by a cosine of 1e-5 and triples the speed where the processor has it.
        precision = "bf16" if "BF16" in capable else "f32"
        options = {"PERFORMANCE_HINT": aim, "INFERENCE_PRECISION_HINT": precision}
        if aim == "LATENCY":
            # Tied to its core, a thread waits there for whoever else works on it: the language model, say. On a
            # busy machine a question took 1.4 to 1.9 times as long.
            options["ENABLE_CPU_PINNING"] = "NO"
        compiled = core.compile_model(bert_graph(model), "CPU", options)
        # 0: as many requests at once as the compiled model has streams.
        self._queue = openvino.AsyncInferQueue(compiled, 1 if aim == "LATENCY" else 0)
        self._queue.set_callback(_keep)
        self._turn = threading.Lock()

    def run(self, inputs: Iterable[Inputs]) -> list[Array]:
        """The output of the graph for each batch, in order."""
        with self._turn:
            kept: dict[int, Array] = {}
            for number, batch in enumerate(inputs):
                self._queue.start_async(list(batch), (kept, number))
            self._queue.wait_all()
        return [kept[number] for number in range(len(kept))]


def _keep(request: object, place: tuple[dict[int, Array], int]) -> None:
    kept, number = place
    # A copy: the next batch writes over the request's output.
    kept[number] = np.array(request.get_output_tensor(0).data, np.float32)  # type: ignore[attr-defined]
