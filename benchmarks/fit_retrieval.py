"""Fits what retrieval steers by on PIAF's training split: BM25's k1 and b, fusion weights, depth, the reader's share.

Run: ``python -m benchmarks.fit_retrieval [--questions N] [--work DIR]``; needs ../shared/data. The values it prints
stand in ``rag/bm25.py``, ``rag/retrieve.py`` and ``rag/reread.py``. Nothing here looks at a held-out question
(``benchmarks.squad``); the reader's share is fitted on the training split's questions it was not trained on.
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
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import machine, squad
from embeddings.encoder import Encoder, load_encoder
from embeddings.reader import load_reader
from evaluation.metrics import hit_at, ndcg_at, rank_articles
from rag import bm25, reread
from rag.retrieve import DEPTH, Retriever, fuse, question_terms
from rag.sqlite import SqliteStore
from rag.store import Candidate, Scores
from training.pairs import DEVELOPMENT, mined

Found = list[tuple[list[Candidate], str]]
"""For each question what the searches found, and the id of the paragraph that answers."""


def found(questions: Iterable[squad.Question], store: SqliteStore, encoder: Encoder, depth: int) -> Found:
    """Search for each question."""
    made = []
    for question in questions:
        vector = encoder.encode_queries([question.text])[0]
        made.append((store.search(vector, question_terms(question.text, "fr"), depth), question.paragraph))
    return made


def quality(searched: Found, order: Callable[[list[Scores]], list[Scores]]) -> tuple[float, float]:
    """Mean nDCG@10 and hit@1 of paragraphs."""
    gains, hits = [], []
    for candidates, wanted in searched:
        articles = {candidate.scores.key: candidate.row.id for candidate in candidates}
        ranking = rank_articles([articles[s.key] for s in order([candidate.scores for candidate in candidates])])
        gains.append(ndcg_at(ranking, {wanted}, 10) or 0.0)
        hits.append(hit_at(ranking, {wanted}, 1) or 0.0)
    return statistics.fmean(gains), statistics.fmean(hits)


def fit_bm25(questions: Sequence[squad.Question], store: SqliteStore, encoder: Encoder) -> None:
    """Try k1 and b on BM25 alone."""
    tried = {}
    for k1, b in itertools.product((0.9, 1.2, 1.5, 2.0), (0.4, 0.6, 0.75)):
        bm25.K1, bm25.B = k1, b
        tried[k1, b] = quality(found(questions, store, encoder, DEPTH), lambda s: sorted(s, key=lambda x: -x.words))
    for (k1, b), (gain, hit) in sorted(tried.items(), key=lambda item: -item[1][0])[:4]:
        print(f"  k1 {k1} b {b}: nDCG@10 {gain:.4f}, hit@1 {hit:.4f}")
    bm25.K1, bm25.B = max(tried, key=lambda pair: tried[pair])


def fit_fusion(questions: Sequence[squad.Question], store: SqliteStore, encoder: Encoder) -> None:
    """Try depths and weights."""
    for depth in (10, 20, 30, 50):
        searched = found(questions, store, encoder, depth)
        tried = {}
        for dense, sentence in itertools.product(np.arange(0.1, 0.75, 0.1), np.arange(0.0, 0.6, 0.1)):
            weights = (round(dense, 2), round(sentence, 2), round(1 - dense - sentence, 2))
            if weights[2] >= 0:
                tried[weights] = quality(searched, partial(_fused, weights))
        for weights, (gain, hit) in sorted(tried.items(), key=lambda item: -item[1][0])[:3]:
            print(f"  depth {depth} dense, sentence, words {weights}: nDCG@10 {gain:.4f}, hit@1 {hit:.4f}")


def _fused(weights: Sequence[float], scores: Sequence[Scores]) -> list[Scores]:
    return [one for _, one in fuse(scores, weights)]


def fit_reading(questions: Sequence[squad.Question], retriever: Retriever) -> None:
    """Fit P(a passage answers) on all passages read, then try how few may be read."""
    from sklearn.linear_model import LogisticRegression

    reader = load_reader()
    rows, truth, readings = [], [], []
    for question in questions:
        hits = retriever.search(question.text, k=reread.MOST).hits
        read = reader.read(question.text, [("", hit.text) for hit in hits])
        for hit, reading in zip(hits, read, strict=True):
            rows.append([reading.score, hit.score])
            truth.append(hit.article == question.paragraph and any(answer in hit.text for answer in question.answers))
        readings.append((hits, read, question.paragraph))
    model = LogisticRegression(C=100.0).fit(rows, truth)
    read_weight, fused_weight = model.coef_[0]
    print(f"  READ {read_weight:.3f} FUSED {fused_weight:.3f} INTERCEPT {model.intercept_[0]:.3f}")
    reread.READ, reread.FUSED, reread.INTERCEPT = read_weight, fused_weight, float(model.intercept_[0])
    for first, most, sure in itertools.product((3, 4, 5), (8, 10, 12), (0.7, 0.8, 0.9, 1.1)):
        gains, counts = [], []
        for hits, read, wanted in readings:
            odds = [reread.probability(r.score, h.score) for h, r in zip(hits, read, strict=True)]
            count = first if max(odds[:first], default=0) >= sure else most
            order = sorted(range(min(count, len(hits))), key=lambda n: -odds[n])
            ranking = rank_articles([hits[n].article for n in (*order, *range(len(order), len(hits)))])
            gains.append((ndcg_at(ranking, {wanted}, 10) or 0.0, hit_at(ranking, {wanted}, 1) or 0.0))
            counts.append(count)
        gain, hit = np.mean(gains, axis=0)
        print(f"  first {first} most {most} sure {sure}: nDCG@10 {gain:.4f}, hit@1 {hit:.4f}, "
              f"read {np.mean(counts):.1f}, median {np.median(counts):.0f}")  # fmt: skip


def main() -> int:
    """Fit everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=800)
    parser.add_argument("--only", choices=("bm25", "fusion", "reading"), help="fit one part")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "standardiste-benchmarks")
    options = parser.parse_args()
    encoder, data = load_encoder(), squad.load()
    store = squad.indexed(data, encoder, options.work)
    kept = data.held_out()
    training = [question for question in data.questions if question.group not in kept]
    unseen = {asked.question for asked in mined(data, encoder, options.work)[:DEVELOPMENT]}
    sample = random.Random(squad.SPLIT_SEED).sample(training, options.questions)
    print(machine.describe("numpy", "scikit-learn"))
    started = time.perf_counter()
    if options.only in (None, "bm25"):
        print(f"BM25, {len(sample)} questions")
        fit_bm25(sample, store, encoder)
    if options.only in (None, "fusion"):
        print(f"fusion, {len(sample)} questions")
        fit_fusion(sample, store, encoder)
    if options.only in (None, "reading"):
        developed = [question for question in training if question.text in unseen]
        print(f"reading, {len(developed)} questions")
        fit_reading(developed, Retriever(store, encoder))
    print(f"{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
