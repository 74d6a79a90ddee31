"""What it costs when a question is not well-typed plain French, and what is done about a question with a history.

Run: ``python -m benchmarks.robust [--kinds KIND…] [--no-reader] [--misses] [--work DIR]``. Asks
``evaluation/robust.jsonl`` and ``evaluation/followups.jsonl`` through the product's own search over
``corpus/articles``. A loss is the plain twin's figure less the disturbed question's, in points; the stages behind it
say who loses: each orders what was found by its own score alone. Follow-ups are searched as the product does,
without the history, behind all that was said before, and as one would ask them alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from embeddings.encoder import load_encoder
from embeddings.question import load_question_encoder
from embeddings.reader import WEIGHTS, load_reader
from evaluation.gold import GoldQuestion, load_gold
from evaluation.metrics import hit_at, mrr_at, rank_articles
from rag.build import index
from rag.followup import Turn
from rag.hits import Hit
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = ROOT / "corpus" / "articles"
ROBUST = ROOT / "evaluation" / "robust.jsonl"
FOLLOW_UPS = ROOT / "evaluation" / "followups.jsonl"
HITS = 60
STAGES: dict[str, Callable[[Hit], float]] = {
    "search": lambda hit: -float(hit.rank),
    "BM25": lambda hit: hit.words,
    "dense": lambda hit: hit.dense,
    "sentences": lambda hit: hit.sentence,
}
WAYS = ("search_question", "no history", "all that was said", "asked alone")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with the articles that each stage, or each way, put first."""

    line: GoldQuestion
    rankings: dict[str, list[str]]

    def hit(self, name: str) -> float:
        """Whether an article that answers is among the first five."""
        return hit_at(self.rankings[name], self.line.articles, 5) or 0.0

    def reciprocal(self, name: str) -> float:
        """1 / rank of the first article that answers, 0 past the tenth."""
        return mrr_at(self.rankings[name], self.line.articles, 10) or 0.0


def main() -> int:
    """Print a table of the kinds and one of the follow-ups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", help="only these kinds of robust.jsonl, or followups")
    parser.add_argument("--no-reader", action="store_true", help="search without the reader")
    parser.add_argument("--misses", action="store_true", help="list the questions without a hit in the first five")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    encoder = load_encoder()
    store = SqliteStore(options.work / "index-shipped", encoder.name, encoder.dimension)
    summary = index(store, encoder, [ARTICLES], prune=True)
    reader = load_reader(encoder) if WEIGHTS.is_file() and not options.no_reader else None
    retriever = Retriever(store, encoder, reader, tuned=load_question_encoder(encoder))
    print(machine.describe("faiss-cpu", "openvino", "numpy"))
    print(f"{summary.articles} articles, {summary.passages} passages, {'with' if reader else 'without'} the reader\n")
    lines = [line for line in load_gold(ROBUST) if not options.kinds or line.kind in options.kinds]
    disturbed = [Outcome(line, _by_stage(retriever, line.question)) for line in lines]
    plain = [Outcome(line, _by_stage(retriever, line.extra["plain"])) for line in lines]
    if lines:
        _print_kinds(disturbed, plain)
    asked = load_gold(FOLLOW_UPS) if not options.kinds or "followups" in options.kinds else []
    followed = [Outcome(line, _by_way(retriever, line)) for line in asked]
    if followed:
        _print_follow_ups(followed)
    if options.misses:
        _print_misses([*disturbed, *followed])
    store.close()
    return 0


def _by_stage(retriever: Retriever, question: str) -> dict[str, list[str]]:
    hits = retriever.search(question, k=HITS).hits
    return {
        stage: rank_articles([hit.article for hit in sorted(hits, key=score, reverse=True)])
        for stage, score in STAGES.items()
    }


def _by_way(retriever: Retriever, line: GoldQuestion) -> dict[str, list[str]]:
    history = [Turn("assistant" if role == "assistant" else "user", content) for role, content in line.history]
    said = " ".join([*(turn.content for turn in history), line.question])
    found = (
        retriever.search(line.question, history, k=HITS),
        retriever.search(line.question, k=HITS),
        retriever.search(said, k=HITS),
        retriever.search(line.extra["standalone"], k=HITS),
    )
    return {way: rank_articles([hit.article for hit in each.hits]) for way, each in zip(WAYS, found, strict=True)}


def _print_kinds(disturbed: Sequence[Outcome], plain: Sequence[Outcome]) -> None:
    losses = "".join(f"{stage:>11}" for stage in STAGES if stage != "search")
    print(f"{'':12}{'':>5}{'hit@5':>24}{'MRR@10':>24}   loss of hit@5 by stage")
    print(f"{'kind':12}{'n':>5}" + 2 * f"{'disturbed':>10}{'plain':>7}{'loss':>7}" + losses)
    for kind in (*dict.fromkeys(outcome.line.kind for outcome in disturbed), "all"):
        here = [place for place, outcome in enumerate(disturbed) if kind in (outcome.line.kind, "all")]
        cells = ""
        for figure in (Outcome.hit, Outcome.reciprocal):
            got, could = (_mean([figure(side[place], "search") for place in here]) for side in (disturbed, plain))
            cells += f"{got:10.3f}{could:7.3f}{100 * (could - got):7.1f}"
        for stage in STAGES:
            if stage != "search":
                got, could = (_mean([side[place].hit(stage) for place in here]) for side in (disturbed, plain))
                cells += f"{100 * (could - got):11.1f}"
        print(f"{kind:12}{len(here):5}{cells}")


def _print_follow_ups(followed: Sequence[Outcome]) -> None:
    print(f"\n{'follow-ups: hit@5 MRR@10':24}{'n':>5}" + "".join(f"{way:>22}" for way in WAYS))
    for kind in (*dict.fromkeys(outcome.line.kind for outcome in followed), "all"):
        here = [outcome for outcome in followed if kind in (outcome.line.kind, "all")]
        cells = ""
        for way in WAYS:
            hit, reciprocal = (_mean([f(each, way) for each in here]) for f in (Outcome.hit, Outcome.reciprocal))
            cells += f"{hit:14.3f}{reciprocal:8.3f}"
        print(f"{kind:24}{len(here):5}{cells}")


def _print_misses(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        name, ranking = next(iter(outcome.rankings.items()))
        if not outcome.hit(name):
            print(f"missed {outcome.line.id}: {outcome.line.question} → {', '.join(ranking[:5])}")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    sys.exit(main())
