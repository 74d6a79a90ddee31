"""What it costs to read files in a process of their own: ``python -m benchmarks.resilience.reading [FOLDER]``."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.machine import describe

ROUNDS = 5
_READ = """
import sys, time
from pathlib import Path
from corpus.apart import Worker
from corpus.read import article_files, read_articles
files = article_files([Path(sys.argv[2])])[:int(sys.argv[3])]
started = time.perf_counter()
for _ in (read_articles if sys.argv[1] == "here" else Worker().read_articles)(files):
    pass
print(time.perf_counter() - started)
"""


def main() -> None:
    """Print the median seconds of several cold processes, here and apart in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("corpus/articles"))
    parser.add_argument("--files", type=int, default=50)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {"here": [], "apart": []}
    for _ in range(ROUNDS):
        for where, found in seconds.items():
            call = [sys.executable, "-c", _READ, where, str(options.folder), str(options.files)]
            found.append(float(subprocess.run(call, check=True, capture_output=True, text=True).stdout))
    print(describe("lxml", "pypdf"))
    for where, found in seconds.items():
        print(f"{options.files} files read {where:<6}{statistics.median(found):>8.2f} s (median of {ROUNDS})")


if __name__ == "__main__":
    main()
