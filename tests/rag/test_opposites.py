"""Words that say the opposite of a quote's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.opposites import opposed


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Le turnover est en baisse en 2012.", "Le turnover est en hausse en 2012."),
        ("Le démarchage est permis le samedi.", "Le démarchage est interdit le samedi."),
        ("Les plateaux externes gagnent du terrain.", "Les plateaux internes gagnent du terrain."),
        ("L'appel est gratuit depuis un portable.", "L'appel est surtaxé depuis un portable."),
        ("Le site a ouvert au début de 2012.", "Le site a fermé en 2012."),
        ("Le groupe l'annonce fin 2009.", "Le groupe l'annonce début 2009."),
        ("Outbound calls are allowed.", "Les appels sortants sont interdits."),
        ("Le turnover des conseillers a reculé.", "Les salaires ont reculé. Le turnover des conseillers a augmenté."),
    ],
)
def test_the_opposite(claim: str, quote: str) -> None:
    assert opposed(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Le turnover est en hausse.", "Le turnover augmente."),
        ("Les reclassements étaient insuffisants.", "Le plan est suspendu, faute de reclassements suffisants."),
        ("Le démarchage n'est pas permis.", "Le démarchage est interdit."),
        ("Le turnover baisse.", "Le turnover, en hausse hier, baisse."),
        ("Le site emploie 300 personnes.", "Le site a fermé."),
        ("", ""),
    ],
)
def test_the_same_or_something_else(claim: str, quote: str) -> None:
    assert not opposed(claim, quote)


WORDS = st.sampled_from(["hausse", "baisse", "interdit", "permis", "ne", "pas", "plus", "moins", "fin 2009", ".", "le"])


@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12))
def test_opposition_goes_both_ways_and_no_sentence_opposes_itself(left: list[str], right: list[str]) -> None:
    one, other = " ".join(left).replace(".", ""), " ".join(right).replace(".", "")
    assert opposed(one, other) == opposed(other, one)
    assert not opposed(one, one)
