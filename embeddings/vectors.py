"""The vector index: the only user of FAISS. Scores are inner products, higher is better."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.nearest import nearer, nothing_yet, questions
from embeddings.sealed import BLOCK, SealError, sealing, unsealed

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]
Fetch = Callable[[Ids], Vectors]
"""The exact vectors (n, dimension) under ids (n,), from wherever they are stored."""

NO_ID = -1
"""Stands where fewer than ``k`` vectors could be returned; its score is -inf."""
EXACT_UP_TO = 20_000
"""Vectors that are searched exhaustively, in memory, as they are; more of them are quantised."""
LISTS = 64
"""Lists of the quantised index. All of them are searched: half of them lost 5% of the ten nearest passages of real
questions, which lie elsewhere than passages do (``benchmarks/fit_vectors.py``)."""
TRAINED_ON = 40_000
"""Vectors, evenly taken, that the quantiser is trained on."""
FEWEST, MOST, GROWTH = 200, 800, 0.8
"""How many of the nearest by their codes are scored again by their exact vectors: ``GROWTH`` times the root of the
number of vectors, within these. Of 100,000 made passages 200 held 98.7% of the ten nearest to real questions
(``benchmarks/fit_vectors.py``), of a million 800 hold 98.8%, of their sentences 97.8% (``benchmarks/scale.py``)."""
CHUNK = 16_384
"""Vectors handled at a time."""
SHARED_FROM = 500_000
"""Vectors from which a search is shared by the cores. For fewer, the threads' waiting for each other costs more than it
brings."""

_CORES = os.cpu_count() or 1
VectorFileError = SealError
"""An index file is missing, unreadable, or not the one that was written. The text names it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Vectors to build an index of, readable twice: how many, their dimension, and (vectors, ids) piece by piece."""

    count: int
    dimension: int
    pieces: Callable[[], Iterator[tuple[Vectors, Ids]]]


class VectorIndex:
    """Vectors by id: some are searched as they are, many by short codes and then again by their exact vectors.

    A few vectors may have come since it was built, and some gone; they cost a little time and no rebuilding.
    """

    def __init__(self, index: Any, candidates: int = 0, recall: float = 1.0) -> None:  # noqa: ANN401 - untyped FAISS
        """Wraps a FAISS index; callers use ``build``, ``build_from`` or ``read``.

        ``candidates`` are scored again after a search by codes, 0 where the index holds the vectors themselves;
        ``recall`` of the ten nearest is what was measured with that.
        """
        self._index = index
        self.candidates, self.recall = candidates, recall
        self._newer: VectorIndex | None = None
        self._gone = np.zeros(0, np.int64)

    @classmethod
    def build(cls, vectors: Vectors, ids: Ids) -> VectorIndex:
        """An exact index of ``vectors`` (n, dimension), float32, under ``ids`` (n,), distinct and not negative."""
        import faiss

        if vectors.ndim != 2 or ids.shape != (len(vectors),):
            raise ValueError(f"vectors {vectors.shape} and ids {ids.shape} do not belong together")
        if len(ids) and ids.min() < 0:
            raise ValueError("an id below 0 would be taken for padding")
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))
        return cls(index)

    @classmethod
    def build_from(cls, source: Source) -> VectorIndex:
        """An index of all of ``source``: exact up to ``EXACT_UP_TO``, else quantised, its recall measured."""
        if source.count > EXACT_UP_TO:
            return _quantised(source)
        pieces = list(source.pieces())
        vectors = [np.zeros((0, source.dimension), np.float32), *(part for part, _ in pieces)]
        return cls.build(np.concatenate(vectors), np.concatenate([np.zeros(0, np.int64), *(ids for _, ids in pieces)]))

    @property
    def exact(self) -> bool:
        """Whether it holds the vectors themselves."""
        return not self.candidates

    @property
    def changes(self) -> int:
        """How many vectors came or went since it was built."""
        return len(self._gone) + (len(self._newer) if self._newer else 0)

    def __len__(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal) - len(self._gone) + (len(self._newer) if self._newer else 0)

    def changed(self, gone: Ids, vectors: Vectors, ids: Ids) -> VectorIndex:
        """The same without ``gone`` and with ``vectors`` under ``ids``: all that changed since it was built."""
        other = VectorIndex(self._index, self.candidates, self.recall)
        other._gone = np.ascontiguousarray(gone, np.int64)
        other._newer = VectorIndex.build(vectors, ids) if len(ids) else None
        return other

    def search(
        self, queries: Vectors, k: int, allowed: Ids | None = None, fetch: Fetch | None = None
    ) -> tuple[Vectors, Ids]:
        """The ``k`` best vectors for each query (q, dimension), best first: scores and ids, both (q, k).

        ``allowed`` restricts the search to these ids. Where fewer than ``k`` are left, the id is ``NO_ID`` and the
        score -inf. An index that is not exact scores its candidates by the vectors that ``fetch`` gives.
        """
        scores, ids = self._search(queries, max(k, self.candidates) if k else 0, allowed)
        if self.candidates:
            for row, query in enumerate(queries):
                known = ids[row] != NO_ID
                if fetch is not None and known.any():
                    scores[row, known] = fetch(ids[row, known]) @ query
        if self._newer is not None:
            more, others = self._newer.search(queries, k, allowed)
            scores, ids = np.hstack([scores, more]), np.hstack([ids, others])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, 1), np.take_along_axis(ids, order, 1)

    def _search(self, queries: Vectors, k: int, allowed: Ids | None) -> tuple[Vectors, Ids]:
        """What the FAISS index holds and is still there: scores and ids, both (q, k), padded."""
        faiss = _faiss()
        scores = np.full((len(queries), k), -np.inf, np.float32)
        ids = np.full((len(queries), k), NO_ID, np.int64)
        # FAISS refuses k = 0, and would fill its padding with the lowest float32.
        found = min(k, int(self._index.ntotal) if allowed is None else len(allowed))
        if found == 0 or len(queries) == 0:
            return scores, ids
        # FAISS keeps no hold of a selector inside another: these names do.
        among = None if allowed is None else _selector(allowed)
        gone = faiss.IDSelectorBatch(self._gone) if len(self._gone) else None
        still = faiss.IDSelectorNot(gone) if gone is not None else None
        selector = faiss.IDSelectorAnd(among, still) if among is not None and still is not None else among or still
        options: dict[str, Any] = {}
        if selector is not None:
            exact = faiss.SearchParameters
            quantised = faiss.SearchParametersIVF
            options["params"] = exact(sel=selector) if self.exact else quantised(sel=selector, nprobe=LISTS)
        queries = np.ascontiguousarray(queries, np.float32)
        # Of this thread alone, and quick to set.
        faiss.omp_set_num_threads(1)
        if not self.exact and len(queries) == 1 and self._index.ntotal >= SHARED_FROM and _CORES > 1:
            scores[:, :found], ids[:, :found] = _shared(self._index, queries, found, selector)
        else:
            scores[:, :found], ids[:, :found] = self._index.search(queries, found, **options)
        scores[ids == NO_ID] = -np.inf
        return scores, ids

    def vectors_of(self, ids: Ids) -> Vectors:
        """The vectors (n, dimension) under ``ids`` (n,). Raises ``KeyError`` for one that is not in an exact index."""
        ids = np.ascontiguousarray(ids, np.int64)
        if self._newer is not None:
            newer = np.isin(ids, self._newer.ids())
            vectors = np.empty((len(ids), self._index.d), np.float32)
            vectors[newer] = self._newer.vectors_of(ids[newer])
            vectors[~newer] = VectorIndex(self._index, self.candidates).vectors_of(ids[~newer])
            return vectors
        if not self.exact:
            raise KeyError("a quantised index holds no vectors")
        try:
            return np.asarray(self._index.reconstruct_batch(ids), np.float32)
        except RuntimeError as error:
            raise KeyError("an id is not in the vector index") from error

    def ids(self) -> Ids:
        """The ids of all vectors that it was built of, in no order."""
        import faiss

        if self.exact:
            return np.asarray(faiss.vector_to_array(self._index.id_map), np.int64)
        lists = self._index.invlists
        sizes = [lists.list_size(number) for number in range(lists.nlist)]
        parts = [faiss.rev_swig_ptr(lists.get_ids(number), size).copy() for number, size in enumerate(sizes) if size]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def write(self, path: Path) -> str:
        """Writes the index, as it was built, whole or not at all; returns the file's SHA-256. Raises ``OSError``."""
        faiss = _faiss()
        with sealing(path) as file:
            about = np.array([self.candidates, self.recall], "<f8")
            file.write(about.tobytes())
            # faiss.write_index has reported success on a full disk: we write the bytes ourselves.
            failed: list[OSError] = []

            def write(content: bytes) -> None:
                try:
                    if not failed:
                        file.write(content)
                except OSError as error:
                    # FAISS would hide it.
                    failed.append(error)

            faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, BLOCK))
            if failed:
                raise failed[0]
        return file.sha256

    @classmethod
    def read(cls, path: Path, sha256: str) -> VectorIndex:
        """The index in ``path``, whose SHA-256 must be ``sha256``; raises ``VectorFileError``.

        FAISS has loaded every damaged file it was given in trials, so it only sees bytes whose sum matches.
        """
        faiss = _faiss()
        with unsealed(path, sha256) as file:
            candidates, recall = np.frombuffer(file.read(16), "<f8").tolist()
            try:
                index = faiss.read_index(faiss.PyCallbackIOReader(file.read, BLOCK))
            except RuntimeError as error:
                raise VectorFileError(f"the vector index {path} was written by another FAISS") from error
        return cls(index, int(candidates), recall)


