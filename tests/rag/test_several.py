"""Questions about several names, or about several articles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Span
from rag.evidence import LIFTED, ScoredSentence, lifted
from rag.hits import Hit
from rag.retrieve import Retrieval, Retriever
from rag.several import asked_apart, asks_of_articles, merged, speaks_of, told_together


@pytest.mark.parametrize(
    ("question", "names", "first", "last"),
    [
        ("Qui a racheté Acticall et B2S ?", ("Acticall", "B2S"), "Qui a racheté Acticall ?", "Qui a racheté B2S ?"),
        (
            "Que pensent respectivement Jeanne Martin et Luc de Brest du salon ?",
            ("Jeanne Martin", "Luc de Brest"),
            "Que pensent Jeanne Martin du salon ?",
            "Que pensent Luc de Brest du salon ?",
        ),
        (
            "Combien de salariés au Maroc, en Tunisie et à l'Île Maurice ?",
            ("Maroc", "Tunisie", "Île Maurice"),
            "Combien de salariés au Maroc ?",
            "Combien de salariés à l'Île Maurice ?",
        ),
        (
            "La France et la Belgique l'interdisent-elles ?",
            ("France", "Belgique"),
            "La France l'interdisent-elles ?",
            "la Belgique l'interdisent-elles ?",
        ),
        ("Who bought Acticall and B2S?", ("Acticall", "B2S"), "Who bought Acticall?", "Who bought B2S?"),
        ("¿Qué dicen Orange y SFR?", ("Orange", "SFR"), "¿Qué dicen Orange?", "¿Qué dicen SFR?"),
    ],
)
def test_each_name_is_asked_for_by_itself(question, names, first, last):
    asked = asked_apart(question)
    assert tuple(asked) == names
    assert (asked[names[0]], asked[names[-1]]) == (first, last)


@pytest.mark.parametrize(
    "question",
    [
        "Quelle différence y a-t-il entre Orange et SFR ?",
        "Quand a eu lieu la fusion de Sitel et Acticall ?",
        "Où et quand se tient le salon ?",
        "Qui est Jeanne Martin et que fait-elle ?",
        "Que coûtent un appel et un courriel ?",
        "Qui emploie A, B, C et D ?",
        "Qui dirige Orange ?",
        "",
    ],
)
def test_what_is_one_question_stays_one(question):
    assert not asked_apart(question)


@given(st.text(st.sampled_from("AB et,ou l'dÉ. ?"), max_size=60) | st.text(max_size=60))
def test_any_text_can_be_asked(text):
    assert len(asked_apart(text)) in (0, 2, 3)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Que disent les articles du télétravail ?", True),
        ("Quels articles parlent de Bloctel ?", True),
        ("Which articles mention Bloctel?", True),
        ("Qui a écrit l'article sur Bloctel ?", False),
        ("Quelles sont les heures permises ?", False),
    ],
)
def test_questions_on_what_the_articles_say(question, expected):
    assert asks_of_articles(question) is expected


def test_a_name_is_spoken_of_in_any_of_the_texts_whole():
    assert speaks_of("Jeanne Martin", None, "écrit par JEANNE MARTIN")
    assert not speaks_of("Jeanne Martin", "Jeanne est venue", "Martin aussi")


def hit(article: str, text: str, score: float = 0.5, answers: float | None = None, author: str | None = None) -> Hit:
    spans = (Span(0, len(text)),)
    return Hit(
        1, article, 0, score, text, 0, len(text), "Titre", author, None, None, article, "", "fr", spans, 0.9, 0.9, 1.0,
        answers,
    )  # fmt: skip


def test_each_parts_first_hit_comes_first_and_nothing_is_lost():
    one, two, three = hit("a", "Un.", 0.9), hit("b", "Deux.", 0.2), hit("c", "Trois.", 0.6)
    found = merged([one, three], [[replace(one, score=0.8)], [two, three]])
    assert [(each.article, each.score, each.rank) for each in found] == [("a", 0.9, 1), ("b", 0.2, 2), ("c", 0.6, 3)]


def test_a_passage_that_surely_tells_of_all_is_enough():
    both = hit("a", "Orange et SFR ont signé.", answers=0.9)
    assert told_together(("Orange", "SFR"), [both])
    assert not told_together(("Orange", "SFR"), [replace(both, answers=0.1)])
    assert not told_together(("Orange", "Free"), [both])
    assert not told_together(("Orange",), [])


def test_what_is_asked_of_two_is_searched_for_each(filled, encoder):
    found = Retriever(filled, encoder).search("Qu'ont écrit Jeanne Martin et Paul Durand ?")
    assert list(found.parts) == ["Jeanne Martin", "Paul Durand"]
    assert [part.search_question for part in found.parts.values()] == [
        "Qu'ont écrit Jeanne Martin ?", "Qu'ont écrit Paul Durand ?",
    ]  # fmt: skip
    assert found.question == found.search_question == "Qu'ont écrit Jeanne Martin et Paul Durand ?"
    assert [one.rank for one in found.hits] == list(range(1, len(found.hits) + 1))


def scored(one: Hit, score: float) -> ScoredSentence:
    return ScoredSentence(one, 0, one.sentences[0], one.text, 0.9, 1.0, score)


def retrieval(question: str, names: tuple[str, ...] = ()) -> Retrieval:
    whole = Retrieval(question, question, question, "fr", (), None, ())  # type: ignore[arg-type]
    return replace(whole, parts=dict.fromkeys(names, whole))


def test_the_sentence_on_the_other_name_is_not_left_out():
    about = scored(hit("a", "Acticall est à Paris."), 1.0), scored(hit("b", "Acticall a 9 sites."), 0.9)
    other = scored(hit("c", "B2S est à Lyon."), 0.3)
    found = lifted(retrieval("Où sont Acticall et B2S ?", ("Acticall", "B2S")), [*about, other])
    assert [one.hit.article for one in found] == ["a", "c", "b"]
    assert found[1].score == LIFTED
    assert lifted(retrieval("Où est Acticall ?"), [*about, other]) == [*about, other]


def test_several_articles_are_heard_on_what_the_articles_say_but_none_far_off():
    found = [scored(hit("a", f"Le prix {n} baisse."), 1 - n / 100) for n in range(3)]
    others = [scored(hit("b", "Les tarifs baissent."), 0.5), scored(hit("c", "Il pleut."), 0.1)]
    heard = lifted(retrieval("Que disent les articles des prix ?"), [*found, *others])
    assert [one.hit.article for one in heard] == ["a", "a", "a", "b", "c"]
    assert [one.score for one in heard][3:] == [LIFTED, 0.1]
    assert lifted(retrieval("Que disent les articles ?"), []) == []
