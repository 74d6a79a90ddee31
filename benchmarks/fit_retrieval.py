"""Fits what retrieval steers by: BM25's k1 and b, fusion weights, depth, an article's support, the reader's share.

Run: ``python -m benchmarks.fit_retrieval [--questions N] [--work DIR]``; needs ../shared/data. The values it prints
stand in ``rag/bm25.py``, ``rag/retrieve.py`` and ``rag/reread.py``. BM25 is fitted on PIAF's training part. Fusion and
the reader's share are fitted on the calibration part, which neither the question encoder nor the reader was trained
on, fusion also on our own questions that the question encoder was not trained on. Only the last step, which fits
nothing, looks at held-out questions (``benchmarks.squad``): how well the shipped P(a passage answers) holds there.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine, squad
from embeddings.encoder import Encoder, load_encoder
from embeddings.question import QuestionEncoder, load_question_encoder
from embeddings.reader import load_reader
from evaluation.metrics import hit_at, ndcg_at, rank_articles
from rag import bm25, reread, retrieve
from rag.retrieve import DEPTH, Retriever, found_hit, fuse, question_terms, supported
from rag.sqlite import SqliteStore
from rag.store import Candidate
from training.pairs import kept_for_looking, trade_set

Found = list[tuple[list[Candidate], str]]
"""For each question what the searches found, and the id of the article that answers."""
Asked = tuple[Sequence[squad.Question], SqliteStore]


def found(questions: Iterable[squad.Question], store: SqliteStore, encoder: QuestionEncoder, depth: int) -> Found:
    """Search for each question."""
    made = []
    for question in questions:
        vector = encoder.encode_queries([question.text])[0]
        made.append((store.search(vector, question_terms(question.text, "fr"), depth), question.paragraph))
    return made


def quality(searched: Found, order: Callable[[list[Candidate]], list[str]]) -> tuple[float, float]:
    """Mean nDCG@10 and hit@1 of articles, where ``order`` gives those of the passages, best first."""
    gains, hits = [], []
    for candidates, wanted in searched:
        ranking = rank_articles(order(candidates))
        gains.append(ndcg_at(ranking, {wanted}, 10) or 0.0)
        hits.append(hit_at(ranking, {wanted}, 1) or 0.0)
    return statistics.fmean(gains), statistics.fmean(hits)


def own_questions(encoder: Encoder, work: Path) -> Asked:
    """The written questions on our own texts that the question encoder did not learn from."""
    store, trade = trade_set(encoder, work)
    kept = kept_for_looking(question.paragraph for question in trade.questions)
    return [question for question in trade.questions if question.paragraph in kept], store


def fit_bm25(questions: Sequence[squad.Question], store: SqliteStore, encoder: QuestionEncoder) -> None:
    """Try k1 and b on BM25 alone."""
    tried = {}
    for k1, b in itertools.product((0.9, 1.2, 1.5, 2.0), (0.4, 0.6, 0.75)):
        bm25.K1, bm25.B = k1, b
        tried[k1, b] = quality(found(questions, store, encoder, DEPTH), _by_words)
    for (k1, b), (gain, hit) in sorted(tried.items(), key=lambda item: -item[1][0])[:4]:
        print(f"  k1 {k1} b {b}: nDCG@10 {gain:.4f}, hit@1 {hit:.4f}")
    bm25.K1, bm25.B = max(tried, key=lambda pair: tried[pair])


def _by_words(candidates: Sequence[Candidate]) -> list[str]:
    return [one.row.id for one in sorted(candidates, key=lambda one: -one.scores.words)]


def fit_fusion(sets: Sequence[Asked], encoder: QuestionEncoder) -> None:
    """Try depths, weights and what an article's other passages count; what is best for all sets together."""
    for depth in (20, 30, 50):
        searched = [found(questions, store, encoder, depth) for questions, store in sets]
        tried = {}
        for dense, sentence in itertools.product(np.arange(0.3, 0.61, 0.05), np.arange(0.2, 0.46, 0.05)):
            weights = tuple(round(float(one), 2) for one in (dense, sentence, 1 - dense - sentence))
            if weights[2] >= 0:
                tried[weights] = [quality(one, partial(_fused, weights, retrieve.SUPPORT)) for one in searched]
        for weights, figures in sorted(tried.items(), key=lambda item: -_gain(item[1]))[:3]:
            print(f"  depth {depth} dense, sentence, words {weights}: {_told(figures)}")
    searched = [found(questions, store, encoder, DEPTH) for questions, store in sets]
    for support in (0.0, 0.1, 0.2, 0.3, 0.5):
        figures = [quality(one, partial(_fused, retrieve.WEIGHTS, support)) for one in searched]
        print(f"  as shipped, support {support}: {_told(figures)}")


def _gain(figures: Sequence[tuple[float, float]]) -> float:
    return statistics.fmean(gain for gain, _ in figures)


def _told(figures: Sequence[tuple[float, float]]) -> str:
    return "; ".join(f"nDCG@10 {gain:.4f}, hit@1 {hit:.4f}" for gain, hit in figures)


def _fused(weights: Sequence[float], support: float, candidates: Sequence[Candidate]) -> list[str]:
    known = {candidate.scores.key: candidate for candidate in candidates}
    fused = fuse([candidate.scores for candidate in candidates], weights)[: retrieve.WIDE]
    hits = [found_hit(known[scores.key], score) for score, scores in fused]
    return [hit.article for hit in supported(hits, support)]


