"""The packed 4-bit multilingual-e5-small → a folder that ``SentenceTransformer`` loads like any other.

Every file comes out the same byte for byte wherever it is written, so that the manifest can pin its SHA-256.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packed import PackedModel
from embeddings.pieces import tokenizer_json, write_piece_table

PACKED_FILE = "e5-small-q4.bin"
WINDOW = 512
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
"""The prompts e5 was trained with (Wang et al. 2024, arXiv:2402.05672); "document" is what
``SentenceTransformer.encode_document`` looks for."""

LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_sentence_transformer(folder: Path) -> None:
    """Writes beside ``folder/e5-small-q4.bin`` all that SentenceTransformer and the fast path read.

    Raises ``PackedFileError`` if the packed file is not whole, ``OSError`` if the disk refuses.
    """
    model = PackedModel(folder / PACKED_FILE)
    _write_json(folder / "config.json", _bert_config(model))
    _write_tensors(folder / "model.safetensors", bert_tensors(model))
    _write_json(folder / "tokenizer.json", tokenizer_json(model.pieces, range(len(model.pieces))))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config())
    _write_json(folder / "sentence_bert_config.json", _transformer_config())
    _write_json(folder / "config_sentence_transformers.json", _sentence_transformer_config())
    _write_json(folder / "modules.json", _modules())
    pooling = folder / "1_Pooling"
    pooling.mkdir(exist_ok=True)
    _write_json(pooling / "config.json", _pooling_config(model.shape.hidden))
    (folder / "2_Normalize").mkdir(exist_ok=True)
    write_piece_table(folder / "pieces.npy", model.pieces)


def _bert_config(model: PackedModel) -> dict[str, Any]:
    shape = model.shape
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.1,
        "classifier_dropout": None,
        "dtype": "float32",
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.feed_forward,
        # The packed header holds the float32 next to this.
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": model.pieces.pad,
        "type_vocab_size": shape.token_types,
        "vocab_size": shape.vocabulary,
    }


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": WINDOW,
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }


def _transformer_config() -> dict[str, Any]:
    # The packed file has no pooler, and mean pooling needs none.
    no_pooler = {"add_pooling_layer": False}
    return {"max_seq_length": WINDOW, "do_lower_case": False, "model_args": no_pooler}


def _sentence_transformer_config() -> dict[str, Any]:
    return {"prompts": PROMPTS, "default_prompt_name": None, "similarity_fn_name": "cosine"}


def _modules() -> list[dict[str, Any]]:
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(kinds)
    ]


def _pooling_config(hidden: int) -> dict[str, Any]:
    return {
        "word_embedding_dimension": hidden,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
    }


def _write_tensors(path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    """Writes the safetensors format by hand: the library does not promise the same bytes in every version."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").data)


def bert_tensors(model: PackedModel) -> dict[str, NDArray[np.float32]]:
    """All tensors under the names that Hugging Face's ``BertModel`` gives them; matrices are (out, in)."""
    shape = model.shape
    tensors = {
        "embeddings.word_embeddings.weight": model.matrix("emb.word", shape.vocabulary),
        "embeddings.position_embeddings.weight": model.matrix("emb.pos", shape.positions),
        "embeddings.token_type_embeddings.weight": model.matrix("emb.type", shape.token_types),
        "embeddings.LayerNorm.weight": model.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": model.tensor("emb.ln.b"),
    }
    for layer in range(shape.layers):
        for short, long in LAYER_TENSORS.items():
            weight = model.tensor(f"l{layer}.{short}.w")
            bias = model.tensor(f"l{layer}.{short}.b")
            # A layer norm's weight is as long as its bias; any other is a matrix with a row per output.
            tensors[f"encoder.layer.{layer}.{long}.weight"] = (
                weight if weight.size == bias.size else weight.reshape(bias.size, -1)
            )
            tensors[f"encoder.layer.{layer}.{long}.bias"] = bias
    return tensors


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=None), encoding="utf-8")
