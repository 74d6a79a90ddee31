"""Vectors rounded to two bytes a number, in a file: how near they are, what is not there, and what damage does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings.rounded import RoundedVectors
from embeddings.sealed import SealError
from embeddings.vectors import Ids, Source, Vectors

DIMENSION = 384
IDS = np.array([2, 3, 7, 8, 40], np.int64)


@pytest.fixture
def stored() -> Vectors:
    made = np.random.default_rng(3).standard_normal((len(IDS), DIMENSION))
    made[4] = 0
    return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1), np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.vectors"


def written(path: Path, stored: Vectors) -> str:
    def pieces() -> Iterator[tuple[Vectors, Ids]]:
        yield stored[:3], IDS[:3]
        yield stored[3:], IDS[3:]

    return RoundedVectors.write(path, Source(len(IDS), DIMENSION, pieces))


def test_products_are_those_of_the_vectors_but_for_a_trifle(path: Path, stored: Vectors) -> None:
    again = RoundedVectors.read(path, written(path, stored), DIMENSION)
    vectors, sound = again.vectors_of(np.array([40, 2, 8, 2]))
    assert sound.all()
    assert vectors.dtype == np.float32
    assert vectors @ stored[1] == pytest.approx(stored[[4, 0, 3, 0]] @ stored[1], abs=1e-4)
    assert np.abs(vectors - stored[[4, 0, 3, 0]]).max() <= np.abs(stored).max() / 65_534 * 1.001
    assert again.sound()


def test_what_is_not_there_is_told(path: Path, stored: Vectors) -> None:
    again = RoundedVectors.read(path, written(path, stored), DIMENSION)
    _, sound = again.vectors_of(np.array([1, 2, 41, 9, 40]))
    assert sound.tolist() == [False, True, False, False, True]


def test_an_empty_file_holds_nothing(path: Path) -> None:
    sha256 = RoundedVectors.write(path, Source(0, DIMENSION, lambda: iter(())))
    again = RoundedVectors.read(path, sha256, DIMENSION)
    assert again.vectors_of(np.array([1, 2]))[1].tolist() == [False, False]
    assert again.sound()


@pytest.mark.parametrize(("place", "unsound"), [(0, 2), (5 * 772 - 1, 40)], ids=["first row", "last scale"])
def test_a_damaged_row_is_noticed_when_it_is_read(path: Path, stored: Vectors, place: int, unsound: int) -> None:
    sha256 = written(path, stored)
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)
    again = RoundedVectors.read(path, sha256, DIMENSION)
    assert IDS[~again.vectors_of(IDS)[1]].tolist() == [unsound]
    assert not again.sound()


@pytest.mark.parametrize("harm", ["an id", "a sum", "cut", "gone", "another dimension"])
def test_what_the_rows_are_known_by_is_sealed(path: Path, stored: Vectors, harm: str) -> None:
    sha256 = written(path, stored)
    content = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[:-1])
    else:
        content[{"an id": -12 * len(IDS), "a sum": -1}.get(harm, 0)] ^= 1
        path.write_bytes(content)
    with pytest.raises(SealError, match=r"some\.vectors"):
        RoundedVectors.read(path, sha256, DIMENSION // 2 if harm == "another dimension" else DIMENSION)


def test_a_file_cut_while_it_is_open_gives_nothing_wrong(path: Path, stored: Vectors) -> None:
    again = RoundedVectors.read(path, written(path, stored), DIMENSION)
    with path.open("r+b") as file:
        file.truncate(2 * 772 + 10)
    assert again.vectors_of(IDS[:4])[1].tolist() == [True, True, False, False]
    assert not again.sound()