@dataclass(frozen=True, slots=True)
class Read:
    """The hits of a question, all read: paragraph, whether it answers, the reader's log odds, the fused score."""

    paragraphs: list[str]
    answers: list[bool]
    read: NDArray[np.float64]
    fused: NDArray[np.float64]
    wanted: str

    def ranked(self, odds: NDArray[np.float64], count: int) -> tuple[float, float]:
        """nDCG@10 and hit@1 when the first ``count`` hits are ordered by ``odds``."""
        count = min(count, len(odds))
        order = [*np.argsort(-odds[:count], kind="stable"), *range(count, len(odds))]
        ranking = rank_articles([self.paragraphs[n] for n in order])
        return ndcg_at(ranking, {self.wanted}, 10) or 0.0, hit_at(ranking, {self.wanted}, 1) or 0.0


def read_all(questions: Sequence[squad.Question], retriever: Retriever) -> list[Read]:
    """Read the first hits of every question."""
    reader, made = load_reader(), []
    for question in questions:
        hits = retriever.search(question.text, k=reread.MOST).hits
        found = reader.read(question.text, [("", hit.text) for hit in hits])
        answers = [
            hit.article == question.paragraph and any(answer in hit.text for answer in question.answers) for hit in hits
        ]
        scores = np.array([reading.score for reading in found]), np.array([hit.score for hit in hits])
        made.append(Read([hit.article for hit in hits], answers, *scores, question.paragraph))
    return made


def fit_reading(readings: Sequence[Read]) -> None:
    """The share of the fused score that ranks best, P(a passage answers) by it, then how few may be read."""
    from sklearn.linear_model import LogisticRegression

    tried = {}
    for share in (1, 2, 4, 6, 8, 10, 14, 20):
        tried[share] = np.mean([one.ranked(one.read + share * one.fused, reread.MOST) for one in readings], axis=0)
        print(f"  read + {share} fused: nDCG@10 {tried[share][0]:.4f}, hit@1 {tried[share][1]:.4f}")
    share = max(tried, key=lambda key: float(tried[key][0]))
    odds = np.concatenate([one.read + share * one.fused for one in readings])
    model = LogisticRegression(C=1000.0).fit(odds[:, None], np.concatenate([one.answers for one in readings]))
    weight, intercept = float(model.coef_[0][0]), float(model.intercept_[0])
    print(f"  SHARE {weight:.3f} FUSED {weight * share:.3f} INTERCEPT {intercept:.3f}")
    for first, sure in itertools.product((3, 4, 5), (0.5, 0.6, 0.7, 0.8, 1.1)):
        figures, counts = [], []
        for one in readings:
            likely = 1 / (1 + np.exp(-(weight * (one.read + share * one.fused) + intercept)))
            counts.append(first if likely[:first].max(initial=0.0) >= sure else len(likely))
            figures.append(one.ranked(likely, counts[-1]))
        gain, hit = np.mean(figures, axis=0)
        print(f"  first {first} sure {sure}: nDCG@10 {gain:.4f}, hit@1 {hit:.4f}, read {np.mean(counts):.1f}")


def check_reading(readings: Sequence[Read]) -> None:
    """How well the shipped P(a passage answers) tells held-out passages: AUC and expected calibration error."""
    from sklearn.metrics import roc_auc_score

    likely = np.concatenate([
        [reread.probability(read, fused) for read, fused in zip(one.read, one.fused, strict=True)] for one in readings
    ])  # fmt: skip
    truth = np.concatenate([one.answers for one in readings])
    error = 0.0
    print("  P(answers)   passages  that answer")
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (likely >= low) & (likely < low + 0.1 if low < 0.85 else likely >= low)
        if inside.any():
            error += inside.mean() * abs(likely[inside].mean() - truth[inside].mean())
            print(f"  {low:.1f} to {low + 0.1:.1f}  {inside.sum():9}  {truth[inside].mean():11.3f}")
    print(f"  AUC {roc_auc_score(truth, likely):.4f}, expected calibration error {error:.4f}")


def main() -> int:
    """Fit everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=800)
    parser.add_argument("--only", choices=("bm25", "fusion", "reading", "check"), help="do one part")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    encoder, data = load_encoder(), squad.load()
    store, asking = squad.indexed(data, encoder, options.work), load_question_encoder(encoder)
    training, unseen, held_out = (
        [question for question in data.questions if question.group in data.part(name)]
        for name in ("training", "calibration", "held out")
    )
    sample = random.Random(squad.SPLIT_SEED).sample(training, options.questions)
    print(machine.describe("numpy", "scikit-learn"))
    started = time.perf_counter()
    if options.only in (None, "bm25"):
        print(f"BM25, {len(sample)} questions")
        fit_bm25(sample, store, asking)
    if options.only in (None, "fusion"):
        own = own_questions(encoder, options.work)
        print(f"fusion, {len(unseen)} questions of PIAF; {len(own[0])} of our own")
        fit_fusion([(unseen, store), own], asking)
        own[1].close()
    if options.only in (None, "reading"):
        print(f"reading, {len(unseen)} questions")
        fit_reading(read_all(unseen, Retriever(store, encoder, tuned=asking)))
    if options.only in (None, "check"):
        print(f"the shipped reading on {len(held_out)} held-out questions")
        check_reading(read_all(held_out, Retriever(store, encoder, tuned=asking)))
    print(f"{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
