"""A supposition of the quote is no fact of the answer."""

from __future__ import annotations

import pytest

from rag.supposed import only_supposed

PROJECT = "Un premier texte était plus large : il aurait laissé appeler de 9 heures à 19 heures et le samedi matin."


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("On appelle de 9 heures à 19 heures et le samedi matin.", PROJECT, True),
        ("Le premier texte était plus large.", PROJECT, False),
        ("Le texte aurait laissé appeler de 9 heures à 19 heures.", PROJECT, False),
        ("Un projet laissait appeler de 9 heures à 19 heures.", PROJECT, False),
        ("Voxia a perdu trois millions d'euros.", "Voxia aurait perdu trois millions d'euros.", True),
        ("Voxia a perdu trois millions d'euros.", "Voxia a perdu trois millions d'euros, qui seraient partis.", False),
        ("Voxia perdra des clients, cela sera cher.", "Voxia annonce que cela serait cher.", False),
        ("Le plateau attirait les clients.", "Le plateau attirait les clients et offrait des emplois.", False),
        ("Voxia has closed its Metz site.", "Voxia would have closed its Metz site.", True),
        ("Voxia cerró su sede de Metz.", "Voxia habría cerrado su sede de Metz.", True),
    ],
)
def test_suppositions(claim: str, quote: str, expected: bool) -> None:
    assert only_supposed(claim, quote) is expected
