"""Which questions lean on the conversation, and what is searched then."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ellipsis import put_in_place
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


@pytest.mark.parametrize(
    "question",
    [
        "À qui appartient-elle ?",
        "Combien de sites avait-il ?",
        "Quelles entreprises a-t-il rachetées ?",
        "Qui l'a vendu à Tarsus ?",
        "Qui les emploie au Maroc ?",
        "Combien en reste-t-il en France ?",
        "Quelle part y travaille à domicile ?",
        "Qu'en pense l'AFRC ?",
        "Lequel faut-il viser ?",
        "Qui a créé le premier ?",
        "Donne un exemple.",
        "Peux-tu détailler ?",
        "Comment ce taux se calcule-t-il ?",
        "Pour quelle raison ?",
        "Combien de fois par mois ?",
        "Quels syndicats les représentent ?",
        "Et pour les clients, ça change quoi ?",
    ],
)
def test_words_that_stand_for_something_said_before_lean(question):
    assert leans_on_history(question, "fr")


@pytest.mark.parametrize(
    "question",
    [
        "À qui le SECA a-t-il été vendu ?",
        "Comment Webhelp est-il né ?",
        "Combien de centres d'appels y a-t-il en Tunisie ?",
        "Faut-il l'accord du client pour l'enregistrer ?",
        "Est-il permis de tout enregistrer ?",
        "Qu'est-ce que l'adhérence ?",
        "La loi Chatel, ça dit quoi ?",
        "Et la certification NF345, de quand date-t-elle ?",
        "Pourquoi les menus vocaux agacent-ils les clients ?",
        "Pourquoi Klarna a-t-elle réembauché ?",
        "Qui préside l'AFRC ?",
        "Combien de temps conserver un enregistrement ?",
    ],
)
def test_a_new_subject_does_not_lean(question):
    assert not leans_on_history(question, "fr")


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("Combien d'emplois au Maroc ?", "Et au Sénégal ?", "Combien d'emplois au Sénégal ?"),
        ("Combien d'emplois au Maroc ?", "et en Tunisie ?", "Combien d'emplois en Tunisie ?"),
        ("Qui a inventé le NPS ?", "Et le CES ?", "Qui a inventé le CES ?"),
        ("À quoi sert la formule d'Erlang C ?", "Et Erlang B ?", "À quoi sert la formule d'Erlang B ?"),
        ("Combien pesait le marché en 2011 ?", "Et en 2024 ?", "Combien pesait le marché en 2024 ?"),
        ("Combien d'appels au 3646 en 2013 ?", "Et au 3949 ?", "Combien d'appels au 3949 en 2013 ?"),
        ("Combien Concentrix a-t-il payé Webhelp ?", "Et Sitel, Sykes ?", "Combien Sitel a-t-il payé Sykes ?"),
        ("Que fait SFR à Madagascar ?", "Et au Maroc ?", "Que fait SFR au Maroc ?"),
        ("Que fait SFR à Madagascar ?", "Et Orange ?", "Que fait Orange à Madagascar ?"),
        ("Le budget de Foundever ?", "Et celui de Konecta ?", "Le budget de Konecta ?"),
        ("Who runs Konecta?", "What about Webhelp?", "Who runs Webhelp?"),
    ],
)
def test_names_alone_take_the_place_of_their_like(before, question, wanted):
    assert put_in_place(question, before) == wanted


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Qui a fondé Teleperformance ?", "Et en France ?"),
        ("Qui a fondé Teleperformance ?", "Et pourquoi ?"),
        ("Qui a fondé Teleperformance ?", "Et qui dirige Majorel ?"),
        ("Majorel a-t-il racheté Webhelp ?", "Et Konecta ?"),
        ("QUI A FONDÉ INTELCIA ?", "ET WEBHELP ?"),
        ("qui a fondé intelcia", "et webhelp"),
        ("Qui a fondé Intelcia ?", "Et ?"),
        ("", "Et Webhelp ?"),
    ],
)
def test_in_doubt_nothing_is_replaced(before, question):
    assert put_in_place(question, before) is None


def test_names_are_replaced_along_a_chain():
    history = [
        Turn("user", "Combien d'emplois au Maroc ?"), Turn("assistant", "90 000."),
        Turn("user", "Et au Sénégal ?"), Turn("assistant", "2 500."),
    ]  # fmt: skip
    assert search_question("Et en Tunisie ?", history, "fr") == "Combien d'emplois en Tunisie ?"


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_follow_any_other(question, before):
    assert isinstance(search_question(question, [Turn("user", before)], "fr"), str)


@pytest.mark.parametrize(
    ("before", "answer", "question", "wanted"),
    [
        (
            "Qui a acheté le salon ?", "Tarsus l'a acheté [1].", "Et quel nom lui a-t-il donné ?",
            "Qui a acheté le salon ? Tarsus. Et quel nom lui a-t-il donné ?",
        ),
        (
            "Qui Jeanne Morel cite-t-elle ?", "Elle cite Jean-Hervé Dupont [1].", "De quoi est-il le président ?",
            "Qui Jeanne Morel cite-t-elle ? Jean-Hervé Dupont. De quoi est-il le président ?",
        ),
        # Two names, a name that the question has, a question for no name, and a pronoun for no person.
        (
            "Qui a fondé Acme ?", "Jean Petit et Marie Grand.", "Où travaillait-il ?",
            "Qui a fondé Acme ? Où travaillait-il ?",
        ),
        (
            "Qui dirige Acme ?", "Acme est dirigée par Jean Petit.", "Où vit-il ?",
            "Qui dirige Acme ? Jean Petit. Où vit-il ?",
        ),
        ("Qui est Paul Durand ?", "Le patron de CCA.", "Que dit-il ?", "Qui est Paul Durand ? Que dit-il ?"),
        ("Où est né Acme ?", "À Paris.", "Que vend-il ?", "Où est né Acme ? Que vend-il ?"),
        ("Who bought it?", "Tarsus did.", "When was it sold?", "Who bought it? When was it sold?"),
    ],
)  # fmt: skip
def test_the_name_that_was_asked_for_is_searched_with_what_is_asked_of_it(before, answer, question, wanted):
    history = [Turn("user", before), Turn("assistant", answer)]
    assert search_question(question, history, "en" if "it?" in before else "fr") == wanted
