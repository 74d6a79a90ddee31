"""The source that the native engine is built from, and the tools that build it: fetched by their sums.

llama.cpp's source comes in the archive of llama-cpp-python, from the package registry like everything else here.
Nothing of that package is run: pip asks a source archive's build backend for its metadata before it hands it over, and
is given our own few lines in its place.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from embeddings.manifest import Pinned
from embeddings.wheels import WheelError, download_pinned
from rag.native import SOURCE_VERSION, NativeError

ARCHIVE = Pinned(
    "llama-cpp-python", SOURCE_VERSION, "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e", 76_589_250
)
SOURCE = PurePosixPath(f"llama_cpp_python-{SOURCE_VERSION}/vendor/llama.cpp")
"""The folder of the archive that is unpacked."""
TOOLS = {
    "cmake": (
        "cmake==4.4.4",
        {
            "x86_64": "f773a0544c66370408f451acd487c2c643b0dfebb48c5d64f3638bc1bb820238",
            "aarch64": "b3029f586853e01ddf2824c1ff124a1c5284f8ae897994758e9c4eeb45903b58",
        },
    ),
    "ninja": (
        "ninja==1.13.2",
        {
            "x86_64": "65a24341b5ac09fcadcc37082660be40a94174e51a937fabf6e2cae26225fa2c",
            "aarch64": "d775a5e43e9088f507a6250d57fcf5678eb31268c545feb5064ffeee33735622",
        },
    ),
}
"""Wheels for manylinux2014, where the system has none of its own."""
_BACKEND = """
import os

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "{project}-{version}.dist-info".replace("-", "_", {project!r}.count("-"))
    os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, name, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: {project}\\nVersion: {version}\\n")
    return name
"""


def fetch_archive(folder: Path, archive: Pinned = ARCHIVE) -> Path:
    """The verified archive, downloaded into ``folder`` unless it is there. Raises ``NativeError`` and ``OSError``."""
    from tqdm import tqdm

    backend = folder / "backend" / "scikit_build_core"
    backend.mkdir(parents=True, exist_ok=True)
    (backend / "__init__.py").write_text("", encoding="utf-8")
    text = _BACKEND.format(project=archive.project, version=archive.version)
    (backend / "build.py").write_text(text, encoding="utf-8")
    target = folder / f"{archive.project}-{archive.version}.tar.gz"
    options = [f"--no-binary={archive.project}", "--no-build-isolation"]
    try:
        with tqdm(total=archive.size, desc="source", unit="B", unit_scale=True, file=sys.stderr) as bar:
            return download_pinned(archive, target, bar.update, options, {"PYTHONPATH": str(backend.parent)})
    except WheelError as error:
        raise NativeError(
            f"The source of llama.cpp could not be fetched: {error}. Run “make native” again when that is mended."
        ) from error
    finally:
        shutil.rmtree(backend.parent, ignore_errors=True)


def unpack(archive: Path, folder: Path, inside: PurePosixPath = SOURCE) -> Path:
    """Write what lies in the archive's folder ``inside`` into ``folder``; returns where it is.

    What leads elsewhere is refused. Raises ``NativeError`` and ``OSError``.
    """
    if not hasattr(tarfile, "data_filter"):
        raise NativeError("This Python unpacks archives without looking at their paths: take 3.11.4 or later.")
    try:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, _members(packed, inside), filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise NativeError(f"The source of llama.cpp cannot be unpacked ({type(error).__name__}: {error}).") from error
    if not (folder / inside).is_dir():
        raise NativeError(f"The source archive does not hold {inside}.")
    return folder / inside


def _members(packed: tarfile.TarFile, inside: PurePosixPath) -> Iterator[tarfile.TarInfo]:
    for member in packed:
        path = PurePosixPath(member.name)
        # The filter would let the first pass as a relative one, and the second within the folder unpacked into.
        if path.is_absolute() or ".." in path.parts:
            raise tarfile.OutsideDestinationError(member, member.name)
        if path.is_relative_to(inside):
            yield member


def find_tools(folder: Path) -> dict[str, Path]:
    """The programs cmake and ninja: the system's where it has them, else from wheels that go into ``folder``."""
    present = {name: Path(path) for name in TOOLS if (path := shutil.which(name))}
    missing = [name for name in TOOLS if name not in present]
    if missing:
        _install(missing, folder)
        # cmake's script in bin/ is Python, which would look for its package.
        wheels = {"cmake": folder / "cmake" / "data" / "bin" / "cmake", "ninja": folder / "bin" / "ninja"}
        present.update((name, wheels[name]) for name in missing)
    return present


def _install(names: list[str], folder: Path) -> None:
    machine = platform.machine()
    wanted = [TOOLS[name] for name in names]
    lines = [f"{version} --hash=sha256:{sums[machine]}" for version, sums in wanted if machine in sums]
    way_out = f"install {' and '.join(names)} with the system's packages (Debian: apt install cmake ninja-build)"
    if len(lines) < len(names):
        raise NativeError(f"There are no pinned wheels of {' and '.join(names)} for {machine}: {way_out}.")
    folder.mkdir(parents=True, exist_ok=True)
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--target", str(folder)]
    done = subprocess.run([*command, "--requirement", str(requirements)], capture_output=True)
    if done.returncode:
        raise NativeError(f"{' and '.join(names).capitalize()} could not be fetched (is there a network?): {way_out}.")
