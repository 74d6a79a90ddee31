"""Which questions lean on the conversation, and what is searched then."""

from __future__ import annotations

import pytest

from rag.followup import Turn, leans_on_history, search_question

HISTORY = [
    Turn("user", "Que devient le salon Téléphonia ?"),
    Turn("assistant", "Il a été vendu."),
]


@pytest.mark.parametrize(
    "question",
    ["Et en 2012 ?", "Pourquoi ?", "À qui a-t-il été vendu ?", "Qui l'a écrit ?", "And its visitors?", "Combien ?"],
)
def test_a_question_that_leans_is_searched_with_the_one_before(question):
    searched = search_question(question, HISTORY, "fr")
    assert "Téléphonia" in searched
    assert searched.endswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le prix de l'heure pratiqué par les prestataires marocains ?",
        "Combien de téléconseillers travaillent au Portugal ?",
        "Y a-t-il des syndicats dans les centres d'appels tunisiens ?",
        "Comment les prestataires réagissent-ils aux baisses de tarifs ?",
    ],
)
def test_a_question_that_stands_alone_is_searched_alone(question):
    assert not leans_on_history(question, "fr")
    assert search_question(question, HISTORY, "fr") == question


def test_a_chain_of_follow_ups_goes_back_to_the_topic():
    history = [*HISTORY, Turn("user", "Et qui l'a acheté ?"), Turn("assistant", "Borealis.")]
    assert search_question("Pourquoi ?", history, "fr").startswith("Que devient le salon Téléphonia ?")


def test_what_the_assistant_said_is_not_searched():
    assert "vendu" not in search_question("Pourquoi ?", HISTORY, "fr")


def test_without_history_the_question_stays_itself():
    assert search_question("Pourquoi ?", [], "fr") == "Pourquoi ?"
