"""The compiled encoder on a small random model, against BERT written out in NumPy."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from numpy_bert import last_states

from embeddings import processor
from embeddings.compiled import CompiledEncoder, batches
from embeddings.engine import padded, token_inputs
from embeddings.graph import bert_graph
from embeddings.packed import PackedModel


@pytest.fixture(scope="module")
def encoder(tiny_folder: Path) -> CompiledEncoder:
    return CompiledEncoder(tiny_folder, "tiny:0")


def bert(model: PackedModel, tokens: list[int]) -> NDArray[np.float64]:
    """The unit mean of one text's last states."""
    words = model.matrix("emb.word", model.shape.vocabulary)[tokens].astype(np.float64)
    mean = last_states(model, words, [0] * len(tokens)).mean(0)
    return mean / np.linalg.norm(mean)


TEXTS = ["", "a", "ab é 😀 ab", "ba " * 60, "  \n", "abb" * 30]


def test_vectors_are_those_of_bert_in_the_order_of_the_texts(encoder: CompiledEncoder, tiny_folder: Path) -> None:
    model = PackedModel(tiny_folder / "e5-small-q4.bin")
    tokens = encoder._tokenizer.encode(["passage: " + text for text in TEXTS])
    expected = np.array([bert(model, ids) for ids in tokens])
    vectors = encoder.encode_passages(TEXTS)
    assert (vectors * expected).sum(1).min() > 0.999
    # Each text alone gives what it gives among others: padding changes nothing.
    alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
    assert (vectors * alone).sum(1).min() > 0.999


def is_small(constant: Any) -> bool:
    return str(constant.get_element_type().get_type_name()) == "i8"


@pytest.mark.parametrize("flags", ["avx512f avx512_vnni avx512_bf16", "avx512_vnni amx_bf16"])
def test_matrices_have_8_bits_where_the_processor_is_quicker_with_them(
    tiny_folder: Path, flags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = "amx" not in flags
    (tmp_path / "cpuinfo").write_text(f"flags : {flags}\n")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    for module in ("graph", "engine"):
        monkeypatch.setattr(f"embeddings.{module}.GROUP", 32)
    made = []

    def noted(model: PackedModel, small: bool) -> object:
        made.append(bert_graph(model, small))
        return made[-1]

    monkeypatch.setattr("embeddings.compiled.bert_graph", noted)
    encoder = CompiledEncoder(tiny_folder, "tiny:1")
    model = PackedModel(tiny_folder / "e5-small-q4.bin")
    vectors = encoder.encode_passages(TEXTS)
    expected = np.array([bert(model, ids) for ids in encoder._tokenizer.encode(["passage: " + t for t in TEXTS])])
    assert (vectors * expected).sum(1).min() > 0.999
    matrices = [node for node in made[0].get_ops() if node.get_type_name() == "Constant" and is_small(node)]
    assert len(matrices) == (4 * model.shape.layers if small else 0)


def test_vectors_have_length_1_and_the_promised_shape(encoder: CompiledEncoder) -> None:
    vectors = encoder.encode_queries(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_questions_and_passages_differ(encoder: CompiledEncoder) -> None:
    assert not np.allclose(encoder.encode_queries(["ab"]), encoder.encode_passages(["ab"]), atol=1e-3)


def test_a_text_beyond_the_window_is_counted_whole_cut_and_told(
    encoder: CompiledEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    exact, longer = "a " * 508, "a " * 608
    assert (encoder.count_tokens(exact), encoder.count_tokens(longer)) == (512, 612)
    with caplog.at_level(logging.WARNING):
        whole = encoder.encode_passages([exact])
        assert not caplog.records
        cut = encoder.encode_passages([longer])
    assert [record.getMessage() for record in caplog.records] == [
        "a text of 612 tokens is longer than the model's window of 512: its last 100 tokens were left out"
    ]
    assert (whole * cut).sum() > 0.9999


def test_threads_get_their_own_answers(encoder: CompiledEncoder) -> None:
    alone = [encoder.encode_queries([text]) for text in TEXTS]
    with ThreadPoolExecutor(6) as pool:
        shared = list(pool.map(lambda text: encoder.encode_queries([text]), TEXTS * 10))
    for n, vector in enumerate(shared):
        assert np.array_equal(vector, alone[n % len(TEXTS)])


def test_nothing_is_compiled_before_it_is_used(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def noted(model: PackedModel, small: bool) -> object:
        compiled.append("graph")
        return bert_graph(model, small)

    monkeypatch.setattr("embeddings.compiled.bert_graph", noted)
    encoder = CompiledEncoder(tiny_folder, "tiny:1")
    assert encoder.count_tokens("a") > 0
    assert compiled == []
    encoder.encode_queries(["a"])
    encoder.encode_queries(["b"])
    assert compiled == ["graph"]


def test_a_model_that_cannot_be_compiled_says_so_when_it_is_used(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: PackedModel, small: bool) -> None:
        raise ValueError("no such operation")

    monkeypatch.setattr("embeddings.compiled.bert_graph", fail)
    with pytest.raises(RuntimeError, match="tiny:1 could not be compiled"):
        CompiledEncoder(tiny_folder, "tiny:1").encode_queries(["a"])


@given(st.lists(st.integers(1, 600), max_size=60), st.integers(1, 2048))
def test_batches_hold_every_text_once_and_few_enough_tokens(lengths: list[int], most: int) -> None:
    made = list(batches(lengths, most))
    assert sorted(place for batch in made for place in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= most


@pytest.mark.parametrize(
    ("length", "given"), [(1, 1), (16, 16), (24, 24), (28, 32), (129, 129), (134, 144), (512, 512)]
)
def test_a_tile_is_filled_where_that_is_less_than_what_the_rest_costs(length: int, given: int) -> None:
    assert padded(length) == given


@pytest.mark.parametrize("length", [1, 16, 17, 512])
def test_a_text_alone_fills_its_tiles_with_padding_that_counts_for_nothing(
    encoder: CompiledEncoder, length: int
) -> None:
    ids = [0, *([7] * (length - 1))]
    rows, places, mask = token_inputs(encoder.words.model, [ids])
    assert len(rows) == places.shape[1] == mask.shape[3] == -(-length // 16) * 16
    assert (mask[..., :length] == 0).all()
    assert (mask[..., length:] < -1000).all()
