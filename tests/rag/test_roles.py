"""Roles that are told the other way round are noticed, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.roles import exchanged, swapped

ACTIVE = "Tarsus a racheté le salon à Aegis en 2010."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("SFR a racheté Tarsus.", "Tarsus a racheté SFR en 2007."),
        ("SFR a racheté Tarsus.", "En 2007, SFR a été racheté par Tarsus, après des mois de discussion."),
        ("SFR bought Tarsus.", "SFR a été racheté par Tarsus."),
        ("Webhelp a racheté Concentrix.", "Webhelp a été vendu à Concentrix."),
        ("Tarsus a vendu le salon à Aegis.", "Aegis a vendu le salon à Tarsus."),
        ("La société Énergie B a sanctionné la DGCCRF.", "La DGCCRF a sanctionné Énergie B en 2025."),
        ("SFR poursuit la CFDT.", "La CFDT poursuit SFR devant le tribunal."),
        ("Dupont a été remplacé par Martin.", "Martin a été remplacé par Dupont."),
        ("SFR a mis la main sur Tarsus.", "On annonce le rachat de SFR par Tarsus."),
        ("SFR s'est emparé de Tarsus.", "Après l'acquisition de SFR par Tarsus, rien n'a changé."),
        ("SFR a racheté Tarsus.", "La vente de SFR à Tarsus est signée."),
        ("SFR a pris la place de Tarsus.", "Tarsus entre à l'indice à la place de SFR."),
        ("Tarsus a racheté le salon.", "Tarsus a signé la vente du salon à Aegis."),
    ],
)
def test_the_other_way_round(claim, quote):
    assert swapped(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Tarsus a racheté SFR.", "SFR a été racheté par Tarsus."),
        ("Tarsus bought SFR.", "SFR a été racheté par Tarsus."),
        ("Concentrix a racheté Webhelp.", "Webhelp a été vendu à Concentrix."),
        ("Concentrix a racheté Webhelp.", "Webhelp a été cédé par GBL à Concentrix."),
        ("Le salon a été vendu à Tarsus.", "Aegis a vendu le salon à Tarsus."),
        ("SFR et Tarsus ont parlé d'un rachat.", "Tarsus a racheté SFR."),
        ("SFR a racheté Neuf.", "Tarsus a racheté SFR."),
        ("Martin a remplacé Dupont.", "Dupont a été remplacé par Martin, qui a remplacé Durand."),
        ("Le rachat de SFR par Tarsus a surpris.", "Tarsus a racheté SFR."),
        ("Tarsus a mis la main sur SFR.", "La vente de SFR à Tarsus est signée."),
        ("Tarsus remplace SFR.", "Tarsus entre à l'indice à la place de SFR."),
        ("Tarsus a racheté SFR.", "On annonce le rachat de SFR."),
        ("Tarsus a vendu le salon.", "Tarsus a signé la vente du salon à Aegis."),
        ("Aegis a racheté le salon.", "Tarsus a signé la vente du salon à Aegis."),
    ],
)
def test_the_same_or_something_else(claim, quote):
    assert not swapped(claim, quote)


NAMES = st.sampled_from(["SFR", "Tarsus", "Aegis", "Webhelp", "Orange"])
VERBS = st.sampled_from(
    [
        "a racheté", "a été racheté par", "annonce l'acquisition par", "a mis la main sur", "poursuit",
        "a vendu le salon à", "a été vendu à", "a nommé",
    ]
)  # fmt: skip
SENTENCES = st.builds("{} {} {}.".format, NAMES, VERBS, NAMES)


@given(SENTENCES)
def test_nothing_is_the_other_way_round_of_itself(sentence):
    assert not swapped(sentence, sentence)


@given(SENTENCES, SENTENCES)
def test_both_or_neither(one, other):
    assert swapped(one, other) == swapped(other, one)


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_can_be_compared(one, other):
    assert swapped(one, other) in (True, False)


@pytest.mark.parametrize(
    ("claim", "quote", "told"),
    [
        ("En 2015, Sitel a rejoint Acticall.", "En 2015, Acticall a rejoint Sitel, puis en a pris le nom.", True),
        ("Rabat compte 320 agents, contre 410 à Lille.", "Lille compte 320 agents, contre 410 à Rabat.", True),
        ("En 2015, Acticall a rejoint Sitel.", "En septembre 2015, Acticall a rejoint Sitel.", False),
        ("Sitel a été rejoint par Acticall en 2015.", "En 2015, Acticall a rejoint Sitel.", False),
        ("Lille et Rabat comptent 320 agents.", "Lille compte 320 agents, contre 410 à Rabat.", False),
        ("Rabat emploie 410 agents.", "Lille emploie 320 agents, contre 410 à Rabat.", False),
        ("", "En 2015, Acticall a rejoint Sitel.", False),
    ],
)
def test_two_names_or_numbers_exchanged_in_nearly_the_same_words(claim, quote, told):
    assert exchanged(claim, quote) is told


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_sentence_is_no_exchange_of_itself(one, other):
    assert not exchanged(one, one)
    assert not exchanged(f"{one} {other}", f"{one} {other}")
