"""Days that a quote keeps out, refusals that nobody made, what is only set aside."""

from __future__ import annotations

import pytest

from rag.exclusions import lets_in, refuses_alone, says_set_aside

HOURS = "Les appels ne sont permis qu'en semaine, de 10 à 13 heures et de 14 à 20 heures."
OUT = f"{HOURS} Le week-end et les jours fériés en sont exclus."


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("On peut appeler de 10 à 13 heures en semaine et de 14 à 20 heures le week-end.", OUT, True),
        ("On peut appeler de 10 à 13 heures en semaine et de 14 à 20 heures le week-end.", HOURS, True),
        ("On peut appeler les jours fériés.", OUT, True),
        ("Le week-end est interdit.", OUT, False),
        ("Les appels sont permis en semaine, sauf le week-end et les jours fériés.", OUT, False),
        ("Les appels sont permis en semaine de 10 à 13 heures.", OUT, False),
        ("Le service répond aussi le samedi.", "Le service répond du lundi au samedi, de 8 à 20 heures.", False),
        ("Le plateau ouvre le dimanche.", "Le plateau ouvre aussi le week-end, dimanche compris.", False),
        ("Calls are allowed on Sunday.", "Calls are forbidden on Sunday.", True),
    ],
)
def test_free_days(claim: str, quote: str, expected: bool) -> None:
    assert lets_in(claim, quote) is expected


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Voxia a refusé de racheter Metz.", "Voxia a proposé trois milliards pour Metz.", True),
        ("Voxia a refusé l'offre.", "Les actionnaires de Voxia ont rejeté l'offre.", False),
        ("Voxia a racheté Metz.", "Voxia a proposé trois milliards pour Metz.", False),
    ],
)
def test_refusals(claim: str, quote: str, expected: bool) -> None:
    assert refuses_alone(claim, quote) is expected


ASIDE = "L’appelant dit ce qu’il veut au lieu de taper sur des touches."


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("L'appelant tape sur des touches.", ASIDE, True),
        ("L'appelant dit ce qu'il veut.", ASIDE, False),
        ("L'appelant parle au lieu de taper sur des touches.", ASIDE, False),
        ("Voxia garde une liste de noms.", "Voxia garde une empreinte plutôt qu'une liste de noms.", True),
        ("Voxia garde une empreinte.", "Voxia garde une empreinte plutôt qu'une liste de noms.", False),
        ("Voxia garde des noms.", "Voxia garde des noms et non une liste de noms.", False),
        ("Callers press keys.", "Callers speak instead of pressing keys.", True),
        ("Il tape sur des touches.", "Il tape sur des touches.", False),
    ],
)
def test_what_is_set_aside_is_not_so(claim: str, quote: str, expected: bool) -> None:
    assert says_set_aside(claim, quote) is expected
