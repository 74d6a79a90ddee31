"""Do the articles hold the answer? A probability from measured signals, before any word is generated.

The signals are plain numbers of the retrieval; ``benchmarks/fit_answerable.py`` fits the logistic model over them on
public questions with and without an answer and writes ``answerable.json`` beside this file, reliability included.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rag.counted import uncounted
from rag.evidence import ScoredSentence, covered, told
from rag.expected import untyped
from rag.granted import window
from rag.hits import Hit
from rag.quotes import names
from rag.retrieve import Retrieval
from rag.words import numbers, stems, words

SIGNALS = (
    "passage_cosine", "sentence_cosine", "best_coverage", "sentence_coverage", "missing_weight", "names_missing",
    "untyped", "terms", "contrast", "cross_language", "cosine_across", "names_across", "read", "read_certain",
    "words", "words_a_term", "uncounted", "premise", "stated",
)  # fmt: skip
"""Names of the signals, in the order of the coefficients. Those "across" are 0 in the articles' own language: in
another there is hardly a word to share, and cosines and names tell more."""

ASKED_OF = 5
"""Sentences of which one must tell the number of something that the question asks for."""
TYPED = 3
"""Sentences, with their neighbours, whose share without the expected kind of answer counts."""


def signals(
    retrieval: Retrieval, sentences: Sequence[ScoredSentence], weights: Mapping[str, float],
    premises: tuple[float, float] = (0.0, 0.0),
) -> list[float]:  # fmt: skip
    """The signals of one question, in the order of ``SIGNALS``; all finite, most within 0..1.

    ``weights`` are the terms' inverse document frequencies (``rag.evidence.term_weights``), ``premises`` how far the
    best sentences say what the question takes for granted, and the sentence made of it (``rag.granted.granted``).
    """
    hits = retrieval.hits
    if not hits or not sentences:
        return [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    best = sentences[0]
    passages = [set(stems(f"{hit.title} {hit.heading} {hit.text}", hit.language)) for hit in hits[:3]]
    coverages = [covered(retrieval.terms, weights, stemmed) for stemmed in passages]
    missing = [weight for term, weight in weights.items() if not any(term in stemmed for stemmed in passages)]
    ordered = sorted((hit.dense for hit in hits), reverse=True)
    scale = max(weights.values(), default=1.0)
    across = float(retrieval.language != hits[0].language)
    matched = max(hit.words for hit in hits)
    nearest = _stretched(max(sentence.cosine for sentence in sentences))
    names_missing = _names_missing(retrieval, hits[0].text + " " + best.hit.text + " " + _about(retrieval), weights)
    return [
        _stretched(max(hit.dense for hit in hits)),
        nearest,
        max(coverages),
        best.coverage,
        max(missing, default=0.0) / scale,
        names_missing,
        untyped(retrieval.asked, retrieval.language, [_around(sentence) for sentence in sentences[:TYPED]]),
        min(len(retrieval.terms), 12) / 12,
        10 * (ordered[0] - ordered[len(ordered) // 2]),
        across,
        across * nearest,
        across * names_missing,
        _read(hits),
        max(told(hit, span) for hit in hits for span in hit.sentences),
        matched / 10,
        matched / max(len(retrieval.terms), 1) / 5,
        uncounted(retrieval.asked, [sentence.text for sentence in sentences[:ASKED_OF]]),
        *premises,
    ]


def _read(hits: Sequence[Hit]) -> float:
    """The highest log odds by the reader, a fifth of them, within -1..1; 0 where nothing was read."""
    scores = [hit.reading.score for hit in hits if hit.reading is not None]
    return max(-1.0, min(max(scores) / 5, 1.0)) if scores else 0.0


def probability(values: Sequence[float]) -> float:
    """P(the articles hold the answer) for the values of ``SIGNALS``, by the fitted model."""
    model = fitted()
    score = model["intercept"] + sum(
        coefficient * value for coefficient, value in zip(model["coefficients"], values, strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(min(score, 30.0), -30.0)))


def undecided(values: Sequence[float], with_model: bool = False) -> bool:
    """Whether the premises, the last two of ``values``, could tip the decision, or with a model one of the two."""
    least, most = probability([*values[:-2], -1.0, -1.0]), probability([*values[:-2], 1.0, 1.0])
    return least < threshold() and most >= threshold(with_model)


def threshold(with_model: bool = False) -> float:
    """The probability under which a question is refused, chosen by the fitting script.

    It is lower where a language model reads the evidence afterwards and may still find that it does not answer.
    """
    return float(fitted()["threshold_with_model" if with_model else "threshold"])


@cache
def fitted() -> dict[str, Any]:
    """The fitted model: coefficients in the order of ``SIGNALS``, intercept, threshold, and what it was fitted on."""
    model = json.loads((Path(__file__).parent / "answerable.json").read_text(encoding="utf-8"))
    if tuple(model["signals"]) != SIGNALS:
        raise ValueError("answerable.json was fitted on other signals: run benchmarks/fit_answerable.py again.")
    return dict(model)


def _around(sentence: ScoredSentence) -> str:
    """A sentence and its neighbours."""
    hit, span = sentence.hit, window(sentence.hit, sentence.span)
    return hit.text[span.start - hit.start : span.end - hit.start]


def _stretched(cosine: float) -> float:
    """e5's cosines lie between 0.75 and 0.95."""
    return min(max((cosine - 0.75) / 0.2, 0.0), 1.0)


def _about(retrieval: Retrieval) -> str:
    return " ".join(
        f"{hit.title} {hit.author or ''} {hit.publication or ''} {hit.date or ''}" for hit in retrieval.hits[:3]
    )


def _names_missing(retrieval: Retrieval, text: str, weights: Mapping[str, float]) -> float:
    """Share of the question's names and numbers that ``text`` does not hold; 0 when it has none.

    A name counts by its rarity: that an article on French law does not say "France" again means little.
    """
    question = retrieval.asked
    wanted = names(question) | set(numbers(question))
    if not wanted:
        return 0.0
    held, rarest = set(words(text)) | set(numbers(text)), max(weights.values(), default=1.0)
    missing = [max((weights.get(stem, rarest) for stem in stems(name, retrieval.language)), default=rarest)
               for name in wanted - held]  # fmt: skip
    return sum(missing) / rarest / len(wanted)
