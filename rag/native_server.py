"""llama.cpp's own server as a child process: started, found on its port, and gone when this process is."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.native import NativeError

START_SECONDS = 180.0
"""How long a model may take to be loaded: two seconds here, half a minute from a slow disk."""
CONTEXT_TOKENS = 4096
"""Tokens a conversation with the local model may take; prompts stay far below (``rag.evidence``)."""
CACHE_MEBIBYTES = 256
"""Of earlier prompts, so that each language's instructions are read once."""
_KEEPER = Path(__file__).with_name("keeper.py")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
"""The variables that the server sees: others (LLAMA_ARG_…) would change what it does."""


class NativeServer:
    """A model served on a free loopback port, for whoever knows ``key``. Raises ``NativeError`` if it does not start.

    The key travels in the environment, which other users cannot read as they can a command line.
    """

    def __init__(
        self, binary: Path, options: Sequence[str], weights: Path, key: str, seconds: float = START_SECONDS
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_KEEPER), str(binary), *_arguments(weights), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(os.environ, key),
            # Ctrl-C at the terminal is for this process, which may still want the answer it waits for.
            start_new_session=True,
        )
        self.close = weakref.finalize(self, _end, self._process)
        """End the server; done by itself when this object goes, or the process ends."""
        try:
            self.address = _address(self._process, time.monotonic() + seconds)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    @property
    def process(self) -> int:
        """The number of the process that keeps the server, whose only child it is."""
        return self._process.pid


def _arguments(weights: Path) -> list[str]:
    """As ``rag.local`` has the wheel's server."""
    return [
        "--model", str(weights), "--host", "127.0.0.1", "--port", "0", "--ctx-size", str(CONTEXT_TOKENS),
        "--parallel", "1", "--cache-ram", str(CACHE_MEBIBYTES), "--no-slots", "--no-ui", "--offline",
        "--log-colors", "off",
    ]  # fmt: skip


def _environment(given: Mapping[str, str], key: str) -> dict[str, str]:
    return {**{name: given[name] for name in _KEPT if name in given}, "LLAMA_API_KEY": key}


def _address(process: subprocess.Popen[bytes], deadline: float) -> str:
    """What the keeper tells once the model is loaded."""
    if process.stdout is None:
        raise AssertionError("a process started with pipes has them")
    told = b""
    while not told.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise NativeError("The native engine does not get the model loaded in time.")
        part = os.read(process.stdout.fileno(), 256)
        if not part:
            raise NativeError(f"The native engine does not start ({_ended(process.wait())}).")
        told += part
    return told.decode("ascii").strip()


def _ended(code: int) -> str:
    if code > 128:
        with contextlib.suppress(ValueError):
            return f"it ended by {signal.Signals(code - 128).name}"
    return f"it ended with code {code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        # The keeper leads a group of its own, in which there is only the server besides.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
