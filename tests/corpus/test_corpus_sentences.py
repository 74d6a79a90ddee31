from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import sentence_spans

ONE_SENTENCE = [
    "M. Durand et Mme Petit, p. ex., ont signé.",
    "Voir cf. art. 3 du contrat, n° 5, p. 12 et fig. 2.",
    "Selon le Dr Morel, cité par M. Le Goff, rien ne change.",
    "La note de H. Castaing et de J.-P. Martin circule.",
    "Le temple date du Ier siècle av. J.-C. et tient debout.",
    "Il coûte 1,5 million, soit 3.000 euros par poste et 2.5 par appel.",
    "Les agents… attendent encore.",
    "« Pourquoi pas ? » demande-t-elle.",
    "Il répond : « Oui. Tout de suite. » en souriant.",
    "Trois équipes (nuit, jour, etc.) se relaient.",
    "Le site www.exemple.fr répond.",
    "1. Préparer les plannings",
    "La S.A. Valdor recrute.",
    "L'outil (voir p. 3. et suiv.) marche.",
]


@pytest.mark.parametrize("text", ONE_SENTENCE, ids=range(len(ONE_SENTENCE)))
def test_french_stops_that_end_nothing(text: str) -> None:
    assert [text[span.start : span.end] for span in sentence_spans(text, "fr")] == [text]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Qui paye ?", "Le client !", "Vraiment ?!", "Oui."],
        ["Il partit…", "Puis plus rien."],
        ["« Nous partons. »", "Elle sourit."],
        ["On vend des postes, des casques, etc.", "Le reste suit."],
        ["(Tous étaient là !)", "Nul ne parla."],
        ["Le plateau ferme en 2012.", "40 personnes partent."],
        ["Il naquit en 30 av. J.-C.", "Les Romains régnaient."],
        ["Tous sympas (vraiment !).", "Mais fatigués."],
        ["Il l'a dit : « C'est fini. »", "Et ce fut fini."],
        ["Une ligne sans point", "Une autre"],
    ],
    ids=lambda sentences: sentences[0],
)
def test_french_stops_that_end_a_sentence(sentences: list[str]) -> None:
    joiner = "\n" if sentences[0][-1].isalpha() else " "
    text = joiner.join(sentences)
    assert [text[span.start : span.end] for span in sentence_spans(text, "fr")] == sentences


def test_a_lost_space_after_a_stop_is_forgiven() -> None:
    text = "Le conseiller raccroche.Une autre ligne sonne. Est-ce tout ?Non."
    found = [text[span.start : span.end] for span in sentence_spans(text, "fr")]
    assert found == ["Le conseiller raccroche.", "Une autre ligne sonne.", "Est-ce tout ?", "Non."]


def test_a_long_quotation_is_broken() -> None:
    long = "Nous avons écouté les conseillers pendant des semaines entières. "
    text = f"« {long * 5}»"
    assert len(sentence_spans(text, "fr")) == 5


def test_other_languages_are_split() -> None:
    text = "Dr. Smith called. Nobody answered! Why?"
    found = [text[span.start : span.end] for span in sentence_spans(text, "en")]
    assert found == ["Dr. Smith called.", "Nobody answered!", "Why?"]


@given(
    st.text(st.sampled_from("aéÀM1 .!?…«»()\n\u00a0'’\"-,😀\u0301"), max_size=120),
    st.sampled_from(["fr", "en", "ar", "??"]),
)
def test_everything_but_white_space_is_in_a_sentence(text: str, language: str) -> None:
    spans = sentence_spans(text, language)
    position = 0
    for span in spans:
        assert position <= span.start < span.end
        assert not text[position : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
    assert not text[position:].strip()


@pytest.mark.parametrize("piece", [".", ". ", "«", "(a. ", "a. »", "M. ", "?! "])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_hostile_text_takes_no_time(piece: str, language: str) -> None:
    text = piece * (300_000 // len(piece))
    begun = time.perf_counter()
    sentence_spans(text, language)
    assert time.perf_counter() - begun < 5
