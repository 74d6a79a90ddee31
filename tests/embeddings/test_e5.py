"""The folder made of a packed file."""

import json
from pathlib import Path

import numpy as np
from tiny_models import FEED_FORWARD, HIDDEN, PIECES, random_model

from embeddings.e5 import write_sentence_transformer
from embeddings.packed import PackedModel


def test_tensors_have_the_names_shapes_and_values_that_bert_expects(tiny_folder: Path) -> None:
    from safetensors.numpy import load_file

    tensors = load_file(tiny_folder / "model.safetensors")
    packed = PackedModel(tiny_folder / "e5-small-q4.bin")
    assert len(tensors) == len(packed.names())
    inner = tensors["encoder.layer.1.intermediate.dense.weight"]
    assert inner.shape == (FEED_FORWARD, HIDDEN)
    assert inner.ravel().tolist() == packed.tensor("l1.fi.w").tolist()
    assert tensors["encoder.layer.0.output.LayerNorm.weight"].shape == (HIDDEN,)
    words = tensors["embeddings.word_embeddings.weight"]
    assert np.array_equal(words[[4, 9]], packed.word_rows(np.array([4, 9])))
    assert words.shape == (len(PIECES), HIDDEN)


def test_the_prompts_are_those_e5_was_trained_with(tiny_folder: Path) -> None:
    settings = json.loads((tiny_folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    assert settings["prompts"] == {"query": "query: ", "passage": "passage: ", "document": "passage: "}


def test_every_file_is_the_same_byte_for_byte_each_time(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(random_model())
    write_sentence_transformer(tmp_path)
    files = [path.relative_to(tiny_folder) for path in tiny_folder.rglob("*") if path.is_file()]
    assert len(files) == 10
    for file in files:
        assert (tmp_path / file).read_bytes() == (tiny_folder / file).read_bytes(), file
