"""Weights of our own training laid over the encoder's: what their file does not hold is the encoder's unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packed import PackedModel, Shape
from embeddings.weights import WeightsError

SCALE = ".scale"
"""Ends the names of the scales (float16, one a row) of an int8 matrix."""


class OverlaidWeights:
    """Tensors under the names of the packed file: those of a file of ours, else the encoder's."""

    def __init__(self, file: Path, encoder: PackedModel) -> None:
        """Reads ``file`` (safetensors; float16, or int8 with a scale a row).

        Its layers are all that the model has. Raises ``WeightsError`` if it is missing or cannot be read.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        self._encoder = encoder
        try:
            self._tensors: dict[str, NDArray[Any]] = load_file(file)
        except (OSError, SafetensorError) as error:
            raise WeightsError(
                f"The {file.stem}'s weights {file} cannot be read: install Standardiste again."
            ) from error
        layers = len({name.split(".")[0] for name in self._tensors if name.startswith("l") and name.endswith(".q.w")})
        own = self._tensors.get("emb.type")
        kinds = encoder.shape.token_types if own is None else own.size // encoder.shape.hidden
        self.shape: Shape = replace(encoder.shape, layers=layers, token_types=kinds)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """One whole tensor, flat, float32."""
        if name not in self._tensors:
            return self._encoder.tensor(name)
        values = self._tensors[name].astype(np.float32)
        if name + SCALE in self._tensors:
            values *= self._tensors[name + SCALE].astype(np.float32)[:, None]
        return values.reshape(-1)

    def matrix(self, name: str, rows: int) -> NDArray[np.float32]:
        """One tensor as ``(rows, size / rows)``, float32."""
        return self.tensor(name).reshape(rows, -1)
