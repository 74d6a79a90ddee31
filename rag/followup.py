"""What to search for when a question leans on the conversation before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.ellipsis import put_in_place
from rag.words import STOP_WORDS, fold, stems, words

ANAPHORA = frozenset(
    word
    for words_of_a_language in (
        "il ils elle elles lui leur leurs y ca cela ceci celui celle ceux celles son sa ses ce cet cette ces",
        "he she it they him her them his its their this that these those",
        "ella ellos ellas su sus eso esto ese esa",
    )
    for word in words_of_a_language.split()
)
"""Folded words that stand for something said before, in French, English and Spanish."""

_LIGHT = frozenset(
    word
    for words_of_a_language in (
        "peux peut pouvez detaille detailler donne donnez donner exemple exemples explique expliquez expliquer precise",
        "precisez preciser detail details resume resumez resumer developpe developpez continue continuez ensuite",
        "habitude exactement vraiment alors maintenant raison cas chose choses fois temps an ans annee annees mois",
        "semaine semaines jour jours heure heures",
        "give example examples explain detail details continue exactly really then now reason usually",
        "ejemplo ejemplos explica detalle detalles ahora entonces razon",
    )
    for word in words_of_a_language.split()
)
"""Folded words that say what to do with a topic, or when, and name none."""

_OPENERS = re.compile(r"^\W*(et|mais|alors|and|but|what about|how about|so|pero)\b")
_IDIOMS = re.compile(
    r"\b(y a|est[- ]ce|a[- ]t[- ]il|ce que|ce qui|(?<=-)(ils?|elles?))\b"
    r"|-t-(ils?|elles?|on)\b"
)
"""Pronouns that refer to nothing said before."""
_CLITICS = re.compile(
    r"(?:(?<!-)\b(?:ils?|elles?|on|qui|y|combien|pourquoi|comment) |\b(?:qu|s|n)')en\b"
    r"|\bl'(?:a|ont|avait|avaient|aura|aurait)\b|^\W*qui l(?:e|a|es) "
    r"|^\W*quel(?:le)?s? \w+ l(?:e|a|es) \w+(?:aient|ait|erent|ent(?=\W*$))"
)
"""The pronouns "en" and "le", not the preposition and the article."""
_INVERTED = re.compile(r"(?P<before>.*?)\b(?P<verb>\w+)-(?:t-)?(?:ils?|elles?)\b")
_IMPERSONAL = frozenset({"faut", "faudrait", "faudra", "fallait", "existe", "agit", "suffit", "convient", "reste", "y"})
"""Verbs whose "il" is nobody."""
_ASKED_FOR = re.compile(r"^\W*(?:\w+ )?(?:quel(?:le)?s?|combien (?:de |d')) ?\w+")
"""What is asked for ("combien d'emplois"), which is not who does it."""
_ONE_OF_THOSE = re.compile(
    r"\b(?:lequel|laquelle|lesquel(?:le)?s|which one)\b(?! d(?:e|u|es)\b| d'| of\b)"
    r"|\b(?:l[ea]s?|the) (?:premiere?|seconde?|derniere?|deuxieme|precedente?|first|second|last)s?(?: one)?\W*$"
)
"""A choice among what was said before."""
_DEFINITION = re.compile(
    r"^\W*(?:sinon,? )?"
    r"(?:qu'est[- ]ce qu(?:e |')|c'est quoi |que (?:veut dire|signifie) |what (?:is|are) |what's |que es )"
)
_ASKS = re.compile(r"\b(?:qui|que|quoi|comment|quand|ou|combien|pourquoi|quel(?:le)?s?|who|what|when|where|why|how)\b")
_NAME = re.compile(r"(?<=[\w,] )[A-ZÀ-Ý0-9]|(?<=['’])[A-ZÀ-Ý]")
"""Where a name or number begins, other than at the beginning."""
_SUBJECT_FIRST = re.compile(r"^\W*(?:(?:et|mais|alors|sinon),? )?(?P<subject>(?:l'|(?:le|la|les|un|une|the) )[^,]+),")
"""A subject put first and taken up again by a pronoun: "la loi Chatel, ça dit quoi ?"."""

_ASKS_WHO = re.compile(
    r"^\W*(?:\w+ ){0,2}(?:[Qq]ui|[Qq]ui[eé]n|[Ww]hom?)\b(?! (?:est|était|is|was|es|fue|era) [A-ZÀ-Ý])"
)
"""A question that somebody's name answers, not "Qui est Bernard Cathelat ?"."""
_SOMEBODY = re.compile(r"\b(?:il|elle|lui|he|she|him|her|his|el|ella)\b")
_CALLED = re.compile(r"[A-ZÀ-Ý][\w’'-]*\w(?: (?:(?:de|du|van|von|of) )?[A-ZÀ-Ý][\w’'-]*\w){0,3}")

