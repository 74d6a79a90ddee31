"""A number of another unit or magnitude is another number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.measures import Measure, measured_otherwise, measures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2,6 milliards d'euros", [("2.6", "milliard", "money")]),
        ("8\u00a0000 postes", [("8000", "", "")]),
        ("5,000 calls in 3.5 minutes", [("5000", "", ""), ("3.5", "", "minute")]),
        ("3,7 % en 48 heures", [("3.7", "", "percent"), ("48", "", "hour")]),
        ("300 000 €", [("300000", "", "money")]),
        ("un article sans chiffre", []),
    ],
)
def test_what_is_measured(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert list(measures(text)) == [Measure(*one) for one in expected]


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Le groupe réalise 2,6 millions d'euros.", "Le groupe réalise 2,6 milliards d'euros."),
        ("Le taux est de 3,7 %.", "L'attente est de 3,7 secondes."),
        ("Le taux est de 9 %.", "Le taux est de 0,9 %."),
        ("Le délai est de 14 mois.", "Le délai est de 14 jours."),
        ("The fine is 75 million euros.", "L'amende est de 75 milliards d'euros."),
    ],
)
def test_another_unit_magnitude_or_decimal(claim: str, quote: str) -> None:
    assert measured_otherwise(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Le groupe réalise 2,6 milliards.", "Le groupe réalise 2,6 milliards d'euros."),
        ("Il faut 14 jours.", "Il faut 14 jours, soit 14 nuits."),
        ("Il faut 14 jours.", "Le délai, quatorze jours, court dès l'appel."),
        ("The rate is 3.7 percent.", "Le taux est de 3,7 %."),
        ("5,000 people work there.", "5 000 personnes y travaillent."),
        ("Le taux est de 9 %.", "Le taux passe de 0,9 à 9 %."),
        ("", ""),
    ],
)
def test_the_same_measure(claim: str, quote: str) -> None:
    assert not measured_otherwise(claim, quote)


@given(st.text(alphabet="0123456789 .,%€mhsilonarde'\u202f", max_size=60))
def test_no_text_measures_otherwise_than_itself(text: str) -> None:
    assert not measured_otherwise(text, text)
