"""Questions that take for granted of one name what the articles say of another: told so, with the quote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.cite import Support
from rag.evidence import ScoredSentence, covered
from rag.quotes import names
from rag.retrieve import Retrieval
from rag.words import fold, stems, words

_TAKES_FOR_GRANTED = re.compile(
    r"\b(pourquoi|comment|quand|en quelle annee|a quelle date|why|how|when|in what year|por que|como|cuando)\b"
    r"(?! (many|much|long|peut|can|se dit))"
)
SAID = 0.6
"""Share, by idf, of the rest of the question's words that the sentence must hold."""
LOOKED_AT = 3
"""Sentences in which the rest of the question is looked for."""
PASSAGES = 5
"""Hits none of which may hold the name."""

_TOLD = {
    "fr": "Les articles ne le disent pas de « {name} », mais ceci : « {quote} »",
    "en": "The articles do not say this of “{name}”, but this: “{quote}”",
    "es": "Los artículos no lo dicen de «{name}», sino esto: «{quote}»",
}


def corrected(
    retrieval: Retrieval, sentences: Sequence[ScoredSentence], weights: Mapping[str, float]
) -> list[tuple[str, Support]]:
    """The sentence that says of another name what the question takes for granted of its own; empty if there is none.

    The name must be missing from all first passages and from what is known of their articles, and the sentence must
    hold most of the question's other words, and a name of its own in its place.
    """
    question = retrieval.search_question
    if not _TAKES_FOR_GRANTED.search(fold(question)):
        return []
    missing = names(question) - _known(retrieval)
    if len(missing) != 1:
        return []
    (name,) = missing
    own = set(stems(name, retrieval.language))
    rest = [term for term in retrieval.terms if term not in own]
    for one in sentences[:LOOKED_AT]:
        said = covered(rest, weights, set(stems(one.text, one.hit.language)))
        if len(rest) >= 2 and said >= SAID and names(one.text) - names(question):
            quote = " ".join(one.text.split())
            told = _TOLD.get(retrieval.language, _TOLD["fr"]).format(name=_as_written(name, question), quote=quote)
            return [(told, Support(one.hit, one.span, 1.0))]
    return []


def _known(retrieval: Retrieval) -> set[str]:
    return {
        word
        for hit in retrieval.hits[:PASSAGES]
        for word in words(f"{hit.text} {hit.title} {hit.heading} {hit.author or ''} {hit.publication or ''}")
    }


def _as_written(name: str, question: str) -> str:
    return next((word for word in re.findall(r"[\w-]+", question) if fold(word) == name), name)
