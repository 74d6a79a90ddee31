"""Question (with its history and filters) → hits, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from embeddings.encoder import Vectors
from embeddings.question import LANGUAGES as TUNED
from embeddings.question import QuestionEncoder
from embeddings.reader import Reader
from rag.acronyms import acronym_terms
from rag.attributed import attributed
from rag.followup import Turn, search_question
from rag.hits import EVERYTHING, Filters, Hit
from rag.period import period_of
from rag.reread import LANGUAGES, MOST, reread
from rag.several import asked_apart, merged, told_together
from rag.spelling import respelt
from rag.store import Candidate, Scores, Store
from rag.trace import traced
from rag.words import STOP_WORDS, language_of, stems, words

DEPTH = 30
"""Candidates that each of the three searches contributes."""

WEIGHTS = (0.4, 0.4, 0.2)
"""Weights of passage cosine, best sentence's cosine and BM25, each min–max scaled over the candidates."""

WEIGHTS_ACROSS = (0.6, 0.25, 0.15)
"""The same for a question in another language than French: what words it shares with the articles it often shares by
chance, and its nearest sentence is less sure than its nearest passage (``benchmarks/robust.py``, English and Spanish).
"""


WIDE = 24
"""Passages at least whose articles are compared: one that holds several good ones is likelier to be the one asked for.
"""
BEST, SUPPORT = 3, 0.2
"""How many passages of an article speak for each of them, and the weight of their mean beside a passage's own score
(``benchmarks/fit_retrieval.py``)."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was searched for and what was found; ``vector`` is the searched question's, shape ``(d,)``.

    ``asked`` is the searched question without the source that it named and that the hits keep to (``rag.attributed``);
    ``terms`` are its stems; what acronyms and misspelt words added to the search is not among them. ``period`` is the
    one that the question named and that the hits keep to. ``parts`` are what was found for each name that it asked for,
    where one passage did not answer for all of them.
    """

    question: str
    search_question: str
    asked: str
    language: str
    terms: tuple[str, ...]
    vector: Vectors
    hits: tuple[Hit, ...]
    period: Filters = EVERYTHING
    parts: Mapping[str, Retrieval] = field(default_factory=dict)


def question_terms(question: str, language: str) -> tuple[str, ...]:
    """The stems searched for. Articles are mostly French, so that another language's question is stemmed both ways:
    names and loan words ("off-shore", "Bloctel") are what the two share. Its function words are left out both times:
    rare in French articles, "the" and "what" would weigh more than what is asked.
    """  # noqa: D205
    terms = stems(question, language)
    if language != "fr":
        function_words = STOP_WORDS.get(language, frozenset())
        terms += stems(" ".join(word for word in words(question) if word not in function_words), "fr")
    return tuple(dict.fromkeys(terms))


