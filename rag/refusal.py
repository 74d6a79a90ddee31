"""What is said beside "the articles do not hold the answer": which of them come nearest, and what they do answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from rag.about import day
from rag.evidence import ScoredSentence
from rag.hits import Hit
from rag.texts import ASK_ABOUT, NEAREST, NO_ORDERS, WHAT_THERE_IS, YOU_COULD_ASK, say
from rag.words import words

NAMED = 2
"""Articles named."""
NEAR = 0.2
"""Share of the question's words, by idf, that must stand around an article's best sentence for it to be near; of a
question in another language any word, since names and loan words are all that it shares."""
TRIED = 3
"""Questions tried before one about the whole corpus is proposed; each costs a search."""


def advice(
    language: str,
    sentences: Sequence[ScoredSentence],
    answers: Callable[[str, str], bool],
    named: Set[str] = frozenset(),
) -> list[str]:
    """Notices for a refusal: the nearest articles, if any is near, and a question that the articles answer.

    ``answers(question, article)`` says whether ``article`` answers ``question``. A question with nothing near it (on
    the weather, or an attack) is not told of articles that have nothing to do with it; one that names what an article
    has in its title (``named``, folded) is told of that.
    """
    nearest: dict[str, Hit] = {}
    for one in sorted(sentences, key=lambda one: -one.hit.dense):
        if one.coverage > (NEAR if one.hit.language == language else 0.0) or not named.isdisjoint(words(one.hit.title)):
            nearest.setdefault(one.hit.article, one.hit)
    near, notices = list(nearest.values()), []
    if near:
        titles = ", ".join(_named(hit, language) for hit in near[:NAMED])
        notices.append(say(NEAREST, language, titles=titles))
    proposed = (question for question, article in _questions(near, language) if answers(question, article))
    question = next(proposed, say(WHAT_THERE_IS, language))
    return [*notices, say(YOU_COULD_ASK, language, question=question)]


def no_orders(language: str) -> list[str]:
    """Notices for a question that orders instead of asking: what is answered here, and something to ask."""
    return [say(NO_ORDERS, language), *advice(language, (), lambda *_: False)]


def _questions(near: Sequence[Hit], language: str) -> Iterator[tuple[str, str]]:
    for hit in near[:TRIED]:
        topic = hit.heading if hit.heading and len(hit.heading.split()) > 1 else hit.title
        yield say(ASK_ABOUT, language, topic=topic.rstrip(" ?!.:")), hit.article


def _named(hit: Hit, language: str) -> str:
    known = ", ".join(value for value in (hit.publication, day(hit.date, language) if hit.date else None) if value)
    return f"« {hit.title} »{f' ({known})' if known else ''}"
