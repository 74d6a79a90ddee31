"""How well and how quickly the product's own search finds the paragraph that answers a French question.

Run: ``python -m benchmarks.retrieval [FILE.json] [--every N] [--work DIR]``. FILE is in the SQuAD format (default: PIAF
in ../shared). Stages are the searches alone and fused; times are of the whole retrieval inside a running process.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import machine, squad
from embeddings.encoder import load_encoder
from evaluation.metrics import hit_at, mrr_at, ndcg_at, percentile, rank_articles
from rag.retrieve import DEPTH, Retriever, fuse, question_terms
from rag.store import Scores

STAGES: dict[str, Callable[[Sequence[Scores]], list[Scores]]] = {
    "BM25": lambda found: sorted((s for s in found if s.words > 0), key=lambda s: -s.words),
    "dense": lambda found: sorted(found, key=lambda s: -s.dense),
    "sentences": lambda found: sorted(found, key=lambda s: -s.sentence),
    "fused": lambda found: [scores for _, scores in fuse(found)],
}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=squad.PIAF)
    parser.add_argument("--every", type=int, default=5, help="ask every Nth question (default 5)")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    if not options.file.exists():
        sys.exit(f"There is no {options.file}: name a SQuAD-format file.")
    encoder = load_encoder()
    data = squad.load(options.file)
    store = squad.indexed(data, encoder, options.work)
    retriever = Retriever(store, encoder)
    questions = data.questions[:: options.every]
    ranks: dict[str, list[list[str]]] = {stage: [] for stage in STAGES}
    milliseconds = []
    retriever.search("centres d'appels")
    for question in questions:
        started = time.perf_counter()
        retriever.search(question.text)
        milliseconds.append(1000 * (time.perf_counter() - started))
        vector = encoder.encode_queries([question.text])[0]
        found = store.search(vector, question_terms(question.text, "fr"), DEPTH)
        for stage, ranked in STAGES.items():
            articles = {candidate.scores.key: candidate.row.id for candidate in found}
            order = ranked([candidate.scores for candidate in found])
            ranks[stage].append(rank_articles([articles[scores.key] for scores in order]))
    print(machine.describe("faiss-cpu", "openvino", "numpy"))
    print(f"{options.file.name}: {len(data.paragraphs)} paragraphs, {len(questions)} questions\n")
    print(f"{'stage':10} {'nDCG@10':>8} {'MRR@10':>8} {'hit@1':>8} {'hit@5':>8} {'hit@10':>8}")
    for stage, rankings in ranks.items():
        pairs = list(zip(rankings, ({question.paragraph} for question in questions), strict=True))
        figures = (
            [ndcg_at(ranking, wanted, 10) for ranking, wanted in pairs],
            [mrr_at(ranking, wanted, 10) for ranking, wanted in pairs],
            *([hit_at(ranking, wanted, k) for ranking, wanted in pairs] for k in (1, 5, 10)),
        )
        print(
            f"{stage:10} "
            + " ".join(f"{statistics.fmean(value or 0.0 for value in values):8.3f}" for values in figures)
        )
    print(
        f"\nwhole retrieval: p50 {percentile(milliseconds, 50):.1f} ms, p95 {percentile(milliseconds, 95):.1f} ms, "
        f"max {max(milliseconds):.1f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
