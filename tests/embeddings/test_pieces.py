"""The small tokenizers against the whole one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import PIECES

from embeddings import pieces
from embeddings.packed import PackedModel
from embeddings.pieces import PieceTokenizer

texts = st.lists(
    st.text(st.sampled_from("ab é😀▁\n<s>/pad\u00a0e\u0301zx") | st.characters(exclude_categories=["Cs"]), max_size=40),
    max_size=5,
)
SPECIAL = ["a <s>ab</s> <mask> b", "<unk><pad>", "<mask>", "<s", "▁<s>▁▁a"]


@pytest.fixture(scope="module")
def tokenizer(tiny_folder: Path) -> PieceTokenizer:
    packed = PackedModel(tiny_folder / "e5-small-q4.bin")
    return PieceTokenizer(packed.pieces, tiny_folder / "pieces.npy", tiny_folder / "tokenizer.json")


@pytest.fixture(scope="module")
def whole(tiny_folder: Path):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))


@given(batch=texts)
def test_small_and_whole_agree_on_any_text(tokenizer, whole, batch: list[str]) -> None:
    assert tokenizer.encode(batch, passing=True) == [whole.encode(text).ids for text in batch]


@pytest.mark.parametrize("text", SPECIAL)
def test_small_and_whole_agree_on_texts_that_spell_special_tokens(tokenizer, whole, text: str) -> None:
    assert tokenizer.encode([text], passing=True) == [whole.encode(text).ids]


def test_the_likeliest_pieces_win(tokenizer: PieceTokenizer) -> None:
    # "▁abb" is not a piece: ▁ab + b scores −7.75, ▁a + b + b −9.5, ▁ + abb −8.
    assert tokenizer.encode(["abb"]) == [[PIECES.index(piece) for piece in ("<s>", "▁ab", "b", "</s>")]]


def test_half_a_surrogate_pair_is_an_unknown_character_and_not_a_crash(tokenizer: PieceTokenizer) -> None:
    assert tokenizer.encode(["a\ud83d"]) == tokenizer.encode(["a\ufffd"])


def test_the_whole_tokenizer_is_loaded_after_many_passages_but_for_no_question(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PATIENCE", 10)
    packed = PackedModel(tiny_folder / "e5-small-q4.bin")
    # There is no whole tokenizer to load, so wanting it fails.
    tokenizer = PieceTokenizer(packed.pieces, tiny_folder / "pieces.npy", tiny_folder / "absent.json")
    tokenizer.encode(["a" * 100], passing=True)
    tokenizer.encode(["a" * 10])
    with pytest.raises(Exception, match="No such file"):
        tokenizer.encode(["a"])
