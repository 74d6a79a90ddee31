"""Whether the sentences tell a number of what the question wants counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.counted import uncounted

FOUNDED = "Le magazine est né en 1996 et a changé de formule en 2004."


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        pytest.param("Combien d'abonnés le magazine a-t-il ?", FOUNDED, 1.0, id="years are no subscribers"),
        pytest.param("Combien d'abonnés a-t-il ?", "Il compte 9 000 abonnés.", 0.0, id="the thing itself"),
        pytest.param("Combien d’abonnés a-t-il ?", "Ses abonnés sont 9 000.", 0.0, id="the number behind it"),
        pytest.param("Combien de gens y travaillent ?", "Le site a 300 emplois.", 0.0, id="people for people"),
        pytest.param(
            "Combien de salons y a-t-il ?", "Il en vint deux, puis bien d’autres, à ces salons.", 1.0, id="too far"
        ),
        pytest.param("Combien d'agents ?", "Une cinquantaine d’agents répondent.", 0.0, id="a number in letters"),
        pytest.param("Combien coûte l'inscription ?", FOUNDED, 1.0, id="years are no price"),
        pytest.param("Combien a-t-il payé Sykes ?", "Il l’a acheté 2,2 milliards de dollars.", 0.0, id="a price"),
        pytest.param("Combien a-t-il payé Sykes ?", "Il reçoit 4 millions d’appels.", 1.0, id="millions of what"),
        pytest.param(
            "Combien de clients a-t-il touchés ?", "Il a reçu 40 euros.", 1.0, id="a verb of money, not asked"
        ),
        pytest.param("Combien d'euros ?", "Elle est de 500 €.", 0.0, id="money by its name"),
        pytest.param("Quel est le montant de l'amende ?", "Elle est de 500 €.", 0.0, id="a sign"),
        pytest.param("Quelle part des appels ?", "Sur 40 sites, trois ont répondu.", 1.0, id="no share"),
        pytest.param("Quel pourcentage de femmes ?", "Les femmes sont deux sur trois.", 0.0, id="a share in letters"),
        pytest.param("Combien de temps dure un appel ?", "Un appel dure 6 minutes.", 0.0, id="a duration"),
        pytest.param("Combien de temps dure un appel ?", "Il y eut 6 appels.", 1.0, id="no duration"),
        pytest.param("How many employees does it have?", "Le groupe a 400 salariés.", 0.0, id="in two languages"),
        pytest.param("Qui a fondé le salon ?", FOUNDED, 0.0, id="nothing is to be counted"),
        pytest.param("Combien ?", FOUNDED, 0.0, id="of nothing named"),
    ],
)
def test_a_number_counts_only_of_what_is_asked(question: str, text: str, missing: float) -> None:
    assert uncounted(question, [text]) == missing
    assert uncounted(question, ["Rien ici.", text]) == missing


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_is_judged(question: str, texts: list[str]) -> None:
    assert uncounted(question, texts) in (0.0, 1.0)
    told = ["Il y a 12 visiteurs.", *texts]
    assert uncounted("Combien de visiteurs y a-t-il ?", told) == 0.0
