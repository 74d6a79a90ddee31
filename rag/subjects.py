"""Of whom a sentence tells a figure: « Konecta avait 75 000 salariés ; Comdata en avait 50 000 »."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache

from rag.words import STOP_WORDS, figures, words

_PAUSE = re.compile(r"[,;:]\s+")
_LED_BY = re.compile(
    r"(?:(?:et|mais|or|puis|quand|alors que|tandis que|and|but|while|whereas|y|pero|mientras que)\s+)?"
)
_SMALL = frozenset[str]().union(*STOP_WORDS.values())


def told_of_another(claimed: Set[str], counted: Set[str], sentence: str, language: str, known: Set[str]) -> bool:
    """Whether ``sentence`` tells one of the figures ``counted`` of another than the names ``claimed``, of which it
    tells something too.

    A clause is told of the name that it begins with, or of the one before it. ``known`` are names of the sentence's
    surroundings: its first word has its capital for another reason, unless it is one of them.
    """  # noqa: D205
    told = enumerate(_clauses(sentence, language))
    named = [(name if place or name in claimed | known else "", held) for place, (name, held) in told]
    subjects, subject = list[str](), ""
    for name, _ in named:
        subject = name or subject
        subjects.append(subject)
    if not claimed & set(subjects):
        return False
    for number in counted:
        of = {subject for subject, (_, held) in zip(subjects, named, strict=True) if number in held}
        if of and "" not in of and not of & claimed:
            return True
    return False


@lru_cache(maxsize=1024)
def _clauses(sentence: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Of each clause the name that it begins with ("" for none), folded, and its figures."""
    return tuple((_beginning(clause), figures(clause, language)) for clause in _PAUSE.split(sentence))


def _beginning(clause: str) -> str:
    rest = _LED_BY.sub("", clause, count=1)
    first = re.match(r"\W*([A-ZÀ-ÖØ-Þ][\w-]+)", rest)
    name = words(first[1])[0] if first else ""
    return "" if name in _SMALL else name
