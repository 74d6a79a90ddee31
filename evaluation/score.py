"""A question's answer against its gold: the scores of one, and their summary over many.

Everything is judged from the JSON of the answer (the contract's ``ask --json`` object), so that a saved run
can be scored again without running it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpus.article import Article
from evaluation import metrics
from evaluation.citations import score_citations
from evaluation.gold import GoldQuestion
from evaluation.language import detect, language_match

REFUSALS = frozenset({"not_found", "corrected"})
"""The statuses that count as a refusal (contract)."""

RETRIEVAL = ("hit@1", "hit@5", "hit@10", "recall@10", "mrr@10", "ndcg@10", "evidence_hit@5")
ANSWERS = (
    "fact_recall",
    "answered_of_answerable",
    "refused_of_unanswerable",
    "hallucination_rate",
    "error_rate",
    "citation_precision",
    "citation_recall",
    "verbatim_quotes",
    "language_match",
)
LOWER_IS_BETTER = frozenset({"hallucination_rate", "error_rate"})

Json = dict[str, Any]


def score_retrieval(gold: GoldQuestion, articles: Sequence[str], texts: Sequence[str]) -> dict[str, float | None]:
    """Score the hits of one question, given the article and the text of every hit, best hit first."""
    ranking = metrics.rank_articles(articles)
    relevant = frozenset(gold.articles)
    return {
        "hit@1": metrics.hit_at(ranking, relevant, 1),
        "hit@5": metrics.hit_at(ranking, relevant, 5),
        "hit@10": metrics.hit_at(ranking, relevant, 10),
        "recall@10": metrics.recall_at(ranking, relevant, 10),
        "mrr@10": metrics.mrr_at(ranking, relevant, 10),
        "ndcg@10": metrics.ndcg_at(ranking, relevant, 10),
        "evidence_hit@5": metrics.evidence_hit_at(texts, gold.evidence, 5),
    }


def score_answer(
    gold: GoldQuestion,
    result: Mapping[str, Any] | None,
    article_of: Callable[[str], Article | None],
    languages: frozenset[str] = frozenset(),
) -> Json:
    """Score one answer; ``result`` is its JSON, None if there is none because answering failed.

    A question whose answering failed counts against every rate: not answered if it is answerable, not refused
    if it is not. ``article_of`` gives an article with its text by id; ``languages`` are those that answers
    may be in.
    """
    if result is None:
        return {
            "refused": gold.answerable,
            "facts_met": [False] * len(gold.facts),
            "fact_recall": 0.0 if gold.answerable and gold.facts else None,
            "sentences": [],
            "citations": [],
            "verbatim": [],
            "language_match": 0.0,
        }
    answer = str(result["answer"])
    refused = result["status"] in REFUSALS
    cited = score_citations(gold, result, refused, article_of, detect(answer, languages))
    return {
        "refused": refused,
        "facts_met": [met and not refused for met in metrics.facts_met(answer, gold.facts)],
        "fact_recall": metrics.fact_recall(answer, gold.facts, refused) if gold.answerable else None,
        **cited.to_json(),
        "language_match": language_match(answer, gold.language, languages),
    }


def summarise(entries: Sequence[Mapping[str, Any]]) -> Json:
    """Summarise scored questions as the contract's ``retrieval`` and ``answers``; None where nothing applies.

    An entry holds the gold line's fields and ``scores``. Retrieval, facts and language are means over
    questions; citation figures are over all sentences and all citations of all answers, as the contract
    defines them.
    """
    scores = [entry["scores"] for entry in entries]
    outcomes = [(bool(entry["answerable"]), bool(entry["scores"]["refused"])) for entry in entries]
    citations = [citation for one in scores for citation in one["citations"]]
    found = [one["retrieval"] for one in scores if one["retrieval"] is not None]
    return {
        "retrieval": {name: metrics.mean(one[name] for one in found) for name in RETRIEVAL},
        "answers": {
            "fact_recall": metrics.mean(one["fact_recall"] for one in scores),
            "answered_of_answerable": metrics.answered_of_answerable(outcomes),
            "refused_of_unanswerable": metrics.refused_of_unanswerable(outcomes),
            "hallucination_rate": metrics.hallucination_rate(outcomes),
            "error_rate": metrics.error_rate(outcomes),
            "citation_precision": metrics.mean(one["relevant"] and one["supports"] for one in citations),
            "citation_recall": metrics.mean(sentence["supported"] for one in scores for sentence in one["sentences"]),
            "verbatim_quotes": metrics.mean(quote for one in scores for quote in one["verbatim"]),
            "language_match": metrics.mean(one["language_match"] for one in scores),
        },
    }


def summarise_kinds(entries: Sequence[Mapping[str, Any]]) -> Json:
    """Summarise every kind of question by itself, in the order of their first question; ``n`` is how many."""
    kinds = dict.fromkeys(str(entry["kind"]) for entry in entries)
    return {
        kind: {"n": len(those), **summarise(those)}
        for kind in kinds
        for those in [[entry for entry in entries if entry["kind"] == kind]]
    }


def summarise_seconds(entries: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Percentiles of the seconds that answers took; ``first_token`` only of those that a model wrote."""
    taken = [entry["result"]["seconds"] for entry in entries if entry["result"] is not None]
    retrieve = [one["retrieve"] for one in taken]
    return {
        "retrieve_p50": metrics.percentile(retrieve, 50),
        "retrieve_p95": metrics.percentile(retrieve, 95),
        "first_token_p50": metrics.percentile((one["first_token"] for one in taken), 50),
        "total_p50": metrics.percentile((one["total"] for one in taken), 50),
    }
