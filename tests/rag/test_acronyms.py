"""Acronyms and what they stand for meet in the search."""

from __future__ import annotations

import pytest

from rag.acronyms import ACRONYMS, acronym_terms
from rag.build import index
from rag.retrieve import Retriever
from rag.words import fold, stems


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("À quoi sert un SVI ?", "serveur vocal interactif"),
        ("a quoi sert un ivr", "serveur vocal interactif"),
        ("Que devient le SECA ?", "salon européen des centres d'appels"),
        ("le marché du bpo", "externalisation"),
        ("Qu'est-ce que la durée moyenne de traitement ?", "DMT AHT"),
        ("What is a good average handle time?", "DMT"),
        ("Que mesure le CES ?", "effort client"),
        ("OÙ EST LE SECA", "salon européen"),
    ],
)
def test_an_acronym_brings_what_it_stands_for_and_back(question, wanted):
    language = "en" if question.startswith("What") else "fr"
    assert set(stems(wanted, language)) <= set(acronym_terms(question, language))


@pytest.mark.parametrize(
    "question",
    ["Que font ces agents ?", "QUE FONT CES AGENTS ?", "j'ai une question", "Quelle durée de vie ?", "", "la qualité"],
)
def test_a_question_without_acronym_brings_nothing(question):
    assert acronym_terms(question, "fr") == ()


def test_what_the_question_says_itself_is_not_said_again():
    assert set(acronym_terms("le SVI, serveur vocal interactif", "fr")).isdisjoint(
        stems("SVI serveur vocal interactif")
    )


def test_no_acronym_is_listed_twice_and_all_are_folded():
    names = [name for key in ACRONYMS for name in key.split()]
    assert len(names) == len(set(names))
    assert all(name == fold(name) for name in names)


def test_an_article_that_spells_it_out_is_found_by_the_acronym(store, encoder, folder):
    (folder / "menus.md").write_text(
        "# Accueil\n\nLe serveur vocal interactif propose trois choix.\n", encoding="utf-8"
    )
    index(store, encoder, [folder])
    assert Retriever(store, encoder).search("SVI").hits[0].article == "menus"
