"""How sure an answer is, told by a word, a sign and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from page.texts import Texts
from rag.answerable import threshold
from rag.result import Answer

Kind = Literal["answered", "partly", "extractive", "corrected", "not_found"]

SIGNS: dict[Kind, str] = {"answered": "✓", "partly": "◐", "extractive": "❝", "corrected": "≠", "not_found": "∅"}

BANDS = (0.9, 0.7, 0.5, 0.0)
"""Lowest probabilities of "almost certainly", "very probably", "probably" and "perhaps": about the classes in which
``rag/answerable.json`` was found reliable."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page says about an answer as a whole."""

    kind: Kind
    sign: str
    word: str
    confidence: str


def judge(answer: Answer, texts: Texts) -> Verdict:
    """Tell the kind of the answer, and how probable it is that the articles hold it, in words."""
    kind = kind_of(answer)
    return Verdict(kind, SIGNS[kind], getattr(texts, kind), _confidence(answer, kind, texts))


def kind_of(answer: Answer) -> Kind:
    """The answer's status; an answer that something had to be taken out of is only partly supported."""
    return "partly" if answer.status == "answered" and answer.notices else answer.status


def _confidence(answer: Answer, kind: Kind, texts: Texts) -> str:
    share = texts.percent(answer.answerable)
    if kind == "not_found":
        # Above the threshold it was the check of the answer that failed, not the search.
        sentence = texts.unlikely if answer.answerable < threshold() else texts.unsupported
        return sentence.format(share=share)
    if kind == "corrected":
        return texts.contradicted
    band = next(number for number, lowest in enumerate(BANDS) if answer.answerable >= lowest)
    return texts.likely[band].format(share=share)
