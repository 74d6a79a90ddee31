"""The vector index, and what it refuses to read."""

from pathlib import Path

import numpy as np
import pytest

from embeddings.vectors import NO_ID, VectorFileError, VectorIndex

VECTORS = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
IDS = np.array([10, 20, 30, 2**40], np.int64)
EAST = np.array([[1, 0]], np.float32)


@pytest.fixture
def index() -> VectorIndex:
    return VectorIndex.build(VECTORS, IDS)


def test_the_best_come_first_with_their_inner_products(index: VectorIndex) -> None:
    scores, ids = index.search(EAST, 3)
    assert ids.tolist() == [[10, 20, 30]]
    assert scores == pytest.approx(np.array([[1, 0.6, 0]]))
    assert (scores.dtype, ids.dtype, len(index)) == (np.float32, np.int64, 4)


def test_each_query_has_its_own_row(index: VectorIndex) -> None:
    _, ids = index.search(np.array([[-1, 0], [0, 1]], np.float32), 1)
    assert ids.tolist() == [[2**40], [30]]


def test_what_is_not_there_is_padded(index: VectorIndex) -> None:
    scores, ids = index.search(EAST, 6)
    assert ids[0, 4:].tolist() == [NO_ID, NO_ID]
    assert scores[0, 4:].tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize(
    ("allowed", "found"),
    [([30, 2**40], [30, 2**40]), ([20, 999], [20, NO_ID]), ([999], [NO_ID, NO_ID]), ([], [NO_ID, NO_ID])],
    ids=["the worst two", "one of them unknown", "only unknown", "none"],
)
def test_a_filter_is_exact(index: VectorIndex, allowed: list[int], found: list[int]) -> None:
    scores, ids = index.search(EAST, 2, np.array(allowed, np.int64))
    assert ids.tolist() == [found]
    assert (scores[ids == NO_ID] == -np.inf).all()


def test_a_filter_agrees_with_searching_only_what_it_allows() -> None:
    random = np.random.default_rng(3)
    vectors = random.standard_normal((500, 16)).astype(np.float32)
    ids = random.permutation(5000)[:500].astype(np.int64)
    chosen = random.choice(500, 40, replace=False)
    _, filtered = VectorIndex.build(vectors, ids).search(vectors[:7], 10, ids[chosen])
    _, alone = VectorIndex.build(vectors[chosen], ids[chosen]).search(vectors[:7], 10)
    assert filtered.tolist() == alone.tolist()


@pytest.mark.parametrize("k", [0, 1])
def test_an_empty_index_finds_nothing(k: int) -> None:
    empty = VectorIndex.build(np.empty((0, 2), np.float32), np.empty(0, np.int64))
    scores, ids = empty.search(EAST, k)
    assert scores.shape == ids.shape == (1, k)
    assert (ids == NO_ID).all()


def test_it_comes_back_from_disk_as_it_was(index: VectorIndex, tmp_path: Path) -> None:
    sha256 = index.write(tmp_path / "vectors.faiss")
    again = VectorIndex.read(tmp_path / "vectors.faiss", sha256)
    assert again.search(EAST, 4)[1].tolist() == index.search(EAST, 4)[1].tolist()
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.faiss"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VectorFileError, match=r"vectors\.faiss cannot be read"):
        VectorIndex.read(tmp_path / "vectors.faiss", "0" * 64)


def test_every_flipped_bit_and_every_cut_is_noticed_before_faiss_sees_it(
    index: VectorIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import faiss

    path = tmp_path / "vectors.faiss"
    sha256 = index.write(path)
    whole = path.read_bytes()
    for name in ("deserialize_index", "read_index"):
        monkeypatch.setattr(faiss, name, lambda *_: pytest.fail("FAISS was given damaged bytes"))
    damaged = [whole[:n] + bytes([whole[n] ^ 1 << n % 8]) + whole[n + 1 :] for n in range(len(whole))]
    for content in [*damaged, whole[:-1], whole + b"\0", b""]:
        path.write_bytes(content)
        with pytest.raises(VectorFileError, match="damaged"):
            VectorIndex.read(path, sha256)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    index: VectorIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vectors.faiss"
    sha256 = index.write(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("embeddings.sealed.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        VectorIndex.build(VECTORS[:1], IDS[:1]).write(path)
    assert len(VectorIndex.read(path, sha256)) == 4
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.faiss"]


@pytest.mark.parametrize("ids", [[1, 2], [1, 2, 3, -1]], ids=["too few", "one negative"])
def test_ids_that_cannot_name_the_vectors_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="id"):
        VectorIndex.build(VECTORS, np.array(ids, np.int64))
