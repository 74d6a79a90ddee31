"""The compiled reader on small random weights, against BERT written out in NumPy; the real one in the slow tests."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy_bert import dense, last_states
from safetensors.numpy import save_file
from tiny_models import FEED_FORWARD, HIDDEN

from embeddings.compiled import open_words
from embeddings.overlay import OverlaidWeights
from embeddings.packed import PackedModel
from embeddings.reader import KINDS, LONGEST_PAIR, CompiledReader, joined, load_reader
from embeddings.weights import WeightsError


def random_reader(layers: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    tensors = {"emb.type": random.normal(0, 0.3, (KINDS, HIDDEN))}
    shapes = {**dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)), "fi": (FEED_FORWARD, HIDDEN)}
    shapes["fo"] = (HIDDEN, FEED_FORWARD)
    names = {f"l{layer}.{name}": shape for layer in range(layers) for name, shape in shapes.items()}
    names |= {"pool": (HIDDEN, 2 * HIDDEN), "answers": (1, HIDDEN), "span": (2, HIDDEN)}
    for name, shape in names.items():
        tensors[f"{name}.w"] = random.normal(0, 0.3, shape)
        tensors[f"{name}.b"] = random.normal(0, 0.3, shape[0])
    for name in ["emb.ln", *(f"l{layer}.{norm}" for layer in range(layers) for norm in ("aln", "oln"))]:
        tensors[f"{name}.w"], tensors[f"{name}.b"] = random.normal(1, 0.1, HIDDEN), random.normal(0, 0.1, HIDDEN)
    return {name: tensor.astype(np.float16) for name, tensor in tensors.items()}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_file(random_reader(), file)
    return file


@pytest.fixture(scope="module")
def reader(tiny_folder: Path, weights: Path) -> CompiledReader:
    return CompiledReader(open_words(tiny_folder), weights)


PASSAGES = [("ab", "ab é ab"), ("", "a"), ("abb", "ba " * 50)]


def test_scores_are_those_of_bert_over_the_pair(reader: CompiledReader, tiny_folder: Path, weights: Path) -> None:
    model = PackedModel(tiny_folder / "e5-small-q4.bin")
    tensors = OverlaidWeights(weights, model)
    (question, _), *texts = reader._tokenizer.encode_places(
        ["ab a", "ab.", "", "abb.", *(text for _, text in PASSAGES)]
    )
    readings = reader.read("ab a", PASSAGES)
    words = model.matrix("emb.word", model.shape.vocabulary).astype(np.float64)
    for reading, (title, _), (told, _) in zip(readings, texts[:3], texts[3:], strict=True):
        pair = joined(question, title, told, model.pieces.begin, model.pieces.end)
        state = last_states(tensors, words[pair.ids], pair.kinds)
        pooled = np.tanh(dense(tensors, np.concatenate([state[0], state.mean(0)])[None], "pool"))
        assert reading.score == pytest.approx(dense(tensors, pooled, "answers")[0, 0], abs=0.15)
        span = dense(tensors, state, "span")[pair.first : pair.last]
        odds = np.exp(span) / np.exp(span).sum(0)
        assert reading.weight == pytest.approx(odds.mean(1), abs=0.05)


def test_a_span_lies_in_the_passage_and_its_likelihood_adds_up(reader: CompiledReader) -> None:
    for (_, text), reading in zip(PASSAGES, reader.read("ab a", PASSAGES), strict=True):
        assert 0 <= reading.start < reading.end <= len(text)
        assert not text[reading.start : reading.end].startswith(" ")
        assert reading.within(0, len(text)) == pytest.approx(1, abs=1e-3)
        middle = len(text) // 2
        assert reading.within(0, middle) <= 1


def test_nothing_to_read_is_read_at_once(reader: CompiledReader) -> None:
    assert reader.read("ab", []) == []
    assert reader.read("", [("", "")])[0].end == 0


def test_weights_that_cannot_be_read_are_named(tiny_folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "reader.safetensors"
    broken.write_bytes(b"\x00" * 20)
    with pytest.raises(WeightsError, match=r"reader\.safetensors"):
        OverlaidWeights(broken, PackedModel(tiny_folder / "e5-small-q4.bin"))


tokens = st.lists(st.integers(10, 30), max_size=600)


@given(tokens, tokens, tokens)
def test_a_pair_is_never_too_long_and_marks_what_both_hold(
    question: list[int], title: list[int], told: list[int]
) -> None:
    pair = joined(question, title, told, 0, 2)
    assert len(pair.ids) == len(pair.kinds) <= LONGEST_PAIR
    assert pair.ids[pair.first : pair.last] == told[: pair.last - pair.first]
    asked = {token for token, kind in zip(pair.ids, pair.kinds, strict=True) if kind < 2 and token > 2}
    for token, kind in zip(pair.ids, pair.kinds, strict=True):
        if kind >= 2 and token > 2:
            assert (kind == 3) == (token in asked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Quand le plateau de Metz a-t-il fermé ?", "1998"),
        ("Pourquoi Voxia a-t-elle fermé son plateau de Metz ?", "trop cher"),
        ("When did the Metz site close?", "1998"),
        ("quand a ferme le plateau de metz", "1998"),
    ],
    ids=["when", "why", "English", "no accents"],
)
def test_the_real_reader_prefers_the_passage_that_answers_and_points_at_it(question: str, answer: str) -> None:
    right = "La société Voxia a fermé son plateau de Metz en 1998, parce qu'elle le jugeait trop cher."
    wrong = "Le plateau de Metz employait cent vingt téléconseillers, formés pendant trois semaines."
    other = "Les visiteurs du salon ont regretté l'absence des grands prestataires cette année."
    first, second, third = load_reader().read(question, [("", right), ("", wrong), ("", other)])
    assert first.score > max(second.score, third.score)
    assert answer in right[first.start : first.end] or right[first.start : first.end] in answer
