"""Hits → the sentences that may answer, scored, and what of them fits the prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.article import Span
from rag.bm25 import idf
from rag.hits import Hit
from rag.retrieve import Retrieval, scaled
from rag.several import asks_of_articles, speaks_of
from rag.store import Store
from rag.trace import traced
from rag.words import language_of, stems, words

CHARACTERS_PER_TOKEN = 3.2
"""French press text in Qwen2.5's tokens, about; the budget is an estimate by it."""

CONSIDERED = 10
"""Hits whose sentences are looked at."""

SENTENCE_WEIGHTS = (0.3, 0.2, 0.25, 0.15, 0.2, 0.5)
"""Weights of a sentence's cosine and its passage's (scaled over the hits), of the question's terms it covers alone and
with its neighbours, of the hit's score, and of P(the answer stands in it) by the reader."""

QUOTED = 6
"""Sentences after which a quoted answer ends."""

QUOTED_SHARE = 0.4
"""Least score of a quoted sentence, as a share of the best one's, which the reader lifts above the others."""

ELSEWHERE = 0.2
"""What a sentence of another article than the best one's loses, as a share of the best one's score: what answers stands
mostly in one article, and a model that reads several mixes them. ``benchmarks/quoting.py`` prints this value and
``QUOTED_SHARE`` among others."""

NEXT_SHARE = 0.6
"""The same for the sentence after a chosen one, unless its first word leans on that: it often says the rest, and as
often leads on to something else."""

LIFTED = 0.95
"""Share of the best sentence's score that others are given which must not be missing."""

ARTICLES = 3
"""Articles that are heard on a question about what the articles say."""

ARTICLE_SHARE = 0.25
"""Least score of an article's best sentence for it to be heard, as a share of the best of all."""

_LEANS = re.compile(
    r"(ils?|elles?|ce|cet|cette|ces|cela|ça|celui|celle|ceux|leur|son|sa|ses|parmi|en effet|it|they|this|these)\b", re.I
)
"""Beginnings of a sentence that speaks of what the one before it named."""

SHORT = 4
"""Words below which a sentence's language is not told."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit.

    ``cosine`` is to the question; ``coverage`` the share (by idf) of the question's terms that stand in it or its
    neighbours; ``score`` mixes both with the hit's own scores.
    """

    hit: Hit
    position: int
    span: Span
    text: str
    cosine: float
    coverage: float
    score: float


@dataclass(frozen=True, slots=True)
class EvidencePassage:
    """Sentences of one hit shown to the language model under ``number`` (from 1); gaps are marked « […] »."""

    number: int
    hit: Hit
    text: str


