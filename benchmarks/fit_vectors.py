"""Which FAISS index finds most of the ten nearest passages of real questions, in what time and memory.

Run: ``python -m benchmarks.fit_vectors --work DIR [--size N] [--kinds SPEC…]``. Each index is one of FAISS's factory
(https://github.com/facebookresearch/faiss/wiki/The-index-factory), filled with made passages' vectors
(``benchmarks/synthetic.py``), searched with one thread. Recall is that of the first so many by the index alone: those
are what would be scored again by stored vectors. ``embeddings/vectors.py`` has what was chosen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.scale import asked
from benchmarks.synthetic import SEED, Mixer, likeness, real
from embeddings.encoder import Vectors, load_encoder

KINDS = ("Flat", "SQ8", "HNSW32_SQ8", "IVF64,SQ8", "IVF64,PQ96x4fs", "IVF64,PQ192x4fs")
CANDIDATES = (10, 100, 200, 400, 800)
SHARES = (0.25, 0.5, 1.0)
"""Of an inverted index's lists that are searched."""
EXPLORED = (64, 256)
"""Of a graph's nodes (``efSearch``)."""
TRAINED_ON = 40_000
QUESTIONS = 100


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_vectors", description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="+", default=KINDS)
    options = parser.parse_args()
    encoder = load_encoder()
    known, queries = real(encoder, options.work), encoder.encode_queries(asked(QUESTIONS))
    mixer = Mixer(known.passage_vectors, np.random.default_rng(SEED))
    vectors = mixer.mixed(mixer.others(options.size), mixer.others(options.size))
    print(machine.describe("faiss-cpu", "numpy"))
    print(f"{options.size} vectors, {len(queries)} questions; {likeness(known, queries)}\n")
    heads = "".join(f"{f'of {count}':>8}" for count in CANDIDATES)
    print(
        f"{'index':22}{'searched':>10}{'build s':>9}{'bytes':>7}{'ms':>8}   recall@10 among the first …\n{'':59}{heads}"
    )
    true = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    for kind in options.kinds:
        _measure(kind, vectors, queries, true)
    return 0


def _measure(kind: str, vectors: Vectors, queries: Vectors, true: Any) -> None:  # noqa: ANN401 - ids
    import faiss

    untyped: Any = faiss
    started = time.perf_counter()
    index: Any = untyped.index_factory(vectors.shape[1], kind, untyped.METRIC_INNER_PRODUCT)
    index.train(vectors[:TRAINED_ON])
    index.add(vectors)
    built = time.perf_counter() - started
    size = len(untyped.serialize_index(index)) / len(vectors)
    untyped.omp_set_num_threads(1)
    for searched in _settings(index):
        _, found = index.search(queries, CANDIDATES[-1])
        times = []
        for query in queries:
            started = time.perf_counter()
            index.search(query[None], CANDIDATES[2])
            times.append(1000 * (time.perf_counter() - started))
        recalls = "".join(f"{_recall(true, found[:, :count]):8.3f}" for count in CANDIDATES)
        print(f"{kind:22}{searched:>10}{built:9.1f}{size:7.0f}{np.median(times):8.2f}   {recalls}", flush=True)
    untyped.omp_set_num_threads(untyped.omp_get_max_threads())


def _settings(index: Any) -> Iterator[str]:  # noqa: ANN401 - untyped FAISS
    """Set the index to search more and more of itself; say how much."""
    if hasattr(index, "nlist"):
        for share in SHARES:
            index.nprobe = int(share * index.nlist)
            yield f"{share:.0%}"
    elif hasattr(index, "hnsw"):
        for nodes in EXPLORED:
            index.hnsw.efSearch = nodes
            yield f"{nodes} nodes"
    else:
        yield "all"


def _recall(true: Any, found: Any) -> float:  # noqa: ANN401 - ids
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(true, found, strict=True)]))


if __name__ == "__main__":
    sys.exit(main())
