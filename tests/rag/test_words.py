"""Folding, stemming, languages and numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import figures, fold, language_of, numbers, stems, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Été", "ete"), ("L’œuvre", "l'oeuvre"), ("ÆGIS", "aegis"), ("ﬁn", "fin"), ("ÇA", "ca")],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_apostrophes_and_hyphens_part_words():
    assert words("l’agent d'appels off-shore") == ["l", "agent", "d", "appels", "off", "shore"]


@pytest.mark.parametrize(
    ("one", "other"), [("qualité", "qualite"), ("délocalisée", "DELOCALISEE"), ("clients", "client")]
)
def test_accents_case_and_number_make_no_difference(one, other):
    assert stems(one) == stems(other) != []


def test_stop_words_have_no_stem():
    assert stems("Que dit le de la les pour ?") == []


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("À qui le SECA a-t-il été revendu ?", "fr"),
        ("What is Stratégie Clients?", "en"),
        ("Who bought the SECA show?", "en"),
        ("¿Quién compró el SECA?", "es"),
        ("Por qué desaparecen los proveedores del salón", "es"),
        ("SECA", "fr"),
        ("Bloctel", "fr"),
        ("Quel est le prix de l'heure au Maroc ?", "fr"),
        ("prix de l'offshore", "fr"),
        ("Which company did they sell it to?", "en"),
        ("", "fr"),
    ],
)
def test_language_of_a_question(question, language):
    assert language_of(question) == language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 544 cadres", ["12544"]),
        ("12\u202f544 cadres", ["12544"]),
        ("12.544 cadres", ["12544"]),
        ("4,8 milliards", ["4", "8"]),
        ("en 2013, à 14H20", ["2013", "14", "20"]),
        ("rien", []),
    ],
)
def test_numbers(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("vingt-quatre heures sur vingt-quatre", "fr", {"24"}),
        ("quatre-vingt-dix pour cent", "fr", {"90"}),
        ("4,8 millions et 90 pour cent", "fr", {"4", "8", "90"}),
        ("un directeur neuf", "fr", set()),
        ("twenty-four agents, 30 per cent", "en", {"24", "30"}),
        ("treinta agentes, 30 por ciento", "es", {"30"}),
        ("ein Anruf", "de", set()),
        ("1 appel, une ancienne usine", "fr", {"1"}),
        ("une trentaine de postes", "fr", {"30"}),
        ("des centaines de postes", "fr", set()),
        ("le 30 juin 2025", "fr", {"30", "2025", "m6"}),
        ("June 30, 2025", "en", {"30", "2025", "m6"}),
        ("el 30 de junio de 2025", "es", {"30", "2025", "m6"}),
        ("fin septembre", "fr", {"m9"}),
        ("le groupe Mars, la CNIL et août", "fr", set()),
        ("it may march", "en", set()),
    ],
)
def test_figures_in_letters(text, language, found):
    assert found <= figures(text, language)
    assert figures(text, language) == found