def term_weights(store: Store, terms: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of each term, as BM25 weighs it."""
    counts, total = store.document_frequencies(terms)
    return {term: idf(counts[term], total) for term in dict.fromkeys(terms)}


def covered(terms: Sequence[str], weights: Mapping[str, float], stemmed: set[str]) -> float:
    """Share of the terms' weight that ``stemmed`` holds, 0 to 1; 0 without terms."""
    total = sum(weights[term] for term in terms)
    return sum(weights[term] for term in terms if term in stemmed) / total if total else 0.0


@traced("evidence")
def score_sentences(retrieval: Retrieval, store: Store, weights: Mapping[str, float]) -> list[ScoredSentence]:
    """The sentences of the first hits, best first; ``weights`` are those of the question's terms (``term_weights``)."""
    hits = retrieval.hits[:CONSIDERED]
    places = [(hit, position) for hit in hits for position in range(len(hit.sentences))]
    vectors = store.sentence_vectors([(hit.article, hit.sentences[position]) for hit, position in places])
    cosines = vectors @ retrieval.vector if places else np.zeros(0, dtype=np.float32)
    nearness = scaled(cosines.tolist())
    passages = {id(hit): value for hit, value in zip(hits, scaled([hit.dense for hit in hits]), strict=True)}
    scored = []
    stemmed = {id(hit): [set(stems(text, hit.language)) for text in hit.sentence_texts()] for hit in hits}
    for (hit, position), cosine, near in zip(places, cosines.tolist(), nearness, strict=True):
        own = stemmed[id(hit)]
        above = set(stems(f"{hit.title} {hit.heading}", hit.language))
        around = set().union(*own[max(position - 1, 0) : position + 2]) | above
        alone = covered(retrieval.terms, weights, own[position])
        coverage = covered(retrieval.terms, weights, around)
        span = hit.sentences[position]
        values = (near, passages[id(hit)], alone, coverage, hit.score, told(hit, span))
        score = sum(weight * value for weight, value in zip(SENTENCE_WEIGHTS, values, strict=True))
        text = hit.text[span.start - hit.start : span.end - hit.start]
        scored.append(ScoredSentence(hit, position, span, text, cosine, coverage, score))
    return sorted(scored, key=lambda sentence: -sentence.score)


def told(hit: Hit, span: Span) -> float:
    """P(the answer stands in ``span``) by the reader; 0 for a hit that was not read."""
    if hit.reading is None or hit.answers is None:
        return 0.0
    return hit.answers * hit.reading.within(span.start - hit.start, span.end - hit.start)


def lifted(retrieval: Retrieval, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """``sentences``, best first, in which those that an answer should not be without stand close to the best one.

    The best that speaks of each name that was asked for apart; of a question on what the articles say, the best of each
    of the first articles.
    """
    telling = _telling(sentences)
    if not telling:
        return list(sentences)
    best = telling[0]
    wanted = [
        next((one for one in telling if speaks_of(name, one.text, one.hit.author)), best) for name in retrieval.parts
    ]
    if asks_of_articles(retrieval.question):
        first: dict[str, ScoredSentence] = {}
        for one in telling:
            first.setdefault(one.hit.article, one)
        wanted += [one for one in [*first.values()][:ARTICLES] if one.score >= ARTICLE_SHARE * best.score]
    places = {(id(one.hit), one.position) for one in wanted}
    least = LIFTED * best.score
    return sorted(
        (
            replace(one, score=max(one.score, least)) if (id(one.hit), one.position) in places else one
            for one in sentences
        ),
        key=lambda one: -one.score,
    )


def focused(retrieval: Retrieval, sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """``sentences``, best first, in which those of other articles than the best one's stand lower.

    Unless several are asked about.
    """
    telling = _telling(sentences)
    if not telling or retrieval.parts or asks_of_articles(retrieval.question):
        return list(sentences)
    article, loss = telling[0].hit.article, ELSEWHERE * telling[0].score
    return sorted(
        (one if one.hit.article == article else replace(one, score=one.score - loss) for one in sentences),
        key=lambda one: -one.score,
    )


def pack(sentences: Sequence[ScoredSentence], tokens: int) -> list[EvidencePassage]:
    """The best sentences, each with the next if that is good, as many as ``tokens`` allow.

    They stand in passages numbered by their best one. At least one sentence is taken, however long.
    """
    budget = tokens * CHARACTERS_PER_TOKEN
    sentences = _telling(sentences) or sentences
    following = _following(sentences)
    chosen: dict[tuple[str, int], set[int]] = {}
    hits: dict[tuple[str, int], Hit] = {}
    used = 0.0
    for sentence in sentences:
        hit = sentence.hit
        key = (hit.article, hit.passage)
        taken = chosen.get(key, set())
        for position in (one.position for one in (sentence, following(sentence)) if one):
            if position in taken:
                continue
            length = hit.sentences[position].end - hit.sentences[position].start
            if used + length > budget and used > 0:
                continue
            taken.add(position)
            used += length
        if taken:
            chosen.setdefault(key, taken)
            hits.setdefault(key, hit)
        if used > 0.95 * budget:
            break
    return [
        EvidencePassage(number, hits[key], _text(hits[key], positions))
        for number, (key, positions) in enumerate(chosen.items(), start=1)
    ]


def quotable(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """The few sentences that answer when no model writes: the best and the one after it, none else far below the first.

    Sentences of one passage stand together and in their order, the passage of the best one first.
    """
    sentences = _telling(sentences)
    # What is not in its article's language may have been put there, unless all is so.
    sentences = [sentence for sentence in sentences if not _foreign(sentence.text, sentence.hit)] or sentences
    following = _following(sentences)
    # The best often announces what the next one says: « une expérience inédite, racontée par 20 Minutes ».
    chosen = [*sentences[:1], *(one for one in sentences if _is_after(one, sentences[0]))]
    for sentence in sentences:
        if len(chosen) >= QUOTED or sentence.score < QUOTED_SHARE * sentences[0].score:
            break
        chosen += [one for one in (sentence, following(sentence)) if one is not None and one not in chosen]
    passages = list(dict.fromkeys(id(sentence.hit) for sentence in chosen))
    return sorted(chosen, key=lambda sentence: (passages.index(id(sentence.hit)), sentence.position))


def _telling(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Those that are no question, since a heading or a rhetorical one is near every question and answers none, and no
    by-line or title that the text repeats.
    """  # noqa: D205
    return [one for one in sentences if not one.text.rstrip(" »\u00a0").endswith("?") and not _only_names(one)]


def _only_names(sentence: ScoredSentence) -> bool:
    """Whether it holds nothing but words of the article's author, title or publication."""
    hit = sentence.hit
    return set(words(sentence.text)) <= set(words(f"{hit.author or ''} {hit.title} {hit.publication or ''}"))


def _following(sentences: Sequence[ScoredSentence]) -> Callable[[ScoredSentence], ScoredSentence | None]:
    """For each sentence the next one of its passage, where that is worth having along; ``sentences`` best first."""
    places = {(id(one.hit), one.position): one for one in sentences}

    def following(sentence: ScoredSentence) -> ScoredSentence | None:
        after = places.get((id(sentence.hit), sentence.position + 1))
        if after and (after.score >= NEXT_SHARE * sentences[0].score or _LEANS.match(after.text)):
            return after
        return None

    return following


def _is_after(sentence: ScoredSentence, other: ScoredSentence) -> bool:
    """Whether ``sentence`` comes right after ``other`` in its passage."""
    return sentence.hit is other.hit and sentence.position == other.position + 1


def _foreign(text: str, hit: Hit) -> bool:
    """Whether a sentence of some length is in another language than its article."""
    return len(text.split()) >= SHORT and language_of(text, hit.language) != hit.language


def _text(hit: Hit, positions: set[int]) -> str:
    texts, pieces, last = hit.sentence_texts(), [], None
    for position in sorted(positions):
        if last is not None and position > last + 1:
            pieces.append("[…]")
        pieces.append(" ".join(texts[position].split()))
        last = position
    return " ".join(pieces)
