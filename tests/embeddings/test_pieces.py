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
    return PieceTokenizer(packed.pieces, tiny_folder / "pieces.npy")


@pytest.fixture(scope="module")
def whole(tiny_folder: Path):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))


@given(batch=texts)
def test_small_and_whole_agree_on_any_text(tokenizer, whole, batch: list[str]) -> None:
    assert tokenizer.encode(batch) == [whole.encode(text).ids for text in batch]


@pytest.mark.parametrize("text", SPECIAL)
def test_small_and_whole_agree_on_texts_that_spell_special_tokens(tokenizer, whole, text: str) -> None:
    assert tokenizer.encode([text]) == [whole.encode(text).ids]


def test_the_likeliest_pieces_win(tokenizer: PieceTokenizer) -> None:
    # "▁abb" is not a piece: ▁ab + b scores −7.75, ▁a + b + b −9.5, ▁ + abb −8.
    assert tokenizer.encode(["abb"]) == [[PIECES.index(piece) for piece in ("<s>", "▁ab", "b", "</s>")]]


def test_half_a_surrogate_pair_is_an_unknown_character_and_not_a_crash(tokenizer: PieceTokenizer) -> None:
    assert tokenizer.encode(["a\ud83d"]) == tokenizer.encode(["a\ufffd"])


@given(batch=texts)
def test_where_tokens_stand_is_what_the_whole_tokenizer_says_but_for_white_space(
    tokenizer, whole, batch: list[str]
) -> None:
    for text, (ids, places) in zip(batch, tokenizer.encode_places(batch), strict=True):
        expected = whole.encode(text, add_special_tokens=False)
        assert ids == expected.ids
        assert places.shape == (len(ids), 2)
        for (start, end), (first, last) in zip(places.tolist(), expected.offsets, strict=True):
            assert end == last
            assert text[start:end] == text[first:last].lstrip()


@pytest.mark.parametrize(("limit", "memory"), [("REMEMBERED", "_words"), ("PLACED", "_placed")])
def test_a_full_memory_forgets_and_goes_on(
    tiny_folder: Path, whole, limit: str, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, limit, 3)
    tokenizer = PieceTokenizer(PackedModel(tiny_folder / "e5-small-q4.bin").pieces, tiny_folder / "pieces.npy")
    for number in range(40):
        text = f"ab {number} e{number % 7} ab"
        assert tokenizer.encode([text, "ab"]) == [whole.encode(each).ids for each in (text, "ab")]
        assert tokenizer.encode_places([text])[0][0] == whole.encode(text, add_special_tokens=False).ids
        # What one call brought on top of a full memory.
        assert len(getattr(tokenizer, memory)) <= 3 + 3
