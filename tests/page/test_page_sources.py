import re
from dataclasses import replace
from datetime import date
from html import unescape

import page_fake as fake
import pytest
from hypothesis import given
from hypothesis import strategies as st

from page.conversation import Exchange, place
from page.languages import ENGLISH, FRENCH, texts_for
from page.sources import cited_card, hit_card, panel
from rag.hits import Hit
from rag.store import StoreError

TAG = re.compile(r"<[^>]*>")


def passage(card: str) -> str:
    """The text that a reader sees in the card's passage."""
    return unescape(TAG.sub("", re.search(r"<blockquote[^>]*>(.*)</blockquote>", card, re.DOTALL)[1]))


def marked(card: str) -> str:
    return unescape(re.search(r"<mark>(.*)</mark>", card, re.DOTALL)[1])


def no_article(article: str):
    raise AssertionError(f"{article} was read although a hit holds the quote")


def test_quote_is_marked_inside_the_passage_that_was_found():
    card = cited_card(place(fake.citation(fake.ARTICLE, fake.QUOTE), [fake.SECOND, fake.FIRST], no_article), FRENCH)
    assert marked(card) == fake.QUOTE
    assert passage(card) == fake.FIRST.text
    assert 'id="source-1"' in card
    assert 'lang="fr"' in card
    assert "A. Martin · En-Contact · 6 février 2013" in card


def test_quote_without_a_hit_is_marked_inside_its_paragraph_of_the_article():
    card = cited_card(place(fake.citation(fake.ARTICLE, fake.QUOTE), [], fake.ARTICLES.__getitem__), FRENCH)
    assert marked(card) == fake.QUOTE
    assert passage(card) == fake.FIRST.text


@pytest.mark.parametrize("error", [KeyError("gone"), StoreError("gone")])
def test_quote_of_an_article_that_is_gone_is_shown_alone(error):
    def gone(article: str):
        raise error

    card = cited_card(place(fake.citation(fake.ARTICLE, fake.QUOTE), [], gone), FRENCH)
    assert passage(card) == marked(card) == fake.QUOTE


def test_quote_that_moved_is_shown_alone_rather_than_marking_other_words():
    moved = replace(fake.citation(fake.ARTICLE, fake.QUOTE), start=60, end=60 + len(fake.QUOTE))
    assert passage(cited_card(place(moved, [fake.FIRST, fake.SECOND], fake.ARTICLES.__getitem__), FRENCH)) == fake.QUOTE


@given(before=st.text(), quote=st.text(min_size=1), after=st.text(), offset=st.integers(0, 50))
def test_stripping_tags_gives_back_the_passage_and_the_quote(before, quote, after, offset):
    text = before + quote + after
    hit = replace(fake.FIRST, text=text, start=offset, end=offset + len(text))
    start = offset + len(before)
    citation = replace(fake.citation(fake.ARTICLE, fake.QUOTE), quote=quote, start=start, end=start + len(quote))
    card = cited_card(place(citation, [hit], no_article), FRENCH)
    assert passage(card) == text
    assert marked(card) == quote
    assert passage(hit_card(hit, FRENCH)) == text


@pytest.mark.parametrize("field", ["text", "title", "author", "publication", "heading", "language", "source"])
def test_nothing_of_a_hit_becomes_markup(field):
    nasty = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    html = hit_card(replace(fake.FIRST, **{field: nasty}), FRENCH)
    assert "<script" not in html
    assert "<img" not in html
    assert not re.search(r'="[^"]*"[^ >/]', html), "a quote broke out of its attribute"


@pytest.mark.parametrize(
    ("texts", "day", "written"),
    [
        (FRENCH, date(2013, 2, 6), "6 février 2013"),
        (FRENCH, date(2020, 5, 1), "1er mai 2020"),
        (FRENCH, date(1999, 12, 31), "31 décembre 1999"),
        (ENGLISH, date(2013, 2, 1), "1 February 2013"),
    ],
)
def test_dates_are_written_in_words(texts, day, written):
    assert texts.day(day) == written


@pytest.mark.parametrize(("language", "texts"), [("fr", FRENCH), ("en", ENGLISH), ("es", FRENCH)])
def test_a_language_that_the_page_does_not_speak_falls_back(language, texts):
    assert texts_for(language) is texts


def finished(question: str, status: str = "answered") -> Exchange:
    answer = fake.answer(question, status)
    cards = tuple(place(citation, answer.hits, no_article) for citation in answer.citations)
    return Exchange(question, "done", answer.hits, "", answer, cards)


def test_panel_shows_passages_while_the_answer_is_written():
    html = panel((Exchange("q", "writing", (fake.FIRST,)),), FRENCH)
    assert "Passages trouvés" in html
    assert passage(html) == fake.FIRST.text


def test_panel_of_a_refusal_shows_the_nearest_passages():
    html = panel((finished("q", "not_found"),), FRENCH)
    assert "Passages les plus proches" in html
    assert "<mark>" not in html


def test_panel_keeps_earlier_sources_under_their_own_names():
    html = panel((finished("<première>"), finished("deuxième")), FRENCH)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert {"source-1", "source-2", "source-1-1", "source-1-2"} <= set(ids)
    assert "&lt;première&gt;" in html


def test_panel_says_when_nothing_was_found():
    hits: tuple[Hit, ...] = ()
    assert "Aucun passage" in panel((Exchange("q", "writing", hits),), FRENCH)
