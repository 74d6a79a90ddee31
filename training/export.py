"""The trained reader in torch → ``embeddings/reader/reader.safetensors`` (float16), and a check of the fast path.

Run: ``python -m training.export [--work DIR]`` after ``training.train``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from embeddings.e5 import LAYER_TENSORS
from embeddings.reader import WEIGHTS
from training.model import LAYERS

HEADS = {"pool": "pool", "answers": "answers", "span": "span"}


def packed_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The reader's tensors under the names that the packed encoder gives them; words and positions left out."""
    tensors = {
        "emb.type": state["bert.embeddings.token_type_embeddings.weight"],
        "emb.ln.w": state["bert.embeddings.LayerNorm.weight"],
        "emb.ln.b": state["bert.embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for short, long in LAYER_TENSORS.items():
            for letter, kind in (("w", "weight"), ("b", "bias")):
                tensors[f"l{layer}.{short}.{letter}"] = state[f"bert.encoder.layer.{layer}.{long}.{kind}"]
    for short, long in HEADS.items():
        tensors[f"{short}.w"], tensors[f"{short}.b"] = state[f"{long}.weight"], state[f"{long}.bias"]
    return tensors


def main() -> int:
    """Export."""
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    parser.add_argument("--checkpoint", default="reader-final.pt")
    options = parser.parse_args()
    saved = torch.load(options.work / options.checkpoint, weights_only=True)
    tensors = {name: tensor.half().contiguous() for name, tensor in packed_names(saved["model"]).items()}
    WEIGHTS.parent.mkdir(exist_ok=True)
    save_file(tensors, WEIGHTS, {"step": str(saved["step"])})
    print(f"{WEIGHTS.name}: step {saved['step']}, {WEIGHTS.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
