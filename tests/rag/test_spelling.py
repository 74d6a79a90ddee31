"""Words that the index does not hold are searched as its nearest word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.retrieve import Retriever
from rag.spelling import respelt

VOCABULARY = {
    "a": {"appel": 90, "abandon": 9, "apple": 1},
    "c": {"centr": 80, "conseil": 70},
    "m": {"moment": 5},
    "t": {"telephon": 40},
    "w": {"webhelp": 12},
}


@pytest.mark.parametrize(
    ("term", "wanted"),
    [
        ("apel", "appel"),
        ("apepl", "appel"),
        ("dapel", "appel"),
        ("dabandon", "abandon"),
        ("telefon", "telephon"),
        ("webelp", "webhelp"),
        ("consseil", "conseil"),
    ],
    ids=["letter missing", "letters swapped", "elided and misspelt", "elided", "two edits", "name", "letter doubled"],
)
def test_a_misspelt_word_becomes_the_nearest_of_the_index(term, wanted):
    assert respelt([term], VOCABULARY) == (wanted,)


@pytest.mark.parametrize(
    "term",
    ["appel", "app", "coment", "zappel", "bonjour", "2013", "b2b2b", ""],
    ids=["known", "short", "function word", "first letter", "far", "number", "digits", "empty"],
)
def test_what_may_be_right_stays(term):
    assert respelt([term], VOCABULARY, {"comment"}) == ()


def test_of_equally_near_words_the_more_frequent_is_meant():
    assert respelt(["apppl"], VOCABULARY) == ("appel",)


def test_what_is_searched_anyway_is_not_added():
    assert respelt(["apel", "appel"], VOCABULARY) == ()


@settings(deadline=None)
@given(st.lists(st.text("abcdefgé2' ", max_size=12), max_size=5))
def test_only_words_of_the_index_are_added(terms):
    assert set(respelt(terms, VOCABULARY)) <= {word for words in VOCABULARY.values() for word in words}


def test_a_misspelt_question_finds_its_article(filled, encoder):
    found = Retriever(filled, encoder).search("prestatairs et donneur dordres")
    assert found.hits[0].article == "prix"
    assert "prestatair" in found.terms


def test_the_vocabulary_follows_the_articles(store, encoder, folder):
    from rag.build import index

    assert store.vocabulary() == {}
    index(store, encoder, [folder])
    assert store.vocabulary()["t"]["tarif"] == 1
    store.remove("prix")
    assert "tarif" not in store.vocabulary()["t"]
