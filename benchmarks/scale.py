"""What 10,000, 100,000 and a million passages cost on this machine: time to build, disk, memory, questions, recall.

Run: ``python -m benchmarks.scale --work DIR [--sizes N…] [--questions N]``. The stores are the product's own, filled
with passages of real sentences and mixtures of real vectors (``benchmarks/synthetic.py``), many articles a transaction
to spare the waiting for the disk; they stay in DIR and are used again. Questions are PIAF's, asked one after the other
of the product's retriever without the reader, in a process that has done nothing else. Recall is of the ten nearest by
vector, against an exact search of all stored vectors. Exit code 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import machine, squad
from benchmarks.synthetic import Real, articles, likeness, real
from corpus.article import Article
from embeddings.encoder import Encoder, Vectors, load_encoder
from embeddings.nearest import nearer, nothing_yet
from embeddings.question import QuestionEncoder, load_question_encoder
from embeddings.vectors import Ids, Source
from rag import derived, scoring
from rag.hits import EVERYTHING, Filters
from rag.retrieve import Retriever, question_terms
from rag.sqlite import SqliteStore
from rag.store import IndexedPassage

SIZES = (10_000, 100_000, 1_000_000)
TOGETHER = 200
"""Articles stored in one transaction."""
EXACT = 50
"""Questions of which recall is measured."""
FTS = 10
"""Questions ranked by SQLite's full text alone."""
BOUNDS = {100_000: {"p50 ms": 35.0}, 1_000_000: {"p50 ms": 60.0, "memory MB": 4096.0}}
RECALL = 0.97
ROOT = Path(__file__).resolve().parents[1]
FILTERS = {
    "publication": Filters(publication="Revue 3"),
    "period": Filters(since=date(2010, 1, 1), until=date(2010, 12, 31)),
}


def main() -> int:
    """Print the table; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.ask:
        print(json.dumps(ask(options.work, options.questions)))
        return 0
    encoder = load_encoder()
    known = real(encoder, options.work)
    print(machine.describe("faiss-cpu", "openvino", "numpy"))
    print(likeness(known, encoder.encode_queries(asked(EXACT))))
    rows = {}
    for size in options.sizes:
        folder = options.work / f"scale-{size}"
        made = fill(folder, size, encoder, known)
        command = [sys.executable, "-m", "benchmarks.scale", "--ask", "--work", str(folder)]
        done = subprocess.run([*command, "--questions", str(options.questions)], cwd=ROOT, check=True, stdout=-1)
        rows[size] = {**made, **json.loads(done.stdout)}
        print(json.dumps({"passages": size, **rows[size]}), file=sys.stderr, flush=True)
    _print(rows)
    return 1 if missed(rows) else 0


def asked(count: int) -> list[str]:
    """Questions of PIAF, evenly taken."""
    questions = squad.load().questions
    return [question.text for question in questions[:: max(1, len(questions) // count)]][:count]


def fill(folder: Path, size: int, encoder: Encoder, known: Real) -> dict[str, float]:
    """Make the store, or go on where an interrupted run stopped; what it took is kept beside it."""
    kept = folder / "made.json"
    made: dict[str, float] = json.loads(kept.read_text()) if kept.exists() else {}
    store = SqliteStore(folder, encoder.name, encoder.dimension)
    if "store s" not in made:
        made["store s"] = _store(store, islice(articles(known, size), len(store.articles()), None))
        kept.write_text(json.dumps(made))
    if "build s" not in made:
        started = time.perf_counter()
        store.mend()
        made["build s"] = time.perf_counter() - started
        made["build peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    made["database MB"] = (folder / "articles.db").stat().st_size / 1e6
    files = [*folder.glob("*.faiss"), *folder.glob("*.vectors"), *folder.glob("*.postings")]
    made["index MB"] = sum(file.stat().st_size for file in files) / 1e6
    kept.write_text(json.dumps(made))
    return made


def _store(store: SqliteStore, waiting: Iterator[tuple[Article, list[IndexedPassage]]]) -> float:
    """Seconds to store what is waiting."""
    started = time.perf_counter()
    while some := list(islice(waiting, TOGETHER)):
        # A transaction around those of the articles: nobody indexes a million articles to measure questions.
        with store._database.writing():
            for article, indexed in some:
                store.put(article, f"/made/{article.id}", article.id, indexed)
    return time.perf_counter() - started


def ask(folder: Path, count: int) -> dict[str, float]:
    """Open the store, ask, measure."""
    questions = asked(count)
    started = time.perf_counter()
    encoder = load_encoder()
    store = SqliteStore(folder, encoder.name, encoder.dimension)
    encode = load_question_encoder(encoder)
    retriever = Retriever(store, encoder, tuned=encode)
    retriever.search(questions[0])
    found: dict[str, float] = {"open s": time.perf_counter() - started}
    times, spent = timed(retriever, questions, EVERYTHING)
    found |= {"p50 ms": median(times), "p95 ms": float(np.percentile(times, 95)), "processor p50 ms": median(spent)}
    found["load"] = os.getloadavg()[0]
    for name, filters in FILTERS.items():
        retriever.search(questions[0], filters=filters)
        found[f"{name} p50"] = median(timed(retriever, questions[: count // 4], filters)[0])
    found |= memory()
    found |= stages(store, encode, questions[:EXACT])
    found |= recalls(store, encoder.encode_queries(questions[:EXACT]))
    store.close()
    return found


def timed(retriever: Retriever, questions: Sequence[str], filters: Filters) -> tuple[list[float], list[float]]:
    """Milliseconds of each question, and those that the process computed: other work on the machine spares those."""
    times, spent = [], []
    for question in questions:
        started, computed = time.perf_counter(), time.process_time()
        retriever.search(question, filters=filters)
        times.append(1000 * (time.perf_counter() - started))
        spent.append(1000 * (time.process_time() - computed))
    return times, spent


def memory() -> dict[str, float]:
    """Resident megabytes of this process now, and at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    known = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return {"memory MB": int(known["VmRSS"]) / 1024, "peak MB": int(known["VmHWM"]) / 1024}


