"""What to search for when a question leans on the conversation before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.words import fold, stems, words

ANAPHORA = frozenset(
    word
    for words_of_a_language in (
        "il ils elle elles lui leur leurs y en ca cela ceci celui celle ceux celles son sa ses ce cet cette ces",
        "he she it they him her them his its their this that these those",
        "ella ellos ellas su sus eso esto ese esa",
    )
    for word in words_of_a_language.split()
)
"""Folded words that stand for something said before, in French, English and Spanish."""

_OPENERS = re.compile(r"^\W*(et|mais|alors|and|but|what about|how about|so|pero|por que|why|pourquoi)\b")
_IDIOMS = re.compile(
    r"\b(y a|en (quelle?s?|20\d\d|19\d\d|france)|est[- ]ce|a[- ]t[- ]il|ce que|ce qui|(?<=-)(ils?|elles?))\b"
    r"|-t-(ils?|elles?|on)\b"
)
"""Pronouns that refer to nothing said before."""

_SELF_CONTAINED = 5
"""A question with this many content words is taken to stand alone unless it opens like a follow-up."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation so far."""

    role: Literal["user", "assistant"]
    content: str


def leans_on_history(question: str, language: str) -> bool:
    """Whether a question cannot be searched alone: an opener ("et …"), a pronoun with few words, or too few words."""
    content = stems(question, language)
    # "Y" opens a Spanish follow-up and a French "y a-t-il".
    if _OPENERS.search(fold(question)) or (language == "es" and words(question)[:1] == ["y"]):
        return True
    if len(content) <= 1:
        return True
    rest = set(words(_IDIOMS.sub(" ", fold(question))))
    inverted = set(re.findall(r"-(ils?|elles?|ce|on)\b", fold(question)))
    return bool((rest - inverted) & ANAPHORA) and len(content) < _SELF_CONTAINED


def search_question(question: str, history: Sequence[Turn], language: str) -> str:
    """The question to search for: with the latest question that stands alone in front when ``question`` leans on it.

    Questions asked in between are kept too, since each may have narrowed the topic. Only what the user said is used:
    an answer's words would pull the search towards the passages already shown.
    """
    if not history or not leans_on_history(question, language):
        return question
    asked = [turn.content for turn in history if turn.role == "user" and turn.content.strip()]
    context: list[str] = []
    for earlier in reversed(asked[-4:]):
        context.insert(0, earlier.strip())
        if not leans_on_history(earlier, language):
            break
    return " ".join([*context, question.strip()])
