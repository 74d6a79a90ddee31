"""Numbers counted by something else."""

from __future__ import annotations

import pytest

from rag.rates import rated_otherwise

FINED = "La société s’est vu infliger 253 275 euros pour 3 377 appels, soit 75 euros chacun. Elle a fait appel."


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        pytest.param("Elle a payé 253 275 euros par appel.", FINED, True, id="the whole told as the part"),
        pytest.param("Elle a payé 75 euros par appel.", FINED, False, id="the part"),
        pytest.param("Elle a payé 253\u202f275 euros pour 3 377 appels.", FINED, False, id="the whole"),
        pytest.param("Elle a payé 80 euros par appel.", FINED, False, id="another gate's"),
        pytest.param("Il coûte 0,80 euro par appel.", "Chaque appel coûte 0,80 euro.", False, id="said before"),
        pytest.param("Voxia emploie 500 agents par site.", "Ses 12 sites emploient 500 agents.", True, id="in all"),
        pytest.param("Voxia reçoit 500 appels par jour.", "Voxia reçoit 500 appels.", False, id="times are not told"),
        pytest.param("500 personnes par la suite.", "500 personnes.", False, id="no rate"),
        pytest.param("Calls cost 5 euros per customer.", "It cost 5 euros.", True, id="in English"),
        pytest.param("", "", False, id="nothing"),
    ],
)
def test_a_number_is_counted_by_what_the_quote_counts_it_by(claim: str, quote: str, expected: bool) -> None:
    assert rated_otherwise(claim, quote) is expected
