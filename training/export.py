"""The trained reader in torch → ``embeddings/reader/reader.safetensors`` (float16), or the verifier's (int8).

Run: ``python -m training.export [FILE ...]`` after ``training.train``. Of several runs, one begun with the weights of
the other, the mean of the weights is exported (Wortsman et al. 2022, arXiv:2203.05482): it lies between them.
``python -m training.export --verifier [FILE ...]`` after ``training.train_verifier``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from embeddings.e5 import LAYER_TENSORS
from embeddings.reader import SCALE, VERIFIER, WEIGHTS
from training.model import LAYERS, ReaderModel

WORK = Path(tempfile.gettempdir()) / "standardiste-benchmarks"
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


def quantised(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The layers' matrices as int8 with a float16 scale a row, the rest as float16."""
    small: dict[str, Tensor] = {}
    for name, values in tensors.items():
        if values.dim() == 2 and name.startswith("l"):
            scale = (values.abs().amax(1) / 127).half()
            small[name] = (values / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8).contiguous()
            small[name + SCALE] = scale
        else:
            small[name] = values.half().contiguous()
    return small


def unpacked_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What ``packed_names`` makes, under torch's names again."""
    empty = {name: torch.empty(0) for name in ReaderModel().state_dict()}
    numbered = {name: torch.tensor(number) for number, name in enumerate(empty)}
    names = {packed: list(empty)[int(number)] for packed, number in packed_names(numbered).items()}
    return {long: tensors[packed].float() for packed, long in names.items()}


def main() -> int:
    """Export."""
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=f"finished runs (default: those in {WORK})")
    parser.add_argument("--verifier", action="store_true")
    options = parser.parse_args()
    weights = VERIFIER if options.verifier else WEIGHTS
    saved = [torch.load(file, weights_only=True) for file in options.files or [WORK / f"{weights.stem}-final.pt"]]
    states = [packed_names(one["model"]) for one in saved]
    means = {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}
    tensors = quantised(means) if options.verifier else {name: mean.half().contiguous() for name, mean in means.items()}
    weights.parent.mkdir(exist_ok=True)
    steps = " + ".join(str(one["step"]) for one in saved)
    save_file(tensors, weights, {"step": steps})
    print(f"{weights.name}: steps {steps}, {weights.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