def _faiss() -> Any:  # noqa: ANN401 - FAISS adds to its classes while it is imported
    import faiss

    return faiss


@cache
def _helpers() -> ThreadPoolExecutor:
    # FAISS's own threads wait for each other actively: while other work keeps the cores busy, a search takes longer
    # with them than with one. Ours leave the core to whoever can use it.
    return ThreadPoolExecutor(max(1, _CORES - 1), "search", _faiss().omp_set_num_threads, (1,))


def _shared(index: Any, query: Vectors, k: int, selector: Any) -> tuple[Vectors, Ids]:  # noqa: ANN401 - untyped FAISS
    """The ``k`` best of the vectors that ``selector`` (None: all) lets through, for a query (1, d), in no order.

    Scores and ids, both (1, k); where there are fewer than ``k``, the score is -inf. ``index`` is one of lists (IVF) of
    codes that are not relative to a list's centre; all lists are searched, each core looks at some of them.
    """
    sizes = [index.invlists.list_size(number) for number in range(index.nlist)]
    order = np.argsort(sizes)
    shares = [np.ascontiguousarray(order[core::_CORES], np.int64) for core in range(min(_CORES, index.nlist))]
    others = [_helpers().submit(_listed, index, query, k, share, selector) for share in shares[1:]]
    found = [_listed(index, query, k, shares[0], selector), *(other.result() for other in others)]
    scores, ids = (np.hstack(parts) for parts in zip(*found, strict=True))
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    return np.take_along_axis(scores, best, 1), np.take_along_axis(ids, best, 1)


