"""Readers at work while the index is made anew again and again, and a second writer who must not wait.

``python -m benchmarks.resilience.readers`` prints a table and ends with 1 on an error, or on an answer that mixes two
editions of an article.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
import tempfile
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.resilience.material import TOPICS, SmallEncoder, open_store, write_articles
from rag.build import index
from rag.store import Candidate, StoreLocked

ARTICLES = TOPICS[:3]
_EDITION = re.compile(r"l'édition (\d+)")


def main(arguments: list[str] | None = None) -> int:
    """Run readers and writer; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--questions", type=int, default=5000, help="of each reader")
    parser.add_argument("--indexings", type=int, default=50, help="at least so many")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        result = _run(Path(name), options.readers, options.questions, options.indexings)
    if options.json:
        print(json.dumps(result))
    else:
        print(describe("numpy", "faiss-cpu"))
        for what, value in result.items():
            print(f"{what:<34}{value:>12}")
    return 1 if result["errors"] or result["mixed"] or float(result["second writer told after, s"]) > 1.0 else 0


def _run(folder: Path, readers: int, questions: int, indexings: int) -> dict[str, float]:
    context = multiprocessing.get_context("fork")
    write_articles(folder / "articles", ARTICLES, edition=0)
    # Forked before anything opens the index or starts a thread.
    ready, results, waited = context.Event(), context.Queue(), context.Queue()
    held, release = context.Event(), context.Event()
    crowd = [context.Process(target=_read, args=(folder / "index", questions, ready, results)) for _ in range(readers)]
    second = context.Process(target=_write_second, args=(folder / "index", held, waited))
    for process in (*crowd, second):
        process.start()
    store = open_store(folder / "index")
    index(store, SmallEncoder(), [folder / "articles"])
    with store.writing():
        held.set()
        seconds = waited.get(timeout=60)
        release.set()
    ready.set()
    done = 0
    while done < indexings or any(process.is_alive() for process in crowd):
        done += 1
        write_articles(folder / "articles", ARTICLES, edition=done, paragraphs=3 + done % 3)
        index(store, SmallEncoder(), [folder / "articles"])
        if results.qsize() == readers:
            break
    told = [results.get(timeout=600) for _ in crowd]
    for process in (*crowd, second):
        process.join()
    return {
        "readers": readers,
        "questions": sum(asked for asked, *_ in told),
        "indexings": done,
        "editions seen": max(seen for *_, seen in told),
        "errors": sum(errors for _, errors, *_ in told),
        "mixed": sum(mixed for _, _, mixed, _ in told),
        "second writer told after, s": round(seconds, 2),
    }


def _read(folder: Path, questions: int, ready: Event, results: Queue[tuple[int, int, int, int]]) -> None:
    ready.wait()
    store, encoder = open_store(folder), SmallEncoder()
    vectors = encoder.encode_queries([f"Le {topic} en question" for topic in ARTICLES])
    errors = mixed = 0
    seen: set[str] = set()
    for number in range(questions):
        try:
            found = store.search(vectors[number % len(ARTICLES)], ["conseil", "edition"], 50)
        except Exception:
            errors += 1
            continue
        editions = _editions(found)
        whole = all(
            len(there) == 1 and sum(one.row.id == name for one in found) == next(iter(passages))
            for name, (there, passages) in editions.items()
        )
        mixed += not whole or len(editions) != len(ARTICLES)
        seen.update(edition for there, _ in editions.values() for edition in there)
    results.put((questions, errors, mixed, len(seen)))


def _editions(found: list[Candidate]) -> dict[str, tuple[set[str], set[int]]]:
    """For each article the editions that its passages name, and how many passages it says it has."""
    editions: dict[str, tuple[set[str], set[int]]] = {}
    for one in found:
        named, passages = editions.setdefault(one.row.id, (set(), set()))
        named.update(_EDITION.findall(one.passage.text))
        passages.add(one.row.passages)
    return editions


def _write_second(folder: Path, held: Event, waited: Queue[float]) -> None:
    """Try to write while another does; tell how long it took to hear so."""
    held.wait()
    store = open_store(folder)
    started = time.perf_counter()
    try:
        with store.writing():
            waited.put(float("inf"))
    except StoreLocked:
        waited.put(time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
