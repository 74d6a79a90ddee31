"""Sentences of the articles in an answer: those that are the answer, and those beside what a model wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from embeddings.reader import Reader
from rag.cite import Support
from rag.denied import denied
from rag.evidence import ScoredSentence, quotable
from rag.hits import Hit
from rag.numbering import in_quotes, overlap, quoted
from rag.quotes import names
from rag.reread import SURE
from rag.words import numbers

QUOTES_BESIDE, QUOTES_BESIDE_UNSURE = 2, 4
"""Quotations that follow what a model wrote; the second where the reader is sure of no passage: the sentence that
answers is often not among the first then."""

BESIDE_SHARE = 0.6
"""Their least score, as a share of the best one's: higher than where nothing but quotes answers."""

OWN_WORDS, NEARLY_ALL = 0.6, 0.9
"""Least share of its words that a quote must hold for a model's sentence to stand in the quote's place, where the
reader is sure that the quote's passage answers and where it is not."""


def guarded(
    kept: Sequence[tuple[str, Support]], hits: Sequence[Hit], language: str, verifier: Reader | None = None
) -> tuple[list[tuple[str, Support]], int]:
    """The sentences that a model wrote, or the quote itself where they are not safely what it says; and how many are
    left of its own.

    Words that the question has and the quote has not are the question's word alone: « Le premier site de Webhelp a vu
    le jour au Maroc » rests on any quote that names Morocco. Across languages there are no words to compare, and
    without a reader nothing tells. What ``verifier`` denies stands in no words but the quote's.
    """  # noqa: D205
    read = any(hit.answers is not None for hit in hits)
    told: list[tuple[str, Support]] = []
    own, introduced = 0, False
    for sentence, support in kept:
        least = OWN_WORDS if (support.hit.answers or 0.0) >= SURE else NEARLY_ALL
        safe = not read or support.hit.language != language or support.shared >= least
        if safe and not denied(sentence, support, verifier):
            told.append((sentence, support))
            own += 1
        elif not any(one.hit.article == support.hit.article and overlap(one.span, support.span) for _, one in told):
            foreign = support.hit.language != language
            text = quoted(support.quote, language, introduced) if foreign else in_quotes(support.quote)
            introduced = introduced or foreign
            told.append((text, replace(support, score=1.0)))
    return told, own


def extracted(sentences: Sequence[ScoredSentence], language: str) -> list[tuple[str, Support]]:
    """The best of ``sentences``, verbatim; those in another language than ``language`` are introduced in it."""
    quotes, introduced = [], False
    for one in quotable(sentences):
        text = one.text
        if one.hit.language != language:
            text = quoted(text, language, introduced)
            introduced = True
        quotes.append((text, Support(one.hit, one.span, 1.0)))
    return quotes


def beside(
    sentences: Sequence[ScoredSentence], written: Sequence[tuple[str, Support]], language: str, sure: bool = True
) -> list[tuple[str, Support]]:
    """The best of ``sentences`` in the answer's ``language``, as quotations behind what a model has ``written``.

    There are more of them where the reader is not ``sure`` of a passage. A small model leaves out much of what the
    evidence says. A sentence that it rests on already comes along only where it holds a figure or a name that was
    left out.
    """
    text = " ".join(sentence for sentence, _ in written)
    said = names(f"x {text}"), set(numbers(text))
    quotes = sorted(quotable(sentences), key=lambda one: -one.score)
    found = [
        (in_quotes(one.text), Support(one.hit, one.span, 1.0))
        for one in quotes
        if one.score >= BESIDE_SHARE * quotes[0].score
        and one.hit.language == language
        and (
            not any(rests.hit.article == one.hit.article and overlap(rests.span, one.span) for _, rests in written)
            or _named(one) - said[0]
            or set(numbers(one.text)) - said[1]
        )
    ]
    return found[: QUOTES_BESIDE if sure else QUOTES_BESIDE_UNSURE]


def _named(sentence: ScoredSentence) -> set[str]:
    """Its names, with its first word where that is capitalised within the passage's sentences too."""
    found = names(sentence.text)
    opening = re.match(r"\W*([^\W\d_a-zà-öø-ÿ][\w’'-]*)", sentence.text)
    if opening and re.search(rf"[\w,;’')] ?{re.escape(opening[1])}\b", sentence.hit.text):
        found |= names(f"x {opening[1]}")
    return found
