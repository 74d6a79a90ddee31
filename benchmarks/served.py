"""A page of its own for a measurement: its process, over the shipped articles, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = str(Path(sys.executable).parent / "standardiste")


@dataclass(frozen=True, slots=True)
class Served:
    """Where the page is, and the process that serves it."""

    address: str
    process: int


@contextmanager
def served(folder: Path = ROOT, **settings: str) -> Iterator[Served]:
    """A page in a temporary index, run in ``folder``; ``settings`` are environment variables."""
    with tempfile.TemporaryDirectory() as index:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "STANDARDISTE_INDEX": index, **settings}
        subprocess.run([COMMAND, "index", "corpus/articles"], check=True, cwd=ROOT, env=environment)
        page = subprocess.Popen([COMMAND, "serve", "--port", str(port)], cwd=folder, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            while not _ready(f"{address}/readyz"):
                time.sleep(0.1)
            yield Served(address, page.pid)
        finally:
            page.terminate()
            page.wait()


def _ready(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=1).close()
    except OSError:
        return False
    return True