class Retriever:
    """Hybrid search in one store with a question encoder and perhaps a reader; safe to call from several threads."""

    def __init__(
        self, store: Store, encoder: QuestionEncoder, reader: Reader | None = None,
        today: Callable[[], date] = date.today, tuned: QuestionEncoder | None = None,
    ) -> None:  # fmt: skip
        """``encoder`` made the vectors in ``store``; ``tuned`` encodes questions in the languages it learnt."""
        self.store = store
        self.encoder = encoder
        self.tuned = tuned or encoder
        self.reader = reader
        self.today = today

    @traced("search")
    def search(
        self, question: str, history: Sequence[Turn] = (), filters: Filters = EVERYTHING, k: int = 10,
        depth: int = DEPTH,
    ) -> Retrieval:  # fmt: skip
        """The ``k`` best passages for ``question``; none for a blank one.

        A period that the question names narrows the search, unless ``filters`` hold one or it would leave nothing.
        """
        language = language_of(question)
        searched = search_question(question, history, language)
        found = self._one(searched, language, filters, k, depth)
        found = self._attributed(found, filters, k, depth)
        apart = asked_apart(searched) if searched == question else {}
        if apart and not told_together(apart, found.hits):
            alone = {name: self._one(part, language, filters, k, depth) for name, part in apart.items()}
            parts = {name: self._attributed(part, filters, k, depth) for name, part in alone.items()}
            found = replace(found, hits=merged(found.hits, [part.hits for part in parts.values()]), parts=parts)
        return replace(found, question=question, hits=found.hits[:k])

    def _attributed(self, found: Retrieval, filters: Filters, k: int, depth: int) -> Retrieval:
        """What is found in the articles of the source that the question names, asked without it; else ``found``."""
        named = attributed(found.search_question, found.hits, found.language)
        if named is None or filters.author or filters.publication:
            return found
        kept = replace(filters, author=named.filters.author, publication=named.filters.publication)
        within = self._one(named.question, found.language, kept, k, depth)
        return replace(within, search_question=found.search_question) if within.hits else found

    def _one(self, searched: str, language: str, filters: Filters, k: int, depth: int) -> Retrieval:
        """What is found for a question that asks for one thing: the ``k`` best hits."""
        terms = question_terms(searched, language)
        encoder = self.tuned if language in TUNED else self.encoder
        vector = encoder.encode_queries([searched])[0]
        added = acronym_terms(searched, language) + respelt(terms, self.store.vocabulary(), STOP_WORDS[language])
        sought = (vector, terms + added, max(depth, k), WEIGHTS if language == "fr" else WEIGHTS_ACROSS)
        hits: tuple[Hit, ...] = ()
        period = EVERYTHING if filters.since or filters.until else period_of(searched, self.today()) or EVERYTHING
        if searched.strip() and period:
            hits = self._hits(*sought, replace(filters, since=period.since, until=period.until), k)
        if searched.strip() and not hits:
            period = EVERYTHING
            hits = self._hits(*sought, filters, k)
        if self.reader and language in LANGUAGES:
            hits = reread(self.reader, searched, hits)
        return Retrieval(searched, searched, searched, language, terms, vector, hits[:k], period)

    def _hits(
        self, vector: Vectors, terms: Sequence[str], depth: int, weights: Sequence[float], filters: Filters, k: int
    ) -> tuple[Hit, ...]:
        """The fused hits, as many as are wanted or the reader may want."""
        fused: list[tuple[float, Scores]] = []

        def choose(found: list[Scores]) -> list[Scores]:
            fused.extend(fuse(found, weights)[: max(k, WIDE)])
            return [scores for _, scores in fused]

        found = self.store.search(vector, terms, depth, filters, choose)
        hits = supported([found_hit(candidate, score) for candidate, (score, _) in zip(found, fused, strict=True)])
        return hits[: max(k, MOST)]


def fuse(found: Sequence[Scores], weights: Sequence[float] = WEIGHTS) -> list[tuple[float, Scores]]:
    """What was found with its fused score in 0..1, best first: the weighted sum of min–max scaled scores.

    After Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (TOIS 2023), where a convex
    combination of scaled scores beats reciprocal rank fusion.
    """
    if not found:
        return []
    columns = (
        scaled([scores.dense for scores in found]),
        scaled([scores.sentence for scores in found]),
        scaled([scores.words for scores in found]),
    )
    fused = [
        (sum(weight * value for weight, value in zip(weights, row, strict=True)), scores)
        for *row, scores in zip(*columns, found, strict=True)
    ]
    return sorted(fused, key=lambda pair: (-pair[0], pair[1].key))


def scaled(values: Sequence[float]) -> list[float]:
    """Min–max scaled to 0..1; all 0 when they are equal."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 0.0 for value in values]


def supported(hits: Sequence[Hit], support: float = SUPPORT) -> tuple[Hit, ...]:
    """The hits in the order of their own score together with that of their article's best ones, which they take on."""
    scores = defaultdict[str, list[float]](list)
    for hit in hits:
        scores[hit.article].append(hit.score)
    # An article with fewer passages has less to show for it.
    mean = {article: sum(sorted(own, reverse=True)[:BEST]) / BEST for article, own in scores.items()}
    scored = [((hit.score + support * mean[hit.article]) / (1 + support), hit) for hit in hits]
    scored.sort(key=lambda pair: -pair[0])
    return tuple(replace(hit, rank=rank, score=score) for rank, (score, hit) in enumerate(scored, start=1))


def found_hit(candidate: Candidate, score: float) -> Hit:
    """A candidate with its fused score, without a rank yet."""
    row, passage = candidate.row, candidate.passage
    return Hit(
        0, row.id, passage.number, score, passage.text, passage.start, passage.end, row.title, row.author,
        row.publication, row.date, row.source, passage.heading, row.language, passage.sentences,
        candidate.scores.dense, candidate.scores.sentence, candidate.scores.words,
    )  # fmt: skip
