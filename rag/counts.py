"""How many of what: « 5 000 personnes de 56 nationalités ; deux ans après, 8 000 de 82 » is not 8 000 of 56."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from corpus.sentences import sentence_spans
from rag.words import STOP_WORDS, figures, language_of, numbers, stems, words

_NUMBER = re.compile(r"\d+(?:[\s\u00a0\u202f.]\d{3})+(?!\d)|\d+")
_SMALL = frozenset[str]().union(*STOP_WORDS.values()) | {"million", "millions", "milliard", "milliards", "billion"}
REACH = 30
"""Characters behind a number in which stands what it counts."""


def counted_otherwise(claim: str, quote: str) -> bool:
    """Whether ``claim`` joins a figure of one sentence of ``quote`` with those of another that has it otherwise.

    Otherwise: the other sentence counts the same thing, and by a number that the claim does not hold.
    """
    language = language_of(quote)
    said = figures(claim, language)
    sentences = [quote[span.start : span.end] for span in sentence_spans(quote, language)]
    if len(sentences) < 2 or len(said) < 2:
        return False
    held = [figures(sentence, language) & said for sentence in sentences]
    counted = [_counted(sentence, language) for sentence in sentences]
    for thing, ours in _counted(claim, language).items():
        for number in ours:
            beside = frozenset[str]().union(*(one for one in held if number in one))
            for others, things in zip(held, counted, strict=True):
                if number not in others and others - beside and things.get(thing, frozenset()) - said:
                    return True
    return False


@lru_cache(maxsize=2048)
def _counted(text: str, language: str) -> dict[str, frozenset[str]]:
    """By stem of what is counted, its numbers."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in _NUMBER.finditer(text):
        behind = re.split(r"[.,;:!?()]", text[match.end() : match.end() + REACH])[0]
        thing = next((word for word in words(behind)[:3] if word not in _SMALL and not word.isdigit()), "")
        for stem in stems(thing, language):
            found[stem].update(numbers(match[0]))
    return {thing: frozenset(values) for thing, values in found.items()}