_SELF_CONTAINED = 5
"""A question with this many content words is taken to stand alone unless it opens like a follow-up."""


_FUNCTION_WORDS = frozenset[str]().union(*STOP_WORDS.values())


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation so far."""

    role: Literal["user", "assistant"]
    content: str


def leans_on_history(question: str, language: str) -> bool:
    """Whether a question cannot be searched alone: an opener ("et …"), a pronoun with few words, or too few words."""
    folded = fold(question)
    content = stems(" ".join(word for word in words(question) if word not in _LIGHT), language)
    first = _SUBJECT_FIRST.search(folded)
    if first and not ANAPHORA.intersection(words(first["subject"])) and len(content) > 1:
        return False
    # "Y" opens a Spanish follow-up and a French "y a-t-il".
    if _OPENERS.search(folded) or (language == "es" and words(question)[:1] == ["y"]):
        return True
    rest = set(words(_IDIOMS.sub(" ", folded)))
    inverted = set(re.findall(r"-(ils?|elles?|ce|on)\b", folded))
    referring = bool(
        (rest - inverted) & ANAPHORA
        or _CLITICS.search(folded)
        or _ONE_OF_THOSE.search(folded)
        or _asks_of_a_pronoun(folded)
    )
    if len(content) <= 1:
        stated = _DEFINITION.search(folded) or (_ASKS.search(folded) and _NAME.search(question))
        return referring or not content or not stated
    return referring and len(content) < _SELF_CONTAINED


def _asks_of_a_pronoun(folded: str) -> bool:
    """Whether "-il" has no noun before its verb: "à qui appartient-il ?", not "à qui Webhelp appartient-il ?"."""
    found = _INVERTED.match(folded)
    if found is None or found["verb"] in _IMPERSONAL or re.search(r"\best-il \w+ (?:de |d'|qu)", folded):
        return False
    before = _ASKED_FOR.sub(" ", found["before"])
    return not re.search(r"\b(?:y|en)\W*$", before) and not stems(before)


def search_question(question: str, history: Sequence[Turn], language: str) -> str:
    """The question to search for: with the latest question that stands alone in front when ``question`` leans on it.

    A follow-up of names alone is put into the question before it instead ("Et au Maroc ?"). Questions asked in between
    are kept too, since each may have narrowed the topic. Of an answer's words only the name is used that the question
    before it asked for: others would pull the search towards the passages already shown.
    """
    if not history or not leans_on_history(question, language):
        return question
    asked = [turn.content.strip() for turn in history if turn.role == "user" and turn.content.strip()]
    chain: list[str] = []
    for earlier in reversed(asked[-4:]):
        chain.insert(0, earlier)
        if not leans_on_history(earlier, language):
            break
    searched: list[str] = []
    for each in [*chain, question.strip()]:
        placed = put_in_place(each, searched[-1]) if searched else None
        searched = [*searched[:-1], placed] if placed else [*searched, each]
    answered = _who(history) if _SOMEBODY.search(fold(question)) and len(searched) > 1 else None
    return " ".join([*searched[:-1], f"{answered}.", searched[-1]] if answered else searched)


def _who(history: Sequence[Turn]) -> str | None:
    """The one name by which the last answer's first sentence answers the question before it for somebody."""
    if len(history) < 2 or history[-1].role != "assistant" or not _ASKS_WHO.search(history[-2].content):
        return None
    said = set(words(history[-2].content))
    first = re.split(r"(?<=[.!?»])\s|\s\[\d", history[-1].content.strip(), maxsplit=1)[0]
    found = [name for name in _CALLED.findall(first) if not (said | _FUNCTION_WORDS).issuperset(words(name))]
    return found[0] if len(found) == 1 and not said.intersection(words(found[0])) else None
