"""A question becomes an answer: retrieve → evidence → language model → cite."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corpus.article import Article
from embeddings.encoder import Encoder
from embeddings.question import QuestionEncoder
from embeddings.reader import Reader
from rag.about import asks_inventory, inventory, listed, origin, topic
from rag.answerable import probability, signals, threshold, undecided
from rag.asked import HITS_SHOWN, Asked
from rag.cite import SUPPORTED, Citer, Support
from rag.doubt import threshold as doubt_threshold
from rag.doubt import together
from rag.drafts import answers_otherwise, judged
from rag.evidence import ScoredSentence, focused, lifted, pack, score_sentences, term_weights
from rag.followup import Turn
from rag.granted import granted
from rag.hits import EVERYTHING, Filters, Hit
from rag.llm import Cut, Failure, LanguageModel, ModelUnavailable
from rag.orders import gives_orders
from rag.premise import corrected
from rag.prompt import NO_ANSWER, messages, says_no_answer
from rag.quotes import names
from rag.quoting import extracted
from rag.refusal import advice, no_orders
from rag.result import Answer, Draft, Event, Finished, Found, Status
from rag.retrieve import Retrieval, Retriever
from rag.store import ArticleRow, Store
from rag.texts import (
    ANSWER_CUT,
    FAILURES,
    MODEL_FAILED,
    MODEL_FOUND_NOTHING,
    NO_MODEL,
    TOO_LONG,
    say,
)
from rag.trace import traced, tracing
from rag.words import language_of, words

log = logging.getLogger(__name__)

HITS_SEARCHED = 10
EVIDENCE_TOKENS = 200
"""Prompt tokens of evidence. The first word waits for them to be read, at about 80 tokens/s on two cores by the wheel's
engine; with more of them answers held no more facts (``benchmarks/answers.py --evidence``)."""
EVIDENCE_TOKENS_UNSURE = 250
"""The same where the reader is sure of no passage."""
ANSWER_TOKENS = 180


class Assistant:
    """Answers questions from one store; safe to call from several threads."""

    def __init__(
        self, store: Store, encoder: Encoder, model: LanguageModel | None = None, model_wanted: bool = False,
        reader: Reader | None = None, verifier: Reader | None = None, questions: QuestionEncoder | None = None,
    ) -> None:  # fmt: skip
        """``model_wanted`` without a ``model``: its weights are missing, and answers say so.

        ``questions`` encodes the questions; without it ``encoder`` does.
        """
        self._model_wanted = model_wanted
        self.store = store
        self.encoder = encoder
        self.model = model
        self.verifier = verifier
        self.evidence_tokens = (EVIDENCE_TOKENS, EVIDENCE_TOKENS_UNSURE)
        self._retriever = Retriever(store, encoder, reader, tuned=questions)

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
        with tracing() as trace:
            started = time.perf_counter()
            with trace.current():
                retrieval = self._search(question, history, filters)
            # The passages are shown before it is judged whether they answer.
            yield Found(retrieval.hits[:HITS_SHOWN], retrieval.search_question)
            with trace.current():
                asked = self._judge(retrieval, started, self.model is not None and use_model)
            asked.trace = trace
            for event in self._events(question, asked, use_model):
                if isinstance(event, Finished):
                    trace.answered(event.answer)
                yield event

    def _events(self, question: str, asked: Asked, use_model: bool) -> Iterator[Event]:
        """What comes after ``Found``."""
        if gives_orders(question):
            asked.answerable = 0.0
            asked.notices += no_orders(asked.language)
            yield Finished(self._finish(asked, "not_found", []))
        elif asks_inventory(question):
            known = inventory(asked.language, self.store.articles())
            yield Finished(self._finish(asked, "answered", [(known, None)]))
        elif entries := listed(asked.retrieval, asked.sentences):
            yield Finished(self._finish(asked, "answered", entries))
        elif correction := corrected(asked.retrieval, asked.sentences, asked.weights):
            yield Finished(self._finish(asked, "corrected", correction))
        elif asked.answerable < threshold(with_model=self.model is not None and use_model):
            yield Finished(self._refuse(asked))
        elif self.model is None or not use_model:
            missing = use_model and self._model_wanted
            why = _failed("not loaded", asked.language) if missing else say(NO_MODEL, asked.language)
            yield Finished(self._quote_or_refuse(asked, why))
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

    def doubted(self, question: str, history: Sequence[Turn], model: LanguageModel) -> tuple[float, float | None]:
        """P(the articles answer) before ``model`` reads them, and its doubt (``rag.doubt``); for what is fitted."""
        asked = self._retrieve(question, history, with_model=True)
        prompt = self._prompt(asked)
        model.warm(prompt)
        return asked.answerable, model.doubt(prompt, NO_ANSWER.get(asked.language, NO_ANSWER["fr"]))

    def articles(self) -> list[ArticleRow]:
        """What is indexed."""
        return self.store.articles()

    def article(self, article: str) -> Article:
        """One article with its clean text."""
        return self.store.article(article)

    def warm(self) -> None:
        """Load what answering needs, so that the first question does not wait for it."""
        self._retriever.search("centres d'appels")
        self.encoder.encode_queries(["call centres"])
        if self.verifier:
            self.verifier.read("?", [("", "?")])
        if self.model:
            self.model.warm(messages("?", [], "fr"))

    def describe(self) -> dict[str, Any]:
        """What answers: names of the models and the numbers that steer them."""
        return {
            "encoder": self.encoder.name,
            "reader": self._retriever.reader.name if self._retriever.reader else None,
            "verifier": self.verifier.name if self.verifier else None,
            "model": self.model.name if self.model else None,
            "evidence_tokens": list(self.evidence_tokens),
            "answerable_threshold": threshold(),
            "supported": SUPPORTED,
        }

    # Stages -----------------------------------------------------------------------------------------------------

    def _search(self, question: str, history: Sequence[Turn], filters: Filters) -> Retrieval:
        retrieval = self._retriever.search(topic(question), history, filters, k=HITS_SEARCHED)
        # What a list is asked about ("Bloctel") may be in no language in particular; the question is in one.
        return replace(retrieval, question=question, language=language_of(question))

    def _retrieve(self, question: str, history: Sequence[Turn] = (), with_model: bool = False) -> Asked:
        started = time.perf_counter()
        return self._judge(self._search(question, history, EVERYTHING), started, with_model)

    def _judge(self, retrieval: Retrieval, started: float, with_model: bool) -> Asked:
        """What is known of a question before anything is answered; ``started`` is when it was asked."""
        question = retrieval.question
        sentences, weights, answerable = self._judged(retrieval, with_model)
        if retrieval.parts:
            # No passage answers for all of them; what is known of the least known does.
            known = min(self._judged(part, with_model)[2] for part in retrieval.parts.values())
            answerable = max(answerable, known)
        spent = time.perf_counter() - started
        asked = Asked(retrieval, sentences, weights, answerable, started, spent, [], origin(retrieval))
        if len(question) > 1000 and self.encoder.count_tokens(question) > self.encoder.window:
            asked.notices.append(say(TOO_LONG, asked.language))
        return asked

    def _judged(self, retrieval: Retrieval, with_model: bool) -> tuple[list[ScoredSentence], dict[str, float], float]:
        """The sentences that may answer, best first, the weights of the question's terms, P(the articles answer)."""
        weights = term_weights(self.store, retrieval.terms)
        sentences = lifted(retrieval, score_sentences(retrieval, self.store, weights))
        # "???" is near whatever is short, and asks nothing.
        if not words(retrieval.asked):
            return sentences, weights, 0.0
        values = signals(retrieval, sentences, weights)
        if undecided(values, with_model):
            values[-2:] = granted(retrieval.asked, sentences, self.verifier)
        return focused(retrieval, sentences), weights, probability(values)

    def _prompt(self, asked: Asked) -> list[dict[str, str]]:
        evidence = pack(asked.sentences, self.evidence_tokens[0 if asked.sure else 1])
        # The searched question holds the earlier one that this one leans on.
        return messages(asked.retrieval.search_question, evidence, asked.language)

    def _generate(self, asked: Asked, model: LanguageModel) -> Iterator[Event]:
        prompt, draft = self._prompt(asked), ""
        try:
            with asked.trace.stage("model") as stage:
                for piece in model.stream(prompt, ANSWER_TOKENS):
                    if asked.first_token is None:
                        asked.first_token = time.perf_counter() - asked.started
                    draft += piece
                    if isinstance(piece, Cut):
                        asked.notices.append(say(ANSWER_CUT, asked.language))
                    yield Draft(draft)
                stage.tell(model=model.name, first_token=asked.first_token)
        except ModelUnavailable as error:
            log.warning("%s", error)
            yield Finished(self._quote_or_refuse(asked, _failed(error.failure, asked.language)))
            return
        asked.model = model.name
        with asked.trace.current():
            doubtful = self._doubtful(asked, model, prompt)
            answer = self._refuse(asked) if doubtful else self._check(asked, draft)
        yield Finished(answer)

    @traced("doubt")
    def _doubtful(self, asked: Asked, model: LanguageModel, prompt: list[dict[str, str]]) -> bool:
        """Whether the model was so near to finding no answer that the articles hardly hold one, whatever it wrote."""
        try:
            doubted = model.doubt(prompt, NO_ANSWER.get(asked.language, NO_ANSWER["fr"]))
        except ModelUnavailable as error:
            log.warning("%s", error)
            return False
        if doubted is None:
            return False
        asked.answerable = together(asked.answerable, doubted)
        return asked.answerable < doubt_threshold()

    @traced("citation")
    def _check(self, asked: Asked, draft: str) -> Answer:
        """What a model wrote as far as the articles support it, quotes, or a refusal.

        A model that finds nothing is believed where the calibrated probability was in doubt too: a small one overlooks
        about as many answers as it rightly misses.
        """
        if says_no_answer(draft):
            asked.model = None
            return self._quote_or_refuse(asked, say(MODEL_FOUND_NOTHING, asked.language))
        citer = Citer(asked.retrieval.hits, self.store.sentence_vectors, self.encoder, asked.retrieval.search_question)
        verdict = judged(draft, asked, citer, self.verifier)
        asked.notices += verdict.notices
        if not verdict.own:
            asked.model = None
        if verdict.told:
            return self._finish(asked, "answered" if verdict.own else "extractive", verdict.told)
        return self._quote_or_refuse(asked, verdict.why) if verdict.why else self._refuse(asked)

    def _quote_or_refuse(self, asked: Asked, why: str) -> Answer:
        """What is answered where nothing comes of the model: quotes, and ``why``, if it would be quoted without one."""
        quotes = _extracted(asked)
        if asked.answerable < threshold() or answers_otherwise(asked, [text for text, _ in quotes]):
            return self._refuse(asked)
        asked.notices.append(why)
        return self._finish(asked, "extractive", quotes)

    def _refuse(self, asked: Asked) -> Answer:
        """Say what is known of an article where that is asked; else that there is no answer, and what there is."""
        if asked.origin:
            return self._finish(asked, "answered", asked.origin)

        def answers(question: str, article: str) -> bool:
            other = self._retrieve(question)
            return other.answerable >= threshold() and any(one.hit.article == article for one in other.sentences[:1])

        named = names(asked.retrieval.search_question)
        asked.notices += advice(asked.language, asked.sentences, answers, named)
        return self._finish(asked, "not_found", [])

    def _finish(self, asked: Asked, status: Status, supported: Sequence[tuple[str, Support | None]]) -> Answer:
        return asked.finished(status, supported, self._retriever.today())


def _failed(failure: Failure, language: str) -> str:
    return say(MODEL_FAILED, language, reason=say(FAILURES[failure], language))


def _extracted(asked: Asked) -> list[tuple[str, Support]]:
    """The best sentences, after what is known of the article where that is asked."""
    return asked.origin + extracted(asked.sentences, asked.language)
