"""A question becomes an answer: retrieve → evidence → language model → cite."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from corpus.article import Article, Span
from embeddings.encoder import Encoder
from rag.answerable import probability, signals, threshold
from rag.cite import SUPPORTED, Citer, Support, answer_sentences
from rag.evidence import ScoredSentence, pack, quotable, score_sentences, term_weights
from rag.followup import Turn
from rag.hits import EVERYTHING, Filters, Hit
from rag.llm import Failure, LanguageModel, ModelUnavailable
from rag.prompt import asks_what, messages, says_no_answer, system
from rag.retrieve import Retrieval, Retriever
from rag.store import ArticleRow, Store
from rag.texts import FAILURES, MODEL_FAILED, NO_MODEL, NOT_FOUND, NOT_SUPPORTED, SENTENCES_REMOVED, TOO_LONG, say

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CitedSentence",
    "Draft",
    "Event",
    "Finished",
    "Found",
    "Seconds",
    "Turn",
]

log = logging.getLogger(__name__)

Status = Literal["answered", "extractive", "corrected", "not_found"]

HITS_SHOWN = 5
HITS_SEARCHED = 10
EVIDENCE_TOKENS = 260
"""Prompt tokens of evidence: the prompt is read at about 100 tokens/s on two cores, and the first word waits for it."""
ANSWER_TOKENS = 180


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of an answer; ``quote == article_text[start:end]``. ``n`` is the number in the answer's [n] marks."""

    n: int
    article: str
    title: str
    author: str | None
    publication: str | None
    date: date | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of an answer, its [n] marks taken out, with the numbers of its citations and its support (0 to 1)."""

    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the stages of an answer took, from the question's arrival."""

    retrieve: float
    first_token: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; field by field the contract's ``ask --json``.

    ``model`` is the language model's name, None when none wrote the answer. ``notices`` are sentences for the user,
    in the question's language. ``answerable`` is the probability that the articles hold the answer.
    """

    question: str
    search_question: str
    language: str
    status: Status
    answer: str
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    answerable: float
    model: str | None
    notices: tuple[str, ...]
    seconds: Seconds

    def to_json(self) -> dict[str, Any]:
        """The contract's object, ready for ``json.dumps``."""
        body = {name: getattr(self, name) for name in ("question", "search_question", "language", "status", "answer")}
        return {
            **body,
            "sentences": [asdict(sentence) for sentence in self.sentences],
            "citations": [_dated(asdict(citation)) for citation in self.citations],
            "hits": [hit_json(hit) for hit in self.hits],
            "answerable": round(self.answerable, 4),
            "model": self.model,
            "notices": list(self.notices),
            "seconds": {
                key: value if value is None else round(value, 4) for key, value in asdict(self.seconds).items()
            },
        }


def hit_json(hit: Hit) -> dict[str, Any]:
    """The contract's HIT."""
    about = ("title", "author", "publication", "date", "source")
    names = ("rank", "article", "passage", "score", "text", "start", "end", *about)
    return _dated({name: getattr(hit, name) for name in names})


def article_json(row: ArticleRow) -> dict[str, Any]:
    """The contract's line of ``articles``."""
    names = ("id", "title", "author", "publication", "date", "language", "source", "passages")
    return _dated({name: getattr(row, name) for name in names})


