"""Whose article a question names, and that what is only spoken of is no source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from rag.attributed import attributed
from rag.hits import Filters, Hit
from rag.retrieve import Retriever
from rag.shelf import add

AUTHOR = Filters(author="Jeanne Morel")
BLOG = Filters(publication="Paroles de plateau")
COMPANY = Filters(publication="Orange")


def _hit(author: str | None, publication: str | None) -> Hit:
    return Hit(1, "a", 0, 1.0, "", 0, 0, "", author, publication, None, "", "", "fr", (), 0.0, 0.0, 0.0)


HITS = (_hit("Jeanne Morel", "Orange"), _hit(None, "Paroles de plateau"))


@pytest.mark.parametrize(
    ("question", "language", "rest", "filters"),
    [
        ("Selon Jeanne Morel, que veulent les clients ?", "fr", "Que veulent les clients ?", AUTHOR),
        ("Selon Morel, que veulent les clients ?", "fr", "Que veulent les clients ?", AUTHOR),
        ("Qu'est-ce que le bal dont parle Jeanne Morel ?", "fr", "Qu'est-ce que le bal ?", AUTHOR),
        ("Que reproche Jeanne Morel aux marques ?", "fr", "Que reproche-t-il aux marques ?", AUTHOR),
        ("À quoi Jeanne Morel compare-t-elle un plateau ?", "fr", "À quoi compare-t-elle un plateau ?", AUTHOR),
        ("Que pensent Jeanne Morel des primes ?", "fr", "Que pensent-ils des primes ?", AUTHOR),
        ("What does Jeanne Morel see in outsourcing?", "en", "What does it see in outsourcing?", AUTHOR),
        ("According to Jeanne Morel, who pays?", "en", "Who pays?", AUTHOR),
        ("¿Según Jeanne Morel, qué piden los clientes?", "es", "¿qué piden los clientes?", AUTHOR),
        (
            "De quoi le blog Paroles de plateau accuse-t-il le syndicat ?", "fr",
            "De quoi accuse-t-il le syndicat ?", BLOG,
        ),
        ("What does the Paroles de plateau blog say about growth?", "en", "What does it say about growth?", BLOG),
        ("Que dit Orange de ses conseillers ?", "fr", "Que dit-il de ses conseillers ?", COMPANY),
    ],
)  # fmt: skip
def test_a_source_is_left_out_and_kept_to(question, language, rest, filters):
    found = attributed(question, HITS, language)
    assert found is not None
    assert (found.question, found.filters) == (rest, filters)


@pytest.mark.parametrize(
    "question",
    [
        "Combien de salariés compte Orange ?",
        "Pourquoi Orange a-t-il racheté un concurrent ?",
        "Pourquoi Orange propose-t-il un numéro gratuit ?",
        "Qui a fondé le magazine Paroles de plateau ?",
        "Qui Jeanne Morel cite-t-elle ?",
        "Qui est Jeanne Morel ?",
        "Selon Paul Durand, que veulent les clients ?",
        "",
    ],
)
def test_what_is_spoken_of_is_no_source(question):
    assert attributed(question, HITS, "fr") is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_around_a_source_is_read(before, after):
    found = attributed(f"{before} Jeanne Morel {after}", HITS, "fr")
    assert found is None or (found.filters == AUTHOR and found.question)


def test_the_search_keeps_to_the_source(store, encoder):
    for name, author, text in (
        ("m", "Jeanne Morel", "La prime au rendez-vous rend les conseillers pressés."),
        ("o", "Paul Durand", "La prime au rendez-vous plaît aux conseillers."),
    ):
        add(store, encoder, Article(name, "Un métier", text, author, None, None, "fr", name), name)
    search = Retriever(store, encoder).search
    found = search("Que pense Jeanne Morel de la prime au rendez-vous ?")
    assert {hit.article for hit in found.hits} == {"m"}
    assert found.asked == "Que pense-t-il de la prime au rendez-vous ?"
    assert found.search_question == "Que pense Jeanne Morel de la prime au rendez-vous ?"
    assert {hit.article for hit in search("Que pense-t-on de la prime au rendez-vous ?").hits} == {"m", "o"}
    # A filter that the reader of the page has set is not put aside.
    other = search("Que pense Jeanne Morel de la prime ?", filters=Filters(author="Paul Durand"))
    assert {hit.article for hit in other.hits} == {"o"}
