"""Questions that one passage seldom answers: about several names at once, or about what the articles say together.

"Qui a racheté Webhelp et B2S ?" asks two things. The search finds what is nearest to the question as a whole, often the
better known of the two, so that each is asked for by itself too: decomposition after Perez et al. 2020
(arXiv:2002.09758), by the coordination of names alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.hits import Hit
from rag.reread import SURE
from rag.words import fold

MOST = 3
"""Names that are asked for each by itself; where there are more, none is."""

_CAPITAL = "[A-ZÀ-ÖØ-Þ]"
_WORD = rf"(?:{_CAPITAL}[\w’'.&-]*\w|{_CAPITAL}\.?|\d+{_CAPITAL}\w*)"
# A name goes on in small words where a capital follows: "Arnaud de Lacoste", "Bank of America".
_NAME = rf"{_WORD}(?: (?:(?:de|du|des|la|le|of|the|del) )?{_WORD}){{0,3}}"
_BEFORE = (
    r"(?:(?:de la|du|des|à la|au|aux|la|le|les|chez|par|of|the|by|in|at|del|en|por) |(?:de |à )?l['’]|d['’]|de |à )"
)
_AND = r"(?:et|ou|and|or|y|e|o)"
_COORDINATED = re.compile(
    rf"(?<!\w)(?:{_BEFORE})?{_NAME}(?:, (?:{_BEFORE})?{_NAME}){{0,2}},? {_AND} (?:{_BEFORE})?{_NAME}"
)
_PARTS = re.compile(rf",? {_AND} |, ")
_EACH = re.compile(
    r" ?\b(?:respectivement|chacune?|tou(?:te)?s les deux|respectively|both|each|respectivamente)\b", re.I
)
_TOGETHER = re.compile(r"\b(?:entre|between|avec|with|con|ensemble|together|fusion\w*|merge\w*|rapprochement)\b", re.I)
"""Words for what two have in common: a question with one is a single question."""
_ARTICLES = re.compile(
    r"\b(?:(?:les|vos|des|ces|tes|quels|plusieurs|the|your|which|los|sus|que) articles|(?:los|sus|que) articulos)\b"
)


def asked_apart(question: str) -> dict[str, str]:
    """The names that ``question`` coordinates, each with the same question about it alone; empty without such names."""
    found = None if _TOGETHER.search(fold(question)) else _COORDINATED.search(question)
    if found is None:
        return {}
    start, end = found.span()
    # The question's first word is a capital that makes no name: "Quels SFR et …" begins with SFR.
    first = re.match(r"\w+['’]? ?", question)
    parts = _PARTS.split(found.group())
    article = re.match(_BEFORE, question, re.I)
    if start == 0 and first is not None and article is None and len(parts[0].split()) > 1:
        parts[0] = found.group()[first.end() : len(parts[0])]
        start = first.end()
    before, after = _EACH.sub("", question[:start]), _EACH.sub("", question[end:])
    asked = {re.sub(rf"^{_BEFORE}", "", part, flags=re.I): f"{before}{part}{after}".strip() for part in parts}
    return asked if 2 <= len(asked) <= MOST and all(asked) else {}


def speaks_of(name: str, *texts: str | None) -> bool:
    """Whether one of ``texts`` holds all words of ``name``, without regard to accents and case."""
    wanted = set(re.findall(r"\w+", fold(name)))
    return any(wanted <= set(re.findall(r"\w+", fold(text))) for text in texts if text)


def asks_of_articles(question: str) -> bool:
    """Whether ``question`` asks what the articles, several of them, say."""
    return _ARTICLES.search(fold(question)) is not None


def told_together(names: Iterable[str], hits: Sequence[Hit]) -> bool:
    """Whether the first hit surely answers, and speaks of all ``names``."""
    if not hits or (hits[0].answers or 0.0) < SURE:
        return False
    return all(speaks_of(name, hits[0].text, hits[0].title, hits[0].author) for name in names)


def merged(whole: Sequence[Hit], parts: Sequence[Sequence[Hit]]) -> tuple[Hit, ...]:
    """One list of what was found for a question and for its parts: each part's first hit, then all by their scores.

    A passage found more than once keeps its best score.
    """
    best: dict[tuple[str, int], Hit] = {}
    for hit in (*whole, *(hit for part in parts for hit in part)):
        known = best.get((hit.article, hit.passage))
        if known is None or hit.score > known.score:
            best[hit.article, hit.passage] = hit
    first = {(part[0].article, part[0].passage) for part in parts if part}
    ordered = sorted(best.values(), key=lambda hit: ((hit.article, hit.passage) not in first, -hit.score))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1))