def _listed(index: Any, query: Vectors, k: int, lists: Ids, selector: Any) -> tuple[Vectors, Ids]:  # noqa: ANN401
    """The ``k`` best of some lists."""
    faiss = _faiss()
    scores, ids = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
    centres = np.zeros(len(lists), np.float32)
    pointers = [faiss.swig_ptr(array) for array in (lists, centres, scores, ids)]
    # FAISS's wrapper of this in Python takes no selector.
    params = faiss.SearchParametersIVF(sel=selector, nprobe=len(lists))
    index.search_preassigned_c(1, faiss.swig_ptr(query), k, *pointers, False, params)
    scores[ids < 0] = -np.inf
    return scores, ids


def _selector(allowed: Ids) -> Any:  # noqa: ANN401 - untyped FAISS
    """A quick test of membership: a bit an id where ids are dense, as a database's are."""
    faiss = _faiss()
    allowed = np.ascontiguousarray(allowed, np.int64)
    highest = int(allowed.max())
    if highest > 64 * len(allowed) + (1 << 20):
        return faiss.IDSelectorBatch(allowed)
    bits = np.zeros(highest + 1, bool)
    bits[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


def _quantised(source: Source) -> VectorIndex:
    """4 bits for every two numbers of a vector, in lists that are all searched.

    After André, Kermarrec and Le Scouarnec, "Cache locality is not enough" (VLDB 2015), as FAISS does it ("fast scan").
    """
    faiss = _faiss()
    parts = source.dimension // 2 if source.dimension % 2 == 0 else source.dimension
    index = faiss.index_factory(source.dimension, f"IVF{LISTS},PQ{parts}x4fs", faiss.METRIC_INNER_PRODUCT)
    index.nprobe = LISTS
    faiss.omp_set_num_threads(_CORES if source.count >= SHARED_FROM else 1)
    sample = _sample(source, TRAINED_ON)
    index.train(sample)
    asked = questions(sample)
    nearest = nothing_yet(len(asked))
    for vectors, ids in source.pieces():
        index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(ids, np.int64))
        nearest = nearer(nearest, asked @ vectors.T, ids)
    candidates = int(min(max(FEWEST, GROWTH * source.count**0.5), MOST))
    _, found = index.search(asked, candidates)
    pairs = zip(nearest[1], found, strict=True)
    return VectorIndex(index, candidates, float(np.mean([np.isin(true, got).mean() for true, got in pairs])))


def _sample(source: Source, size: int) -> Vectors:
    """About ``size`` vectors, evenly taken."""
    step = max(1, source.count // size)
    taken, before = [], 0
    for vectors, _ in source.pieces():
        # A copy: a view would keep the whole piece in memory.
        taken.append(vectors[-before % step :: step].copy())
        before += len(vectors)
    return np.ascontiguousarray(np.concatenate(taken), np.float32)
