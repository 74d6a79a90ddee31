"""How much quicker indexing becomes with each encoder on Ray, and where that ends.

Run: ``python -m benchmarks.ray_index [--articles 300] [--workers N] [--rounds 3]``. French Wikipedia paragraphs (PIAF
in ../shared, else those of the shipped articles) are indexed, each as an article, into fresh stores: by this process,
with all cores, and on a Ray cluster of this machine's own with 1 to N cores and as many encoders, by turns. The
clusters have started and embedded something before their time counts; what that takes stands in a column of its own.
Speed-up is over one encoder on Ray, efficiency the speed-up for each encoder. Figures are medians over rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import machine, squad
from embeddings.encoder import Encoder, load_encoder
from rag.build import index
from rag.cluster import connected
from rag.ray_stages import OnRay
from rag.ray_work import Recipe, identity_of
from rag.sqlite import SqliteStore
from rag.stages import Stages

ROOT = Path(__file__).resolve().parents[1]
FLAT = 1.1
"""Twice the encoders that give less than this much more are not worth starting."""
WARM = 8


@dataclass(frozen=True, slots=True)
class Run:
    """One indexing: passages a second, seconds before it could begin, and passages to a second of this process's work.

    ``pen`` is what this process could do if the rest cost nothing.
    """

    rate: float
    start: float
    pen: float


def read_texts(count: int) -> tuple[list[str], str]:
    """``count`` paragraphs and some to warm up with, and where they come from."""
    if squad.PIAF.exists():
        texts, source = list(squad.load().paragraphs.values()), "PIAF"
    else:
        files = sorted((ROOT / "corpus" / "articles").glob("*.md"))
        texts = [text for file in files for text in file.read_text(encoding="utf-8").split("\n\n") if len(text) > 300]
        source = "corpus/articles"
    return texts[: count + WARM], source


def written(texts: Sequence[str], folder: Path) -> Path:
    """The texts as files of a new folder."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"p{number:05d}.txt").write_text(text + "\n", encoding="utf-8")
    return folder


def timed(articles: Path, encoder: Encoder, stages: Stages | None) -> Run:
    """Index the folder into a fresh store."""
    with tempfile.TemporaryDirectory() as place:
        store = SqliteStore(Path(place), encoder.name, encoder.dimension)
        worked, started = time.process_time(), time.perf_counter()
        report = index(store, encoder, [articles], stages=stages)
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        store.close()
    if report.failed:
        raise RuntimeError(f"{len(report.failed)} paragraphs could not be indexed")
    return Run(report.passages / seconds, 0.0, report.passages / work)


def on_ray(articles: Path, warm: Path, encoder: Encoder, workers: int) -> Run:
    """The same on a cluster that has just started."""
    begun = time.perf_counter()
    with connected(cores=workers) as ray:
        stages = OnRay(ray, Recipe("e5-small"), identity_of(encoder), workers)
        timed(warm, encoder, stages)
        start = time.perf_counter() - begun
        run = timed(articles, encoder, stages)
    return Run(run.rate, start, run.pen)


def medians(runs: Sequence[Run]) -> Run:
    """Of each figure its own."""
    return Run(median(run.rate for run in runs), median(run.start for run in runs), median(run.pen for run in runs))


def print_table(here: Run, there: dict[int, Run]) -> None:
    """A line an engine, then where more encoders stop helping."""
    print(f"\n{'engine':24}{'passages/s':>12}{'speed-up':>10}{'efficiency':>12}{'of here':>9}{'start, s':>10}")
    print(f"{'this process, all cores':24}{here.rate:12.1f}{'':22}{1:9.2f}{here.start:10.1f}")
    alone = there[1].rate
    for workers, run in there.items():
        gain = run.rate / alone
        name = f"Ray, {workers} encoder{'s' * (workers > 1)}"
        print(
            f"{name:24}{run.rate:12.1f}{gain:10.2f}{gain / workers:12.0%}{run.rate / here.rate:9.2f}{run.start:10.1f}"
        )
    counts = list(there)
    flat = next((a for a, b in zip(counts, counts[1:], strict=False) if there[b].rate < FLAT * there[a].rate), 0)
    print(f"flattens from {flat} on" if flat else f"does not flatten up to {counts[-1]} encoders")
    pen = max(run.pen for run in there.values())
    print(f"this process reads results and writes: {pen:.0f} passages for each second of its own work")


def main() -> int:
    """Print the table."""
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ray_index", description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2 * cores, help="most encoders; default: twice the cores")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = sorted({2**power for power in range(12) if 2**power < options.workers} | {options.workers, 1})
    encoder = load_encoder()
    texts, source = read_texts(options.articles)
    with tempfile.TemporaryDirectory() as work:
        articles, warm = written(texts[WARM:], Path(work, "a")), written(texts[:WARM], Path(work, "w"))
        timed(warm, encoder, None)
        here: list[Run] = []
        there: dict[int, list[Run]] = {count: [] for count in counts}
        for _ in range(options.rounds):
            here.append(timed(articles, encoder, None))
            for count in counts:
                there[count].append(on_ray(articles, warm, encoder, count))
    print(machine.describe("ray", "openvino", "numpy"))
    print(f"{len(texts) - WARM} paragraphs from {source}, {options.rounds} rounds by turns, medians")
    print_table(medians(here), {count: medians(runs) for count, runs in there.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
