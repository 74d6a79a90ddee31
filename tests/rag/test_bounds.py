"""Bounds told the other way round."""

from __future__ import annotations

import pytest

from rag.bounds import bounds, turned_bound


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un bon taux est de 5 % ou plus.", {"least"}),
        ("Le site fixe un maximum de 5 %.", {"most"}),
        ("Il ne doit pas dépasser 5 %.", {"most"}),
        ("Il faut au moins 19 agents.", {"least"}),
        ("Il faut 19 agents au minimum.", {"least"}),
        ("Ils étaient moins de 300.", {"most"}),
        ("Plus de 90 000 personnes et moins de 800 structures.", {"least", "most"}),
        ("Calls take up to 3 minutes.", {"most"}),
        ("Il y a 12 % de femmes de plus.", set()),
        ("Il n'y a plus d'agents.", set()),
        ("", set()),
    ],
)
def test_the_way_of_a_bound(text: str, expected: set[str]) -> None:
    assert bounds(text) == expected


def test_only_the_other_way_round_is_turned() -> None:
    assert turned_bound("Un bon taux est de 5 % ou plus.", "Le site fixe un maximum de 5 %.")
    assert not turned_bound("Un bon taux est de 5 % ou moins.", "Le site fixe un maximum de 5 %.")
    assert not turned_bound("Un bon taux est de 5 %.", "Le site fixe un maximum de 5 %.")
    assert turned_bound("Un bon taux est de 5 % ou plus.", "Un éditeur parle de 3 à 5 %.")
