"""What becomes of a language model's draft: sentences that the articles support, quotes instead, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embeddings.reader import Reader
from rag.asked import Asked
from rag.cite import SUPPORTED, Citer, Support, answer_sentences
from rag.counted import uncounted
from rag.expected import untyped
from rag.prompt import asks_how_to, asks_what
from rag.quoting import beside, guarded
from rag.several import asked_apart
from rag.texts import NOT_SUPPORTED, SENTENCES_QUOTED, SENTENCES_REMOVED, say

CERTAIN = 0.8
"""P(the articles answer) from which a model that invents has overlooked the answer: so it nearly always was with the
local model on ``evaluation/gold.jsonl``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer's sentences with their quotes; without any, ``why`` to quote instead; without that, a refusal."""

    told: Sequence[tuple[str, Support]] = ()
    own: int = 0
    """How many of them are the model's own."""
    why: str | None = None
    notices: tuple[str, ...] = ()


REFUSED = Verdict()


def judged(draft: str, asked: Asked, citer: Citer, verifier: Reader | None = None) -> Verdict:
    """Keep of a model's ``draft`` what the articles support, with the best quotes beside it.

    A model that has to invent is believed to have found nothing, unless the answer is all but sure to be there.
    """
    question = asked.retrieval.search_question
    written = answer_sentences(draft, asked.language)
    # "Who …?" is not answered by its own words; "Did …?" may be.
    sentences = [one for one in written if not (asks_what(question) and citer.says_nothing(one))]
    kept = [
        (sentence, support)
        for sentence, support in zip(sentences, citer.support(sentences), strict=True)
        if support is not None and support.score >= SUPPORTED
    ]
    if kept:
        return _shown(kept, len(written) - len(kept), asked, verifier)
    # A model that has to invent its figures or names did not find them in the evidence, unless it was asked how to
    # do something, where it tells what it knows, or for several things, of which it may have found one.
    sought = asked.answerable < CERTAIN and not (asked_apart(question) or asks_how_to(question))
    if sought and any(citer.invents(sentence) for sentence in sentences):
        return REFUSED
    return Verdict(why=say(NOT_SUPPORTED, asked.language))


def answers_otherwise(asked: Asked, told: Sequence[str]) -> bool:
    """Whether nothing that is ``told`` is of the kind that was asked for: no year, no number, nobody.

    Of an answer that is all but sure to be there it is believed that it may be told in another way.
    """
    if asked.answerable >= CERTAIN or not told:
        return False
    question = asked.retrieval.asked
    return uncounted(question, told) == 1 or untyped(question, asked.language, [" ".join(told)]) == 1


def _shown(kept: Sequence[tuple[str, Support]], removed: int, asked: Asked, verifier: Reader | None) -> Verdict:
    shown, own = guarded(kept, asked.retrieval.hits, asked.language, verifier)
    if not own and all(support.hit.language != asked.language for _, support in shown):
        # The quotes that answer best are more of the evidence than those that a denied sentence rests on.
        return Verdict(why=say(NOT_SUPPORTED, asked.language))
    told = [*asked.origin, *shown, *beside(asked.sentences, shown, asked.language, asked.sure)]
    # True sentences that leave out the number that was asked for answer nothing; one that leaves out only what
    # it counts ("il y en avait 240") does.
    if answers_otherwise(asked, [text for text, _ in told]):
        return REFUSED
    counted = ((SENTENCES_REMOVED, removed), (SENTENCES_QUOTED, len(kept) - own))
    return Verdict(told, own, notices=tuple(say(text, asked.language, n=n) for text, n in counted if n))
