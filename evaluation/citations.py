"""Judge the citations of one answer: verbatim, from the right article, supporting their sentence.

After ALCE (Gao et al., EMNLP 2023), with ``evaluation.support`` in the place of its entailment model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.article import Article
from evaluation.gold import GoldQuestion
from evaluation.metrics import is_verbatim
from evaluation.support import Judgement, Source, judge


@dataclass(frozen=True, slots=True)
class Mark:
    """One use of citation ``n`` by a sentence (counted from 0; None for a citation that none uses)."""

    sentence: int | None
    n: int
    relevant: bool
    supports: bool


@dataclass(frozen=True, slots=True)
class CitationScores:
    """The verdicts on an answer's sentences, uses of citations, and quotes, each in the answer's order."""

    sentences: tuple[Judgement, ...] = ()
    marks: tuple[Mark, ...] = ()
    verbatim: tuple[bool, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the verdicts as plain lists: ``sentences``, ``citations``, ``verbatim``."""
        return {
            "sentences": [
                {
                    "supported": one.supported,
                    "missing_numbers": list(one.missing_numbers),
                    "missing_names": list(one.missing_names),
                    "content": one.content,
                }
                for one in self.sentences
            ],
            "citations": [
                {"sentence": one.sentence, "n": one.n, "relevant": one.relevant, "supports": one.supports}
                for one in self.marks
            ],
            "verbatim": list(self.verbatim),
        }


def score_citations(
    gold: GoldQuestion,
    result: Mapping[str, Any],
    refused: bool,
    article_of: Callable[[str], Article | None],
    language: str | None,
) -> CitationScores:
    """Judge every sentence and citation of an answer's JSON; ``language`` is the answer's, None if unknown.

    A ``not_found`` answer claims nothing, so that its sentence is not judged. A sentence is supported when
    its quotes together support it. A citation supports its sentence when its quote does so alone, or when the
    quotes together do and would not without it (ALCE's citation precision). A citation that no sentence uses
    supports nothing, nor does one that a sentence names and the answer does not list. A sentence to which the
    answer itself gives no support (``support`` 0) is not supported, whatever it cites.
    """
    if result["status"] == "not_found":
        return CitationScores()
    citations: Sequence[Mapping[str, Any]] = result["citations"]
    by_number = {citation["n"]: citation for citation in citations}
    sources = {n: _source(citation, article_of) for n, citation in by_number.items()}

    def judged(sentence: str, numbers: Sequence[int]) -> Judgement:
        cited = [sources[n] for n in numbers if n in sources]
        return judge(sentence, cited, gold.question, language, result["answer"])

    sentences: list[Judgement] = []
    marks: list[Mark] = []
    for place, sentence in enumerate(result["sentences"]):
        text, numbers = sentence["text"], list(dict.fromkeys(sentence["citations"]))
        together = judged(text, numbers) if sentence["support"] > 0 else Judgement(supported=False)
        sentences.append(together)
        for n in numbers:
            rest = [other for other in numbers if other != n]
            supports = together.supported and (
                judged(text, [n]).supported or (n in sources and not judged(text, rest).supported)
            )
            marks.append(Mark(place, n, n in by_number and _is_relevant(by_number[n], gold, refused), supports))
    used = {mark.n for mark in marks}
    marks += [
        Mark(None, n, _is_relevant(citation, gold, refused), supports=False)
        for n, citation in by_number.items()
        if n not in used
    ]
    return CitationScores(tuple(sentences), tuple(marks), tuple(_is_verbatim(one, article_of) for one in citations))


def _is_relevant(citation: Mapping[str, Any], gold: GoldQuestion, refused: bool) -> bool:
    """Whether the cited article is one that the gold question names.

    Where gold names none, relevance cannot be judged and is granted, except for an answer to a question that
    has no answer: nothing could be relevant to it. (A ``corrected`` answer is no such answer; it counts as a
    refusal.)
    """
    if gold.articles:
        return citation["article"] in gold.articles
    return gold.answerable or refused


def _source(citation: Mapping[str, Any], article_of: Callable[[str], Article | None]) -> Source:
    article = article_of(citation["article"])
    return Source(
        quote=citation["quote"],
        title=citation["title"] or "",
        author=citation["author"] or "",
        publication=citation["publication"] or "",
        date=citation["date"] or "",
        language=article.language if article else None,
    )


def _is_verbatim(citation: Mapping[str, Any], article_of: Callable[[str], Article | None]) -> bool:
    article = article_of(citation["article"])
    return is_verbatim(citation["quote"], citation["start"], citation["end"], article.text if article else None)
