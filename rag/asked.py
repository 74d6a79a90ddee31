"""A question on its way to its answer, and the answer that it becomes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rag.cite import Support
from rag.dated import dated
from rag.evidence import ScoredSentence
from rag.numbering import marked, numbered
from rag.reread import SURE
from rag.result import Answer, CitedSentence, Seconds, Status
from rag.retrieve import Retrieval
from rag.texts import NOT_FOUND, say
from rag.trace import Question

HITS_SHOWN = 5


@dataclass(slots=True)
class Asked:
    """What is known of a question so far. Times are in seconds, ``started`` by ``time.perf_counter``."""

    retrieval: Retrieval
    sentences: list[ScoredSentence]
    """Those that may answer, best first."""
    weights: dict[str, float]
    """Of the question's terms, by idf."""
    answerable: float
    """P(the articles answer)."""
    started: float
    retrieved: float
    notices: list[str]
    origin: list[tuple[str, Support]]
    """What is known of an article, where that is asked."""
    first_token: float | None = None
    model: str | None = None
    trace: Question = field(default_factory=lambda: Question(None))

    @property
    def language(self) -> str:
        """The question's language."""
        return self.retrieval.language

    @property
    def sure(self) -> bool:
        """Whether the reader is sure of a passage."""
        return any((hit.answers or 0.0) >= SURE for hit in self.retrieval.hits)

    def finished(self, status: Status, supported: Sequence[tuple[str, Support | None]], today: date) -> Answer:
        """The answer made of ``supported`` sentences; without any, that the articles do not hold it."""
        citations, sentences = numbered(supported)
        if status == "not_found" or not sentences:
            status, text = "not_found", say(NOT_FOUND, self.language)
            sentences, citations = (CitedSentence(text, (), 1.0),), ()
        else:
            text = " ".join(marked(sentence) for sentence in sentences)
            cited = [support.hit for _, support in supported if support]
            self.notices += dated(self.retrieval, cited, today)
        return Answer(
            question=self.retrieval.question,
            search_question=self.retrieval.search_question,
            language=self.language,
            status=status,
            answer=text,
            sentences=sentences,
            citations=citations,
            hits=self.retrieval.hits[:HITS_SHOWN],
            answerable=self.answerable,
            model=self.model,
            notices=tuple(self.notices),
            seconds=Seconds(self.retrieved, self.first_token, time.perf_counter() - self.started),
        )
