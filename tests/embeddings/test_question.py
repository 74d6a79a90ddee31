"""The question encoder on small random weights, against BERT written out in NumPy; the real one in the slow tests."""

from pathlib import Path

import numpy as np
import pytest
from numpy_bert import last_states
from safetensors.numpy import save_file
from tiny_models import FEED_FORWARD, HIDDEN

from embeddings.compiled import CompiledEncoder, open_words
from embeddings.encoder import load_encoder
from embeddings.overlay import SCALE, OverlaidWeights
from embeddings.packed import PackedModel
from embeddings.question import TunedQuestions, load_question_encoder
from embeddings.weights import WeightsError

QUESTIONS = ["ab a", "é", "", "abb " * 900]


def random_layers(layers: int = 2) -> dict[str, np.ndarray]:
    """Layers with int8 matrices, as they are shipped."""
    random = np.random.default_rng(11)
    tensors: dict[str, np.ndarray] = {}
    shapes = {**dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)), "fi": (FEED_FORWARD, HIDDEN)}
    shapes["fo"] = (HIDDEN, FEED_FORWARD)
    for layer in range(layers):
        for name, shape in shapes.items():
            tensors[f"l{layer}.{name}.w"] = random.integers(-127, 128, shape).astype(np.int8)
            tensors[f"l{layer}.{name}.w{SCALE}"] = random.uniform(0.002, 0.004, shape[0]).astype(np.float16)
            tensors[f"l{layer}.{name}.b"] = random.normal(0, 0.3, shape[0]).astype(np.float16)
        for norm in ("aln", "oln"):
            tensors[f"l{layer}.{norm}.w"] = random.normal(1, 0.1, HIDDEN).astype(np.float16)
            tensors[f"l{layer}.{norm}.b"] = random.normal(0, 0.1, HIDDEN).astype(np.float16)
    return tensors


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("question") / "question.safetensors"
    save_file(random_layers(), file)
    return file


@pytest.fixture(scope="module")
def tuned(tiny_folder: Path, weights: Path) -> TunedQuestions:
    return TunedQuestions(open_words(tiny_folder), weights)


def test_vectors_are_those_of_bert_with_the_tuned_layers(
    tuned: TunedQuestions, tiny_folder: Path, weights: Path
) -> None:
    model = PackedModel(tiny_folder / "e5-small-q4.bin")
    layers = OverlaidWeights(weights, model)
    words = model.matrix("emb.word", model.shape.vocabulary).astype(np.float64)
    for question, vector in zip(QUESTIONS[:3], tuned.encode_queries(QUESTIONS[:3]), strict=True):
        (ids,) = tuned._tokenizer.encode([f"query: {question}"])
        mean = last_states(layers, words[ids], [0] * len(ids)).mean(0)
        assert vector @ mean / np.linalg.norm(mean) > 0.999


def test_vectors_have_length_1_whatever_is_asked(tuned: TunedQuestions, caplog: pytest.LogCaptureFixture) -> None:
    vectors = tuned.encode_queries(QUESTIONS)
    assert vectors.shape == (len(QUESTIONS), HIDDEN)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert "512" in caplog.text  # the last question is longer than the window, which is told


def test_no_question_gives_no_vector(tuned: TunedQuestions) -> None:
    assert tuned.encode_queries([]).shape == (0, HIDDEN)


def test_questions_are_tuned_and_passages_are_not(tuned: TunedQuestions, tiny_folder: Path) -> None:
    plain = CompiledEncoder(tiny_folder, "tiny")
    assert float(plain.encode_queries(["ab a"])[0] @ tuned.encode_queries(["ab a"])[0]) < 0.99
    assert not hasattr(tuned, "encode_passages")


def test_another_encoder_encodes_its_own_questions() -> None:
    class Other:
        def encode_queries(self, texts: list[str]) -> np.ndarray:
            return np.zeros((len(texts), 3), np.float32)

    other = Other()
    assert load_question_encoder(other) is other  # type: ignore[arg-type]


def test_missing_weights_are_named(tiny_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"question\.safetensors"):
        TunedQuestions(open_words(tiny_folder), tmp_path / "question.safetensors")


@pytest.mark.slow
def test_the_real_one_finds_other_words_than_the_passage_has() -> None:
    encoder = load_encoder()
    passages = [
        "Le taux de décroché désigne la part des appels auxquels un conseiller répond.",
        "Le salon a réuni quatre mille visiteurs à la porte de Versailles.",
        "La direction a annoncé la fermeture du plateau de Metz et le départ de quarante conseillers.",
    ]
    vectors = encoder.encode_passages(passages)
    asked = ["Combien de gens perdent leur emploi dans l'Est ?", "À quelle fréquence quelqu'un prend-il la ligne ?"]
    cosines = load_question_encoder(encoder).encode_queries(asked) @ vectors.T
    assert cosines.argmax(1).tolist() == [2, 0]
