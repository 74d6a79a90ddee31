"""A follow-up of names alone ("Et au Sénégal ?") put into the question before it, in the place of its like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.words import STOP_WORDS, fold

_TOKEN = re.compile(r"[^\W\d_]+['’](?=\w)|[^\W_]+(?:[-.&][^\W_]+)*")
_OPENER = re.compile(
    r"\W*(?:(?:et|mais|and|but|y|pero|what about|how about|que tal)\b\s*)?(?:[.…,]\s*)?", re.IGNORECASE
)
_LEADS = {
    lead: kind
    for kind, leads in {
        "": "le la les l the el los las",
        "where": "a au aux en dans chez in at en",
        "of": "de du des d of del",
        "for": "pour for para",
        "by": "par by por",
    }.items()
    for lead in leads.split()
}
"""Words that lead to a name, by what they say of it."""
_INSIDE = frozenset({"de", "du", "des", "d", "la", "le", "of"})
"""Words that may stand within a name: "Banque de France"."""
_FUNCTION = frozenset().union(*STOP_WORDS.values())
_LEFT_OUT = frozenset({"aussi", "alors", "donc", "celui", "celle", "ceux", "celles", "too", "also", "tambien"})


@dataclass(frozen=True, slots=True)
class _Name:
    """A name or number at ``start`` to ``end`` of a text; the words that lead to it begin at ``lead``."""

    kind: str
    role: str
    lead: int
    start: int
    end: int


def put_in_place(question: str, before: str) -> str | None:
    """``before`` with the names of ``question`` in the place of its own, if ``question`` is names and nothing else.

    "Combien d'emplois au Maroc ?", "Et au Sénégal ?" → "Combien d'emplois au Sénégal ?". None when it says anything
    else, or when it is not plain which name of ``before`` it replaces.
    """
    opened = _OPENER.match(question)
    fragment = question[opened.end() :] if opened else question
    new, other = _names(fragment)
    if not new or other or before.isupper() or question.isupper():
        return None
    old = _names(before)[0]
    places = _all_in_order(new, old) if len(new) > 1 else _the_one(new[0], old)
    if places is None:
        return None
    for name, place in reversed(list(zip(new, places, strict=True))):
        # "Et Erlang B ?" after "la formule d'Erlang C": what leads to the name stays when nothing new leads to it.
        led = name.lead < name.start
        start, text = (
            (place.lead, fragment[name.lead : name.end]) if led else (place.start, fragment[name.start : name.end])
        )
        before = before[:start] + text + before[place.end :]
    return before


def _the_one(name: _Name, old: Sequence[_Name]) -> list[_Name] | None:
    like = [each for each in old if each.kind == name.kind]
    alike = [each for each in like if each.role == name.role]
    if len(alike) == 1:
        return alike
    return like if len(like) == 1 and name.role == "" and name.lead == name.start else None


def _all_in_order(new: Sequence[_Name], old: Sequence[_Name]) -> list[_Name] | None:
    return list(old) if [name.kind for name in new] == [name.kind for name in old] else None


def _names(text: str) -> tuple[list[_Name], bool]:
    """The names and numbers of ``text`` in order, and whether it holds words that neither are nor lead to one."""
    tokens = list(_TOKEN.finditer(text))
    found: list[_Name] = []
    other = False
    place = lead = 0
    while place < len(tokens):
        word = fold(tokens[place].group()).rstrip("'")
        if _is_name(tokens[place].group(), first=place == 0):
            end = _end_of_name(tokens, place)
            roles = [_LEADS[fold(token.group()).rstrip("'")] for token in tokens[lead:place]]
            start = tokens[place].start()
            found.append(
                _Name(
                    _kind(tokens[place].group()), next(filter(None, roles), ""),
                    tokens[lead].start() if lead < place else start, start, tokens[end - 1].end(),
                )
            )  # fmt: skip
            place = lead = end
            continue
        place += 1
        if word not in _LEADS:
            other = other or word not in _LEFT_OUT
            lead = place
    return found, other or lead < len(tokens)


def _is_name(token: str, *, first: bool) -> bool:
    if any(letter.isdigit() for letter in token):
        return True
    return token[0].isupper() and not (first and fold(token).rstrip("'’") in _FUNCTION) and token[-1] not in "'’"


def _end_of_name(tokens: Sequence[re.Match[str]], place: int) -> int:
    """The place after the name that begins at ``place``: capitals in a row, with small words between two of them."""
    end = place + 1
    while end < len(tokens) and tokens[end].start() - tokens[end - 1].end() <= 1:
        if _is_name(tokens[end].group(), first=False):
            end += 1
        elif (
            fold(tokens[end].group()).rstrip("'") in _INSIDE
            and end + 1 < len(tokens)
            and tokens[end + 1].group()[0].isupper()
        ):
            end += 2
        else:
            break
    return end


def _kind(token: str) -> str:
    if re.fullmatch(r"(?:19|20)\d\d", token):
        return "year"
    return "number" if token[0].isdigit() else "name"
