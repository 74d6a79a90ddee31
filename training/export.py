"""The trained reader in torch → ``embeddings/reader/reader.safetensors`` (float16).

Run: ``python -m training.export [FILE ...]`` after ``training.train``. Of several runs, one begun with the weights of
the other, the mean of the weights is exported (Wortsman et al. 2022, arXiv:2203.05482): it lies between them.
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

DEFAULT = Path(tempfile.gettempdir()) / "standardiste-benchmarks" / "reader-final.pt"
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
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=f"finished runs (default: {DEFAULT})")
    options = parser.parse_args()
    saved = [torch.load(file, weights_only=True) for file in options.files or [DEFAULT]]
    states = [packed_names(one["model"]) for one in saved]
    tensors = {
        name: torch.stack([state[name].float() for state in states]).mean(0).half().contiguous() for name in states[0]
    }
    WEIGHTS.parent.mkdir(exist_ok=True)
    steps = " + ".join(str(one["step"]) for one in saved)
    save_file(tensors, WEIGHTS, {"step": steps})
    print(f"{WEIGHTS.name}: steps {steps}, {WEIGHTS.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
