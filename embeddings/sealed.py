"""Files whose SHA-256 is kept elsewhere: written whole or not at all, read only when the sum matches."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

BLOCK = 1 << 20
"""Bytes hashed at a time: memory does not grow with the file."""


class SealError(Exception):
    """A file is missing, unreadable, or not the one that was written. The text names it."""


class Sealing:
    """A file being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.sha256 = ""
        """The sum of what was summed, once it is in place."""

    def write(self, content: bytes, *, summed: bool = True) -> None:
        """Append bytes; what is not ``summed`` comes first and carries sums of its own. Raises ``OSError``."""
        self._file.write(content)
        if summed:
            self._digest.update(content)

    def finish(self) -> None:
        """Flush to disk. Raises ``OSError``."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.sha256 = self._digest.hexdigest()


@contextlib.contextmanager
def sealing(path: Path) -> Iterator[Sealing]:
    """A file that takes the place of ``path`` when the block ends well, and is gone when not. Raises ``OSError``."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            sealed = Sealing(file)
            yield sealed
            sealed.finish()
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


@contextlib.contextmanager
def unsealed(path: Path, sha256: str, start: int = 0) -> Iterator[IO[bytes]]:
    """The file ``path``, open at ``start``, once all from there on was read and has the sum. Raises ``SealError``.

    It stays the same file when another takes its place meanwhile.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            file.seek(start)
            digest = hashlib.sha256()
            while block := file.read(BLOCK):
                digest.update(block)
            file.seek(start)
        except OSError as error:
            raise SealError(f"{path} cannot be read: {error.strerror}") from error
        if digest.hexdigest() != sha256:
            raise SealError(f"{path} is damaged or belongs to another state")
        yield file


def _flush_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system lets a folder be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
