"""How long a cold process takes: the help, an extractive answer, and the page until it answers.

Run: ``python -m benchmarks.startup [--rounds 7]``. The shipped articles are indexed into a temporary folder first.
Bounds: help 0.5 s, answer 1.5 s, page 12 s; exit code 1 when a median misses its bound.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks import machine

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "À qui le SECA a-t-il été revendu ?"
COMMAND = str(Path(sys.executable).parent / "standardiste")


def _process(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([COMMAND, *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - started


def _page() -> float:
    """Seconds from starting ``serve`` until its health address answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    page = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        while time.perf_counter() - started < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                    return time.perf_counter() - started
            except OSError:
                time.sleep(0.05)
    finally:
        page.kill()
        page.wait()
    raise TimeoutError("the page did not come up within two minutes")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    measured: list[tuple[str, float, Callable[[], float], int]] = [
        ("standardiste --help", 0.5, lambda: _process("--help"), options.rounds),
        ("standardiste ask --no-llm", 1.5, lambda: _process("ask", "--no-llm", QUESTION), options.rounds),
        ("standardiste serve, until /healthz", 12.0, _page, max(options.rounds // 2, 1)),
    ]
    missed = 0
    print(machine.describe("openvino", "faiss-cpu", "gradio"))
    with tempfile.TemporaryDirectory() as index:
        os.environ["STANDARDISTE_INDEX"] = index
        _process("index", "corpus/articles")
        print(f"\n{'cold process':36} {'median s':>9} {'min':>7} {'max':>7} {'bound':>7}")
        for name, bound, run, rounds in measured:
            run()
            seconds = [run() for _ in range(rounds)]
            median = statistics.median(seconds)
            missed += median > bound
            print(f"{name:36} {median:9.2f} {min(seconds):7.2f} {max(seconds):7.2f} {bound:7.1f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
