"""The index of short codes: what it finds again by stored vectors, what came and what went, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings import vectors
from embeddings.vectors import NO_ID, Ids, Source, VectorFileError, VectorIndex, Vectors

COUNT, DIMENSION = 3000, 32


@pytest.fixture(scope="module")
def stored() -> Vectors:
    """Unit vectors around some centres."""
    random = np.random.default_rng(5)
    centres = random.standard_normal((40, DIMENSION))
    made = centres[random.integers(0, 40, COUNT)] + 0.7 * random.standard_normal((COUNT, DIMENSION))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def index(stored: Vectors) -> VectorIndex:
    """All of ``stored`` under ids from 100 on, too many to be searched exactly."""

    def pieces() -> Iterator[tuple[Vectors, Ids]]:
        for start in range(0, COUNT, 700):
            part = stored[start : start + 700]
            yield part, np.arange(start, start + len(part)) + 100

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "EXACT_UP_TO", 1000)
        return VectorIndex.build_from(Source(COUNT, DIMENSION, pieces))


def nearest(stored: Vectors, query: Vectors, ids: Ids, k: int = 10) -> list[int]:
    return [int(one) for one in ids[np.argsort(-(stored[ids - 100] @ query))[:k]]]


def test_few_vectors_are_searched_exactly(stored: Vectors) -> None:
    source = Source(50, DIMENSION, lambda: iter([(stored[:50], np.arange(50))]))
    index = VectorIndex.build_from(source)
    assert (index.exact, index.recall, len(index)) == (True, 1.0, 50)


def test_the_recall_that_is_told_is_the_recall_there_is(index: VectorIndex, stored: Vectors) -> None:
    assert not index.exact
    assert 0.9 < index.recall <= 1
    queries = stored[::30] + np.float32(0.01)
    _, found = index.search(queries, 10, fetch=lambda ids: stored[ids - 100])
    every = np.arange(COUNT) + 100
    met = [len({*nearest(stored, query, every)} & {*row.tolist()}) for query, row in zip(queries, found, strict=True)]
    assert np.mean(met) >= 10 * (index.recall - 0.02)


def test_scores_are_those_of_the_stored_vectors(index: VectorIndex, stored: Vectors) -> None:
    scores, ids = index.search(stored[:3], 5, fetch=lambda ids: stored[ids - 100])
    assert ids[:, 0].tolist() == [100, 101, 102]
    for query, row, names in zip(stored, scores, ids, strict=False):
        assert row == pytest.approx(stored[names - 100] @ query, abs=1e-6)
        assert (np.diff(row) <= 0).all()


@pytest.mark.parametrize("size", [1, 40, 2500])
def test_a_filter_lets_through_what_it_allows_and_misses_little(index: VectorIndex, stored: Vectors, size: int) -> None:
    allowed = np.random.default_rng(size).permutation(COUNT)[:size] + 100
    queries = stored[5::300]
    _, found = index.search(queries, 10, allowed, lambda ids: stored[ids - 100])
    assert set(found[found != NO_ID].tolist()) <= set(allowed.tolist())
    met = [
        len({*nearest(stored, query, allowed)} & {*row.tolist()}) / min(10, size)
        for query, row in zip(queries, found, strict=True)
    ]
    assert np.mean(met) >= 0.95


@pytest.mark.parametrize("size", [None, 3, 1500])
def test_cores_that_share_a_search_find_what_one_finds(
    index: VectorIndex, stored: Vectors, size: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = None if size is None else np.arange(100, 100 + size, dtype=np.int64)
    one = [index.search(query[None], 10, allowed, lambda ids: stored[ids - 100]) for query in stored[::300]]
    monkeypatch.setattr(vectors, "SHARED_FROM", 0)
    monkeypatch.setattr(vectors, "_CORES", 3)
    for query, (scores, ids) in zip(stored[::300], one, strict=True):
        shared = index.search(query[None], 10, allowed, lambda ids: stored[ids - 100])
        assert (shared[0].tolist(), shared[1].tolist()) == (scores.tolist(), ids.tolist())


def test_what_came_is_found_and_what_went_is_not(index: VectorIndex, stored: Vectors) -> None:
    query = stored[:1]
    new = np.array([9000, 9001], np.int64)
    changed = index.changed(np.array([100, 105]), np.stack([stored[0], -stored[0]]), new)
    fetch = dict(zip([*range(100, 100 + COUNT), 9000, 9001], [*stored, stored[0], -stored[0]], strict=True))

    def get(ids: Ids) -> Vectors:
        return np.stack([fetch[one] for one in ids.tolist()])

    _, found = changed.search(query, 10, fetch=get)
    assert found[0, 0] == 9000
    assert not {100, 105, 9001} & set(found[0].tolist())
    assert (len(changed), changed.changes, len(index)) == (COUNT, 4, COUNT)
    _, among = changed.search(query, 3, np.array([100, 101, 9001]), get)
    assert sorted(among[0].tolist()) == [NO_ID, 101, 9001]


def test_an_exact_index_changes_too(stored: Vectors) -> None:
    index = VectorIndex.build(stored[:20], np.arange(20))
    changed = index.changed(np.array([3]), stored[20:22], np.array([20, 21]))
    _, found = changed.search(stored[[3, 21]], 1)
    assert found[0, 0] != 3
    assert found[1, 0] == 21
    assert changed.vectors_of(np.array([21, 5])).tolist() == stored[[21, 5]].tolist()


def test_it_comes_back_from_disk_and_damage_is_noticed(index: VectorIndex, stored: Vectors, tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    sha256 = index.write(path)
    again = VectorIndex.read(path, sha256)
    assert (again.candidates, again.recall, len(again)) == (index.candidates, index.recall, COUNT)
    assert sorted(again.ids().tolist()) == list(range(100, 100 + COUNT))

    def get(ids: Ids) -> Vectors:
        return stored[ids - 100]

    assert again.search(stored[:4], 10, fetch=get)[1].tolist() == index.search(stored[:4], 10, fetch=get)[1].tolist()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(VectorFileError, match="damaged"):
        VectorIndex.read(path, sha256)


def test_a_quantised_index_has_no_vectors_to_give(index: VectorIndex) -> None:
    with pytest.raises(KeyError, match="no vectors"):
        index.vectors_of(np.array([100]))