def _dated(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """First event of a stream: the passages, before any word of the answer."""

    hits: tuple[Hit, ...]
    search_question: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer as far as it is written, not yet checked: the whole text so far, not the new piece."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Last event of a stream: the checked answer, which replaces the draft."""

    answer: Answer


Event = Found | Draft | Finished


@dataclass(slots=True)
class _Asked:
    """A question on its way to its answer."""

    retrieval: Retrieval
    sentences: list[ScoredSentence]
    answerable: float
    started: float
    retrieved: float
    notices: list[str]
    first_token: float | None = None
    model: str | None = None

    @property
    def language(self) -> str:
        return self.retrieval.language


class Assistant:
    """Answers questions from one store; safe to call from several threads."""

    def __init__(
        self, store: Store, encoder: Encoder, model: LanguageModel | None = None, model_wanted: bool = False
    ) -> None:
        """``model_wanted`` without a ``model``: its weights are missing, and answers say so."""
        self._model_wanted = model_wanted
        self.store = store
        self.encoder = encoder
        self.model = model
        self._retriever = Retriever(store, encoder)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        use_model: bool = True,
    ) -> Iterator[Event]:
        """Answer ``question``: one ``Found``, any number of ``Draft``, one ``Finished``.

        ``use_model`` false gives an extractive answer. A model that fails does too, with a notice.
        """
        asked = self._retrieve(question, history, filters)
        yield Found(asked.retrieval.hits[:HITS_SHOWN], asked.retrieval.search_question)
        if asked.answerable < threshold():
            yield Finished(self._finish(asked, "not_found", []))
        elif self.model is None or not use_model:
            wanted = use_model and self._model_wanted
            asked.notices.append(_failed("not loaded", asked.language) if wanted else say(NO_MODEL, asked.language))
            yield Finished(self._finish(asked, "extractive", self._extract(asked)))
        else:
            yield from self._generate(asked, self.model)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        use_model: bool = True,
    ) -> Answer:
        """The last event's answer of ``stream``."""
        for event in self.stream(question, history, filters, use_model):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with Finished")

    def search(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        articles: int = 10,
    ) -> tuple[str, tuple[Hit, ...]]:
        """The searched question and hits deep enough to hold ``articles`` different articles, if there are so many."""
        depth = 5 * articles
        while True:
            found = self._retriever.search(question, history, filters, k=depth, depth=depth)
            if len({hit.article for hit in found.hits}) >= articles or len(found.hits) < depth:
                return found.search_question, found.hits
            depth *= 4

    def hits(self, question: str, filters: Filters = EVERYTHING, k: int = 5) -> tuple[Hit, ...]:
        """The ``k`` best hits."""
        return self._retriever.search(question, (), filters, k=k).hits

    def articles(self) -> list[ArticleRow]:
        """What is indexed."""
        return self.store.articles()

    def article(self, article: str) -> Article:
        """One article with its clean text."""
        return self.store.article(article)

    def warm(self) -> None:
        """Load what answering needs, so that the first question does not wait for it."""
        self._retriever.search("centres d'appels")
        if self.model:
            self.model.warm([{"role": "system", "content": system("fr")}, {"role": "user", "content": "Question"}])

    def describe(self) -> dict[str, Any]:
        """What answers: names of the models and the numbers that steer them."""
        return {
            "encoder": self.encoder.name,
            "model": self.model.name if self.model else None,
            "evidence_tokens": EVIDENCE_TOKENS,
            "answerable_threshold": threshold(),
            "supported": SUPPORTED,
        }

    # Stages -----------------------------------------------------------------------------------------------------

    def _retrieve(self, question: str, history: Sequence[Turn], filters: Filters) -> _Asked:
        started = time.perf_counter()
        retrieval = self._retriever.search(question, history, filters, k=HITS_SEARCHED)
        sentences = score_sentences(retrieval, self.store)
        values = signals(retrieval, sentences, term_weights(self.store, retrieval.terms))
        asked = _Asked(retrieval, sentences, probability(values), started, time.perf_counter() - started, [])
        if len(question) > 1000 and self.encoder.count_tokens(question) > self.encoder.window:
            asked.notices.append(say(TOO_LONG, asked.language))
        return asked

    def _generate(self, asked: _Asked, model: LanguageModel) -> Iterator[Event]:
        evidence = pack(asked.sentences, EVIDENCE_TOKENS)
        prompt = messages(self._standalone(asked), evidence, asked.language)
        draft = ""
        try:
            for piece in model.stream(prompt, ANSWER_TOKENS):
                if asked.first_token is None:
                    asked.first_token = time.perf_counter() - asked.started
                draft += piece
                yield Draft(draft)
        except ModelUnavailable as error:
            log.warning("%s", error)
            asked.notices.append(_failed(error.failure, asked.language))
            yield Finished(self._finish(asked, "extractive", self._extract(asked)))
            return
        asked.model = model.name
        yield Finished(self._check(asked, draft))

    @staticmethod
    def _standalone(asked: _Asked) -> str:
        """The question as the model is asked it: with the earlier question it leans on."""
        return asked.retrieval.search_question

    def _check(self, asked: _Asked, draft: str) -> Answer:
        """Keep what the articles support; without anything left, quote them, or say that they do not know."""
        if says_no_answer(draft):
            return self._finish(asked, "not_found", [])
        question = asked.retrieval.search_question
        citer = Citer(asked.retrieval.hits, self.store.sentence_vectors, self.encoder, question)
        written = answer_sentences(draft, asked.language)
        # "Who …?" is not answered by its own words; "Did …?" may be.
        sentences = [one for one in written if not (asks_what(question) and citer.says_nothing(one))]
        kept = [
            (sentence, support)
            for sentence, support in zip(sentences, citer.support(sentences), strict=True)
            if support is not None and support.score >= SUPPORTED
        ]
        if kept:
            if len(kept) < len(written):
                asked.notices.append(say(SENTENCES_REMOVED, asked.language, n=len(written) - len(kept)))
            return self._finish(asked, "answered", kept)
        asked.model = None
        # A model that has to invent its figures or names did not find them in the evidence.
        if any(citer.invents(sentence) for sentence in sentences):
            return self._finish(asked, "not_found", [])
        asked.notices.append(say(NOT_SUPPORTED, asked.language))
        return self._finish(asked, "extractive", self._extract(asked))

    @staticmethod
    def _extract(asked: _Asked) -> list[tuple[str, Support]]:
        """The best sentences, verbatim."""
        best = quotable(asked.sentences)
        return [(sentence.text, Support(sentence.hit, sentence.span, 1.0)) for sentence in best]

    def _finish(self, asked: _Asked, status: Status, supported: Sequence[tuple[str, Support]]) -> Answer:
        citations, sentences = _numbered(supported)
        if status == "not_found" or not sentences:
            status, text = "not_found", say(NOT_FOUND, asked.language)
            sentences, citations = (CitedSentence(text, (), 1.0),), ()
        else:
            text = " ".join(_marked(sentence) for sentence in sentences)
        return Answer(
            question=asked.retrieval.question,
            search_question=asked.retrieval.search_question,
            language=asked.language,
            status=status,
            answer=text,
            sentences=sentences,
            citations=citations,
            hits=asked.retrieval.hits[:HITS_SHOWN],
            answerable=asked.answerable,
            model=asked.model,
            notices=tuple(asked.notices),
            seconds=Seconds(asked.retrieved, asked.first_token, time.perf_counter() - asked.started),
        )


