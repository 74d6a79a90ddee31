"""Reasons that nobody gave, and acronyms spelt out wrongly."""

from __future__ import annotations

import pytest

from rag.reasons import casts, invents_reason, keeps_up, spells_otherwise, was_once
from rag.words import language_of, stems

LEFT = "Quand l'attente est trop longue, les clients s'en vont chez un concurrent."


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Les clients s'en vont parce que l'attente est longue.", LEFT, False),
        ("Les clients s'en vont en raison des prix élevés.", LEFT, True),
        ("Les clients s'en vont grâce aux conseillers.", LEFT, True),
        ("Les clients s'en vont.", LEFT, False),
        ("Customers leave because of high prices.", "Customers leave when they have to wait.", True),
        ("Customers leave because they have to wait.", "Customers leave when they have to wait.", False),
        # A reason without a word of its own says nothing.
        ("Les clients s'en vont parce que.", LEFT, False),
    ],
)
def test_a_reason_must_stand_in_the_quote(claim, quote, expected):
    assert invents_reason(claim, quote, frozenset(stems(quote, language_of(quote)))) is expected


def test_what_is_explained_must_be_told_around_the_quote():
    quote = "Les investisseurs redoutent que les agents ne soient remplacés."
    claim = "Les conseillers démissionnent parce que les investisseurs redoutent que les agents soient remplacés."
    assert invents_reason(claim, quote, frozenset(stems(f"Des conseillers parlent. {quote}")))
    assert not invents_reason(claim, quote, frozenset(stems(f"Des conseillers ont démissionné. {quote}")))


FAIR = "Qui se souvient du SECA, le Salon Européen des Centres d’Appels ?"


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Le sigle SECA signifie « Salon des Clients Exigeants ».", FAIR, True),
        ("SECA signifie Salon européen des centres d'appels.", FAIR, False),
        ("SECA stands for European Call Center Show.", FAIR, True),
        # Without another reading in the quote nobody knows better.
        ("SECA signifie « Salon des Clients Exigeants ».", "Le SECA ouvre demain.", False),
        ("Le SECA a été vendu.", FAIR, False),
        ("Bloctel est le sigle de rien.", FAIR, False),
    ],
)
def test_an_acronym_is_spelt_as_its_quote_spells_it(claim, quote, expected):
    assert spells_otherwise(claim, quote) is expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("La femme de Paul Martin est Anne Petit.", ("femme", "Anne Petit.")),
        ("Le prénom de la femme de Paul Martin est Anne.", ("femme", "Anne.")),
        ("Le directeur général de Voxia s'appelle Paul Martin.", ("directeur", "Paul Martin.")),
        ("The founder of Voxia is Paul Martin.", ("founder", "Paul Martin.")),
        ("Voxia est dirigée par Paul Martin.", None),
        ("Paul Martin est le directeur de Voxia.", None),
        ("Le créateur de Voxia, Paul Martin, était alors patron de Rami.", None),
        ("Le directeur de Voxia est parti.", None),
    ],
)
def test_the_part_that_somebody_plays_is_told(claim, expected):
    assert casts(claim) == expected


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Voxia est encore à la bourse.", "Voxia est entrée à la bourse en 2020.", True),
        ("Paul Martin dirige maintenant Voxia.", "Paul Martin a dirigé Voxia.", True),
        ("Voxia is still listed.", "Voxia was listed in 2020.", True),
        ("Voxia est encore à la bourse.", "Voxia est toujours cotée à la bourse.", False),
        ("Voxia est entrée à la bourse.", "Voxia est entrée à la bourse en 2020.", False),
    ],
)
def test_that_it_is_still_so_must_be_told(claim, quote, expected):
    assert keeps_up(claim, quote) is expected


LED = "Voxia est un prestataire, longtemps dirigé par Paul Durand. Anne Petit en est l'ancienne directrice."


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Paul Durand dirige Voxia.", True),
        ("Voxia est dirigé par Paul Durand.", True),
        ("Paul Durand a dirigé Voxia.", False),
        ("Paul Durand était à la tête de Voxia, qu'il dirigeait.", False),
        ("Anne Petit est directrice de Voxia.", True),
        ("Anne Petit est une ancienne directrice de Voxia.", False),
        ("Voxia est un prestataire.", False),
    ],
)
def test_what_was_once_so_is_not_so_now(claim: str, expected: bool) -> None:
    assert was_once(claim, LED) is expected
