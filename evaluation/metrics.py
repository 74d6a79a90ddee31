"""The metrics, as pure functions; names and definitions of the ranking ones as in ir-measures (ir-measur.es).

Every metric lies between 0 and 1. ``None`` means "does not apply": there was nothing to measure it on. It is
never replaced by a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence

from evaluation.folding import fold, without_marks


def rank_articles(articles_of_hits: Iterable[str]) -> list[str]:
    """Order the different articles by their best hit, given the article of every hit, best hit first.

    The rank of an article is its place in this list, from 1. This is the usual way from passages to documents
    ("MaxP": a document is worth its best passage; Dai and Callan, SIGIR 2019).
    """
    return list(dict.fromkeys(articles_of_hits))


def hit_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """1 if at least one relevant article is among the first ``k``, else 0 (ir-measures ``Success@k``)."""
    if not relevant:
        return None
    return float(any(article in relevant for article in ranking[:k]))


def recall_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """Relevant articles among the first ``k`` / relevant articles (ir-measures ``R@k``)."""
    if not relevant:
        return None
    return len(set(relevant).intersection(ranking[:k])) / len(set(relevant))


def mrr_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """1 / rank of the first relevant article, 0 if it is not among the first ``k`` (ir-measures ``RR@k``)."""
    if not relevant:
        return None
    return next((1 / rank for rank, article in enumerate(ranking[:k], start=1) if article in relevant), 0.0)


def ndcg_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """Normalised discounted cumulative gain (ir-measures ``nDCG@k``; Järvelin and Kekäläinen, TOIS 2002).

    Linear gain (1 for a relevant article, 0 for another), discount ``1 / log2(rank + 1)``, divided by the
    gain of the ideal order.
    """
    if not relevant:
        return None
    wanted = set(relevant)
    gain = sum(1 / math.log2(rank + 1) for rank, article in enumerate(ranking[:k], start=1) if article in wanted)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    return gain / ideal if ideal else 0.0


def overlaps(text: str, phrase: str) -> bool:
    """Whether ``phrase`` stands in ``text`` or the border of ``text`` runs through it, both folded.

    A border counts when the text ends with the phrase's beginning or begins with its end, by at least two
    whole words and half of the phrase's words: one shared "le" is no overlap.
    """
    text, phrase = fold(text), fold(phrase)
    if not phrase:
        return False
    if phrase in text:
        return True
    inside, wanted = text.split(), phrase.split()
    least = max(2, math.ceil(len(wanted) / 2))
    return any(
        inside[-count:] == wanted[:count] or inside[:count] == wanted[-count:]
        for count in range(least, min(len(wanted), len(inside) + 1))
    )


def evidence_hit_at(texts_of_hits: Sequence[str], evidence: Collection[str], k: int) -> float | None:
    """1 if one of the first ``k`` hits (passages, best first) overlaps an evidence phrase, else 0."""
    if not evidence:
        return None
    return float(any(overlaps(text, phrase) for text in texts_of_hits[:k] for phrase in evidence))


def states(answer: str, alternative: str) -> bool:
    """Whether the answer holds the alternative, both folded; [n] marks do not count as text of the answer.

    An alternative that begins or ends with a digit must not continue as a longer number: "12" is not in
    "2012" nor in "12,5".
    """
    wanted = re.escape(fold(alternative))
    if not wanted:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if alternative.strip()[:1].isdigit() else ""
    after = r"(?![.,]?\d)" if alternative.strip()[-1:].isdigit() else ""
    return re.search(before + wanted + after, fold(without_marks(answer))) is not None


def facts_met(answer: str, facts: Sequence[Sequence[str]]) -> list[bool]:
    """For each fact, whether the answer states one of its alternatives."""
    return [any(states(answer, alternative) for alternative in alternatives) for alternatives in facts]


def fact_recall(answer: str, facts: Sequence[Sequence[str]], refused: bool = False) -> float | None:
    """Facts met / facts of one question; a refusal meets none, whatever its words."""
    if not facts:
        return None
    return 0.0 if refused else sum(facts_met(answer, facts)) / len(facts)


def answered_of_answerable(outcomes: Iterable[tuple[bool, bool]]) -> float | None:
    """Answerable questions answered / answerable questions; an outcome is (answerable, refused)."""
    return mean(not refused for answerable, refused in outcomes if answerable)


def refused_of_unanswerable(outcomes: Iterable[tuple[bool, bool]]) -> float | None:
    """Unanswerable questions refused / unanswerable questions; an outcome is (answerable, refused)."""
    return mean(refused for answerable, refused in outcomes if not answerable)


def hallucination_rate(outcomes: Iterable[tuple[bool, bool]]) -> float | None:
    """Unanswerable questions not refused / unanswerable questions; lower is better.

    After NoMIRACL (Thakur et al., Findings of EMNLP 2024). An outcome is (answerable, refused).
    """
    return mean(not refused for answerable, refused in outcomes if not answerable)


def error_rate(outcomes: Iterable[tuple[bool, bool]]) -> float | None:
    """Answerable questions refused / answerable questions; lower is better.

    After NoMIRACL (Thakur et al., Findings of EMNLP 2024). An outcome is (answerable, refused).
    """
    return mean(refused for answerable, refused in outcomes if answerable)


def is_verbatim(quote: str, start: object, end: object, article_text: str | None) -> bool:
    """Whether ``quote == article_text[start:end]``, the span real and not empty; False without article."""
    if article_text is None or not isinstance(start, int) or not isinstance(end, int):
        return False
    # Python reads a negative index from the end and forgives one beyond it; a span must do neither.
    return 0 <= start < end <= len(article_text) and article_text[start:end] == quote


def mean(values: Iterable[float | bool | None]) -> float | None:
    """Average the values that apply; None if none does."""
    applicable = [float(value) for value in values if value is not None]
    return math.fsum(applicable) / len(applicable) if applicable else None


def percentile(values: Iterable[float | None], percent: float) -> float | None:
    """Find the ``percent``-th percentile (0–100), linear between neighbours as in numpy; None of nothing."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
