"""A figure of one sentence joined with those of another that counts the same thing otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.counts import counted_otherwise

GROWN = "En 2016, le groupe emploie 5 000 personnes de 56 nationalités. Deux ans après, il en a 8 000 personnes de 82."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Le groupe emploie 8 000 personnes de 56 nationalités.", GROWN),
        ("En 2016, le groupe emploie 8 000 personnes.", GROWN),
        (
            "La plateforme reçoit 40 appels pour 12 agents.",
            "La plateforme reçoit 30 appels pour 12 agents. Le soir, elle reçoit 40 appels.",
        ),
    ],
)
def test_a_count_of_another_sentence(claim: str, quote: str) -> None:
    assert counted_otherwise(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("En 2016, le groupe emploie 5 000 personnes.", GROWN),
        ("Le groupe est passé de 5 000 personnes à 8 000 personnes, de 56 nationalités à 82.", GROWN),
        ("Le groupe emploie 5 000 personnes de 56 nationalités.", "Le groupe emploie 5 000 personnes de 56 pays."),
        (
            "Le site de 300 salariés a ouvert en 2009.",
            "Le site a ouvert en 2009. Il emploie 300 salariés.",
        ),
        ("", ""),
    ],
)
def test_the_same_count_or_another_thing(claim: str, quote: str) -> None:
    assert not counted_otherwise(claim, quote)


@given(st.text(alphabet="0123456789 .,abcdes%\u00a0é", max_size=80))
def test_no_text_counts_otherwise_than_itself(text: str) -> None:
    assert not counted_otherwise(text, text)
