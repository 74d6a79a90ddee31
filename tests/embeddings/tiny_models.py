"""Models small enough to check by hand: packed files, wheels, manifests."""

import hashlib
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HIDDEN, HEADS, FEED_FORWARD, POSITIONS = 64, 2, 96, 512
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "é", "▁a", "ab", "▁ab", "abb", "▁passage", "▁query", ":"]
PIECES += ["p", "e", "r", "▁😀", "<mask>"]
SCORES = [0, 0, 0, 0, -2, -3, -3.5, -5, -2.5, -4, -4.25, -6, -3, -3, -1, -7, -7, -7, -9, 0]


def quantise(weights: NDArray[np.float32]) -> bytes:
    """Weights, a multiple of 32, as blocks of 4 bits: the largest becomes ±8 scales."""
    blocks = weights.reshape(-1, 32)
    scales = (np.abs(blocks).max(1) / 7).astype("<f2")
    numbers = np.rint(blocks / scales[:, None].astype(np.float32)).astype(np.int8) + 8
    low, high = numbers[:, :16].astype(np.uint8), numbers[:, 16:].astype(np.uint8)
    packed = [s.tobytes() + n.tobytes() for s, n in zip(scales, low | high << 4, strict=True)]
    return b"".join(packed)


def packed_bytes(tensors: dict[str, tuple[int, int, bytes]], layers: int) -> bytes:
    """A whole packed file; a tensor is (kind, number of weights, bytes)."""
    vocabulary = len(PIECES)
    letters = [piece.encode() for piece in PIECES]
    front = struct.pack(
        "<4sI7ifi", b"E5S1", 1, HIDDEN, layers, HEADS, FEED_FORWARD, vocabulary, POSITIONS, 2, 1e-12, 32
    )
    front += struct.pack("<5iQ", vocabulary, 0, 2, 1, 3, sum(map(len, letters)))
    front += np.cumsum([0, *map(len, letters)]).astype("<u4").tobytes()
    front += np.array(SCORES, "<f4").tobytes() + b"".join(letters)
    front += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xA0, 1, 0x20)
    names = {name: name.encode() for name in tensors}
    start = len(front) + 4 + sum(2 + len(name) + 21 for name in names.values())
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (kind, size, content) in tensors.items():
        directory += struct.pack("<H", len(names[name])) + names[name]
        directory += struct.pack("<BIQQ", kind, size, start + len(body), len(content))
        body += content
    return front + directory + body


def random_model(layers: int = 2) -> bytes:
    """A packed file of random weights, the same at every call."""
    random = np.random.default_rng(7)
    tensors: dict[str, tuple[int, int, bytes]] = {}

    def add(name: str, *shape: int, scale: float = 0.1, around: float = 0.0, quantised: bool = False) -> None:
        values = random.normal(around, scale, shape).astype(np.float32)
        content = quantise(values) if quantised else values.astype("<f4").tobytes()
        tensors[name] = (int(quantised), values.size, content)

    def norm(name: str) -> None:
        add(name + ".w", HIDDEN, around=1.0)
        add(name + ".b", HIDDEN)

    add("emb.word", len(PIECES), HIDDEN, scale=1.0, quantised=True)
    add("emb.pos", POSITIONS, HIDDEN)
    add("emb.type", 2, HIDDEN)
    norm("emb.ln")
    for layer in range(layers):
        for part, rows, columns in [
            *((part, HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")),
            ("fi", FEED_FORWARD, HIDDEN),
            ("fo", HIDDEN, FEED_FORWARD),
        ]:
            add(f"l{layer}.{part}.w", rows, columns, quantised=True)
            add(f"l{layer}.{part}.b", rows)
        norm(f"l{layer}.aln")
        norm(f"l{layer}.oln")
    return packed_bytes(tensors, layers)


@dataclass
class Registry:
    """A folder that pip takes for its only source of packages, and manifests that speak of it."""

    wheels: Path
    manifests: Path
    forget: Callable[[], None]
    parts: dict[str, list[bytes]] = field(default_factory=dict)

    def put(self, project: str, member: str, content: bytes) -> Path:
        """Writes a wheel that pip accepts."""
        plain = project.replace("-", "_")
        path = self.wheels / f"{plain}-1.0-py3-none-any.whl"
        info = f"{plain}-1.0.dist-info"
        with zipfile.ZipFile(path, "w") as wheel:
            for name, data in {
                member: content,
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n".encode(),
                f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{info}/RECORD": b"",
            }.items():
                # A fixed date: the same content makes the same wheel.
                wheel.writestr(zipfile.ZipInfo(name), data)
        return path

    def model(self, name: str, parts: list[bytes]) -> list[Path]:
        """A language model cut into ``parts``, each in a wheel, and its manifest; returns the wheels."""
        paths = [self.put(f"{name}-part{n}", f"data/{n}.bin", part) for n, part in enumerate(parts)]
        whole = b"".join(parts)
        lines = ['kind = "language-model"', "default = true", 'origin = "here"', 'licence = "MIT"']
        lines += ['assembly = "concatenate"', f'[files."{name}.gguf"]']
        lines += [f'sha256 = "{hashlib.sha256(whole).hexdigest()}"', f"size = {len(whole)}"]
        for n, path in enumerate(paths):
            lines += ["[[wheels]]", f'project = "{name}-part{n}"', 'version = "1.0"', f'member = "data/{n}.bin"']
            lines += [f'sha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"']
            lines += [f"size = {path.stat().st_size}"]
        (self.manifests / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
        self.forget()
        return paths