def _failed(failure: Failure, language: str) -> str:
    return say(MODEL_FAILED, language, reason=say(FAILURES[failure], language))


def _numbered(
    supported: Sequence[tuple[str, Support]],
) -> tuple[tuple[Citation, ...], tuple[CitedSentence, ...]]:
    """Citations numbered from 1 in order of first use; the same span is the same citation."""
    numbers: dict[tuple[str, Span], int] = {}
    citations, sentences = [], []
    for text, support in supported:
        hit, span = support.hit, support.span
        key = (hit.article, span)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            quote = hit.text[span.start - hit.start : span.end - hit.start]
            citations.append(
                Citation(
                    numbers[key],
                    hit.article,
                    hit.title,
                    hit.author,
                    hit.publication,
                    hit.date,
                    quote,
                    span.start,
                    span.end,
                )
            )
        sentences.append(CitedSentence(text, (numbers[key],), round(support.score, 4)))
    return tuple(citations), tuple(sentences)


def _marked(sentence: CitedSentence) -> str:
    """The sentence with its marks before the closing stop: "… à Tarsus [1]."."""
    marks = "".join(f" [{n}]" for n in sentence.citations)
    text = sentence.text.rstrip()
    body = text.rstrip(".!?…").rstrip()
    return f"{body}{marks}{text[len(body) :]}"
