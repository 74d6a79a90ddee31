"""How well and how quickly the product's own search finds the article that answers a French question.

Run: ``python -m benchmarks.retrieval [PATH…] [--all] [--every N] [--peers] [--work DIR]``. A PATH is a file in the
SQuAD format or a folder with ``articles/`` and ``gold.jsonl``; default: PIAF in ../shared, of which the questions of
the held-out Wikipedia articles are asked (``--all``: all questions) and all paragraphs searched. Each stage is ranked
by its own score alone; intervals are 95%, by bootstrap over questions; times are of a running process.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine, squad
from benchmarks.judged import Collection, collection
from benchmarks.peers_retrieval import PEERS
from embeddings.encoder import Encoder, load_encoder
from embeddings.question import load_question_encoder
from embeddings.reader import Reader, load_reader
from evaluation.metrics import hit_at, mrr_at, ndcg_at, percentile, rank_articles, recall_at
from rag.retrieve import DEPTH, Retriever, fuse, question_terms
from rag.store import Scores
from rag.words import language_of

STAGES: dict[str, Callable[[Sequence[Scores]], list[Scores]]] = {
    "BM25": lambda found: sorted((s for s in found if s.words > 0), key=lambda s: -s.words),
    "dense": lambda found: sorted(found, key=lambda s: -s.dense),
    "sentences": lambda found: sorted(found, key=lambda s: -s.sentence),
    "fused": lambda found: [scores for _, scores in fuse(found)],
}
FIGURES: dict[str, Callable[[Sequence[str], set[str]], float | None]] = {
    "nDCG@10": lambda ranking, wanted: ndcg_at(ranking, wanted, 10),
    "MRR@10": lambda ranking, wanted: mrr_at(ranking, wanted, 10),
    "hit@1": lambda ranking, wanted: hit_at(ranking, wanted, 1),
    "hit@5": lambda ranking, wanted: hit_at(ranking, wanted, 5),
    "hit@10": lambda ranking, wanted: hit_at(ranking, wanted, 10),
    "recall@10": lambda ranking, wanted: recall_at(ranking, wanted, 10),
}
HITS = 30
RESAMPLED = 1000


def main() -> int:
    """Print a table for each collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[squad.PIAF])
    parser.add_argument("--all", action="store_true", help="ask all questions, not only the held-out ones")
    parser.add_argument("--every", type=int, default=1, help="ask every Nth question")
    parser.add_argument("--peers", action="store_true", help="also sentence-transformers with FAISS, and bm25s")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    encoder, reader = load_encoder(), load_reader()
    print(machine.describe("faiss-cpu", "openvino", "numpy"))
    for path in options.paths:
        if not path.exists():
            sys.exit(f"There is no {path}: name a SQuAD-format file, or a folder with articles/ and gold.jsonl.")
        asked = collection(path, encoder, options.work, held_out=not options.all, every=options.every)
        print(f"\n{asked.name}: {len(asked.store.articles())} articles, {len(asked.questions)} questions")
        ranks, times = _ours(asked, encoder, reader)
        if options.peers:
            for name, peer in PEERS.items():
                if (found := peer(asked)) is not None:
                    ranks[name], times[name] = found
        _print(asked, ranks, times)
    return 0


def _ours(
    asked: Collection, encoder: Encoder, reader: Reader
) -> tuple[dict[str, list[list[str]]], dict[str, list[float]]]:
    """Rankings and milliseconds a question, by stage."""
    ranks: dict[str, list[list[str]]] = {stage: [] for stage in (*STAGES, "+ reader")}
    times: dict[str, list[float]] = {"fused": [], "+ reader": []}
    questions = load_question_encoder(encoder)
    retrievers = {
        "fused": Retriever(asked.store, encoder, tuned=questions),
        "+ reader": Retriever(asked.store, encoder, reader, tuned=questions),
    }
    # One after the other, as whoever uses the one or the other would meet it.
    for stage, retriever in retrievers.items():
        retriever.search("centres d'appels")
        for question in asked.questions:
            started = time.perf_counter()
            found = retriever.search(question.text, k=HITS if stage == "+ reader" else 10)
            times[stage].append(1000 * (time.perf_counter() - started))
            if stage == "+ reader":
                ranks[stage].append(rank_articles([hit.article for hit in found.hits]))
    for question in asked.questions:
        vector = questions.encode_queries([question.text])[0]
        candidates = asked.store.search(vector, question_terms(question.text, language_of(question.text)), DEPTH)
        articles = {candidate.scores.key: candidate.row.id for candidate in candidates}
        for stage, ranked in STAGES.items():
            order = ranked([candidate.scores for candidate in candidates])
            ranks[stage].append(rank_articles([articles[scores.key] for scores in order]))
    return ranks, times


def _print(asked: Collection, ranks: dict[str, list[list[str]]], times: dict[str, list[float]]) -> None:
    print(f"{'stage':22}" + "".join(f"{name:>22}" for name in FIGURES) + "   ms p50   ms p95")
    for stage, rankings in ranks.items():
        cells = []
        for figure in FIGURES.values():
            values = np.array([
                figure(ranking, set(question.relevant)) or 0.0
                for ranking, question in zip(rankings, asked.questions, strict=True)
            ])  # fmt: skip
            low, high = interval(values)
            cells.append(f"{values.mean():8.3f} ({low:.3f}–{high:.3f})")
        timed = times.get(stage)
        spent = f"{percentile(timed, 50):9.1f}{percentile(timed, 95):9.1f}" if timed else ""
        print(f"{stage:22}" + "".join(f"{cell:>22}" for cell in cells) + spent)
    reads = statistics.fmean(times["+ reader"]) - statistics.fmean(times["fused"])
    print(f"the reader adds {reads:.0f} ms on average")


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The 95% bootstrap interval of a mean over questions."""
    chance = np.random.default_rng(squad.SPLIT_SEED)
    means = values[chance.integers(0, len(values), (RESAMPLED, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