def stages(store: SqliteStore, encoder: QuestionEncoder, questions: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of the search by words, ours and SQLite's."""
    ours, theirs = [], []
    with store._database.reading() as connection:
        words = store._current(connection).words
        for number, question in enumerate(questions):
            terms = question_terms(question, "fr")
            started = time.perf_counter()
            words.score(terms).best(30)
            ours.append(1000 * (time.perf_counter() - started))
            if number < FTS and terms:
                query = " OR ".join(f'"{term}"' for term in terms)
                started = time.perf_counter()
                sql = "SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY rank LIMIT 30"
                connection.execute(sql, (query,)).fetchall()
                theirs.append(1000 * (time.perf_counter() - started))
    return {"words p50": median(ours), "FTS5 p50": median(theirs)}


def recalls(store: SqliteStore, questions: Vectors) -> dict[str, float]:
    """Recall of the ten nearest passages and sentences, of all and of those that a filter lets through."""
    found: dict[str, float] = {}
    with store._database.reading() as connection:
        current = store._current(connection)
        allowed = current.catalogue(connection).allowed(FILTERS["publication"])
        fetch = current.fetching(connection, store._database)
        sources = {kind: scoring.source_of(connection, store._database, kind) for kind in derived.KINDS}
        among = {"passages": allowed, "sentences": current.owners.among(allowed)}
        for kind, source in sources.items():
            index = getattr(current, kind)
            chosen = {"recall": None, "filtered recall": among[kind]}
            for (name, keys), true in zip(chosen.items(), exact(source, questions, list(chosen.values())), strict=True):
                _, got = index.search(questions, 10, keys, fetch(kind))
                pairs = zip(true, got, strict=True)
                found[f"{kind} {name}"] = float(np.mean([np.isin(one, other).mean() for one, other in pairs]))
    return found


def exact(source: Source, questions: Vectors, allowed: Sequence[Ids | None]) -> list[Ids]:
    """For each of ``allowed`` (None: all), the ids (q, 10) of the nearest vectors, all of them compared."""
    best = [nothing_yet(len(questions)) for _ in allowed]
    for vectors, ids in source.pieces():
        scores = questions @ vectors.T
        for place, keys in enumerate(allowed):
            kept = slice(None) if keys is None else np.isin(ids, keys)
            if len(ids[kept]):
                best[place] = nearer(best[place], scores[:, kept], ids[kept])
    return [ids for _, ids in best]


def missed(rows: dict[int, dict[str, float]]) -> list[str]:
    """The bounds that are not met, as sentences."""
    told = []
    for size, row in rows.items():
        over = {name: bound for name, bound in BOUNDS.get(size, {}).items() if row[name] > bound}
        told += [f"{size} passages: {name} {row[name]:.0f} is above {bound:.0f}" for name, bound in over.items()]
        low = [name for name in row if "recall" in name and row[name] < RECALL]
        told += [f"{size} passages: {name} {row[name]:.3f} is below {RECALL}" for name in low]
    return told


def _print(rows: dict[int, dict[str, float]]) -> None:
    """The table: a line a figure, a column a size, and how the figure grows from the first to the last."""
    sizes = list(rows)
    print(f"\n{'passages':24}" + "".join(f"{size:>12,}" for size in sizes) + "   grows as")
    for name in rows[sizes[0]]:
        values = [rows[size][name] for size in sizes]
        shown = "".join(f"{value:12.3f}" if "recall" in name else f"{value:12.1f}" for value in values)
        power = ""
        if len(sizes) > 1 and min(values) > 0 and "recall" not in name:
            power = f"   n^{math.log(values[-1] / values[0]) / math.log(sizes[-1] / sizes[0]):.2f}"
        print(f"{name:24}{shown}{power}")
    for sentence in missed(rows) or ["every bound is met"]:
        print(sentence)


if __name__ == "__main__":
    sys.exit(main())
