"""Which kind of answer a question expects, and which texts hold it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.expected import untyped


@pytest.mark.parametrize(
    ("question", "language", "holds", "lacks"),
    [
        ("En quelle année le salon a-t-il été vendu ?", "fr", "Il a été vendu en 2004.", "Il a été vendu à Tarsus."),
        ("Quand le salon a-t-il été vendu ?", "fr", "C'était en mars.", "Le salon a été vendu."),
        ("Où et quand le forum s'est-il tenu ?", "fr", "À Paris, en février.", "À Paris."),
        ("Combien de conseillers y travaillent ?", "fr", "Ils sont trois cents.", "Ils sont nombreux."),
        ("How many people attended?", "en", "150 décideurs étaient là.", "Des décideurs étaient là."),
        ("¿Cuántos empleados tiene?", "es", "Elle compte 900 salariés.", "Elle compte des salariés."),
        ("What is the average handling time?", "en", "Elle dure 4 minutes.", "La durée des appels compte."),
        ("Quelle part des emplois est occupée par des femmes ?", "fr", "Deux emplois sur trois.", "Des femmes."),
        ("Combien de temps attend-on ?", "fr", "On attend trois minutes.", "On attend depuis 2004."),
        ("Quel est le prix du casque ?", "fr", "Il coûte 90 €.", "Il coûte cher depuis 2004."),
        ("Qui dirige le SP2C ?", "fr", "Caroline Adam le préside.", "Le SP2C a un président."),
    ],
)
def test_the_expected_kind_is_told_from_others(question, language, holds, lacks):
    assert untyped(question, language, [holds]) == 0.0
    assert untyped(question, language, [lacks]) == 1.0
    assert untyped(question, language, [holds, lacks]) == 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Que faire quand un client crie ?",
        "Pourquoi le salon a-t-il été vendu ?",
        "Quand l'article sur le SECA a-t-il été publié ?",
        "Qui a écrit l'éditorial ?",
        "À qui s'adresse la norme ?",
    ],
)
def test_other_questions_expect_nothing_of_a_text(question):
    assert untyped(question, "fr", ["Rien."]) == 0.0


def test_what_the_question_says_itself_does_not_count():
    assert untyped("Combien de conseillers Acme avait-elle en 2004 ?", "fr", ["En 2004, Acme en avait."]) == 1.0


@given(st.text(max_size=60), st.sampled_from(["fr", "en", "es", "de"]), st.lists(st.text(max_size=30), max_size=4))
def test_it_is_a_share(question, language, texts):
    assert 0.0 <= untyped(question, language, texts) <= 1.0
