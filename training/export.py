"""What was trained in torch → safetensors: the reader (float16), the verifier or the question encoder (both int8).

Run: ``python -m training.export [FILE ...]`` after ``training.train``. Of several runs, one begun with the weights of
the other, the mean of the weights is exported (Wortsman et al. 2022, arXiv:2203.05482): it lies between them.
``python -m training.export --verifier [FILE ...]`` after ``training.train_verifier``, ``--question`` after
``training.train_question``.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from embeddings.e5 import LAYER_TENSORS
from embeddings.overlay import SCALE
from embeddings.question import WEIGHTS as QUESTION
from embeddings.reader import VERIFIER, WEIGHTS
from training.model import ReaderModel

WORK = Path(tempfile.gettempdir()) / "standardiste-benchmarks"
FIRST = "attention.self.query.weight"
"""A tensor that every layer has."""
HEADS = {"pool": "pool", "answers": "answers", "span": "span"}


def packed_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The reader's tensors under the names that the packed encoder gives them; words and positions left out."""
    tensors = {
        "emb.type": state["bert.embeddings.token_type_embeddings.weight"],
        "emb.ln.w": state["bert.embeddings.LayerNorm.weight"],
        "emb.ln.b": state["bert.embeddings.LayerNorm.bias"],
    }
    for short, long in HEADS.items():
        tensors[f"{short}.w"], tensors[f"{short}.b"] = state[f"{long}.weight"], state[f"{long}.bias"]
    return tensors | layer_tensors(state)


def layer_tensors(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The layers' tensors under the names that the packed encoder gives them."""
    return {
        f"l{layer}.{short}.{letter}": state[f"bert.encoder.layer.{layer}.{long}.{kind}"]
        for layer in itertools.takewhile(lambda n: f"bert.encoder.layer.{n}.{FIRST}" in state, itertools.count())
        for short, long in LAYER_TENSORS.items()
        for letter, kind in (("w", "weight"), ("b", "bias"))
    }


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
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--verifier", dest="weights", action="store_const", const=VERIFIER, default=WEIGHTS)
    which.add_argument("--question", dest="weights", action="store_const", const=QUESTION)
    options = parser.parse_args()
    weights: Path = options.weights
    named = layer_tensors if weights == QUESTION else packed_names
    saved = [torch.load(file, weights_only=True) for file in options.files or [WORK / f"{weights.stem}-final.pt"]]
    states = [named(one["model"]) for one in saved]
    means = {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}
    half = {name: mean.half().contiguous() for name, mean in means.items()}
    tensors = half if weights == WEIGHTS else quantised(means)
    weights.parent.mkdir(exist_ok=True)
    steps = " + ".join(str(one["step"]) for one in saved)
    save_file(tensors, weights, {"step": steps})
    print(f"{weights.name}: steps {steps}, {weights.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
