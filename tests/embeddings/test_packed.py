"""The packed 4-bit file, by values that can be worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from tiny_models import HIDDEN, PIECES, packed_bytes, random_model

from embeddings.packed import PackedFileError, PackedModel

BLOCK = np.float16(0.5).tobytes() + bytes([0x08 | 0xF << 4, 0x00, *[0x88] * 14])
"""Scale 0.5; weight 0 is (8−8)/2, weight 16 is (15−8)/2, weights 1 and 17 are (0−8)/2, the others 0."""


@pytest.fixture
def by_hand(tmp_path: Path) -> PackedModel:
    zero = np.float16(0).tobytes() + bytes(16)
    rows = [BLOCK + zero, zero + BLOCK] + [zero * 2] * (len(PIECES) - 2)
    path = tmp_path / "m.bin"
    tensors = {"odd": (0, 1, b"x\0\0"), "emb.word": (1, len(PIECES) * HIDDEN, b"".join(rows))}
    tensors["odd"] = (0, 1, np.float32(1.25).tobytes())
    path.write_bytes(packed_bytes(tensors, layers=0))
    return PackedModel(path)


def test_low_nibbles_are_the_first_half_of_a_block_and_high_nibbles_the_second(by_hand: PackedModel) -> None:
    expected = np.zeros(HIDDEN)
    expected[[1, 16, 17]] = [-4, 3.5, -4]
    assert by_hand.matrix("emb.word", len(PIECES))[0].tolist() == expected.tolist()


def test_word_rows_come_in_the_order_and_shape_of_the_tokens(by_hand: PackedModel) -> None:
    rows = by_hand.word_rows(np.array([[1, 0], [1, 5]]))
    assert rows.shape == (2, 2, HIDDEN)
    assert rows[0, 0, 32 + 16] == rows[1, 0, 32 + 16] == rows[0, 1, 16] == 3.5
    assert not rows[1, 1].any()


def test_plain_tensors_vocabulary_and_sizes_are_read(by_hand: PackedModel) -> None:
    assert by_hand.tensor("odd").tolist() == [1.25]
    assert [by_hand.pieces.text(token) for token in range(len(PIECES))] == PIECES
    assert (by_hand.shape.hidden, by_hand.shape.heads, by_hand.shape.vocabulary) == (HIDDEN, 2, len(PIECES))


@pytest.mark.parametrize("kept", [0, 3, 40, 200, 700, -1], ids=lambda kept: f"{kept} bytes kept")
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "short.bin"
    path.write_bytes(random_model()[:kept])
    with pytest.raises(PackedFileError, match=r"short\.bin is not a whole packed e5 file"):
        PackedModel(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(PackedFileError, match="GGUF"):
        PackedModel(path)
