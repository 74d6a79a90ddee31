import re
from dataclasses import replace
from datetime import date

import page_fake as fake
import pytest

from corpus.article import Article, Span
from page.languages import ENGLISH, FRENCH
from page.overview import survey, topics, years
from page.plots import bars, overview_html, timeline
from page.table import article_table


@pytest.fixture
def assistant() -> fake.FakeAssistant:
    return fake.FakeAssistant()


def test_articles_are_listed_with_their_dates_in_words_and_nothing_becomes_markup(assistant):
    html = article_table(assistant.articles(), FRENCH)
    assert '<td data-name="Date" data-sort="2013-02-06">6 février 2013</td>' in html
    assert "<script" not in html
    assert html.count("<tr") == 3
    assert "2 articles sur 2" in html


def test_an_empty_store_says_so():
    assert "Aucun article" in article_table([], FRENCH)
    assert "Aucun article" in overview_html(survey([], fake.ARTICLES.__getitem__), FRENCH)


def test_years_without_articles_stand_between_those_with(assistant):
    row = next(row for row in assistant.articles() if row.date)
    rows = [row, row, replace(row, date=date(2015, 1, 1)), replace(row, date=None)]
    assert years(rows) == ((2013, 2), (2014, 0), (2015, 1))
    html = timeline(years(rows), ENGLISH)
    assert 'aria-label="2013: 2 articles"' in html
    assert "height:100%" in html
    assert re.search(r'data-year="2014"[^>]* disabled', html)


def test_the_overview_counts_and_escapes(assistant):
    overview = survey(assistant.articles(), assistant.article)
    assert (overview.articles, overview.undated) == (2, 1)
    assert overview.publications == (("En-Contact", 1),)
    html = overview_html(overview, FRENCH)
    assert "2 articles en" in html
    assert "<script" not in html


def test_bars_beyond_the_longest_list_are_summed_up():
    html = bars([(f"<{number}>", 20 - number) for number in range(12)], FRENCH)
    assert html.count("<li>") == 9
    assert "Autres" in html
    assert "&lt;0&gt;" in html


def test_topics_are_what_titles_share_and_not_what_every_text_says():
    def article(name: str, title: str, text: str):
        return replace(fake.ARTICLE, id=name, title=title, text=f"{title}\n\n{text}", headings=(Span(0, len(title)),))

    articles = [
        article("a", "Le démarchage recule", "Un client raccroche. Bloctel suit."),
        article("b", "Le démarchage et le client", "Un client écoute."),
        article("c", "Le client attend", "Rien de plus."),
    ]
    found = topics(articles)
    assert found[0] == ("démarchage", 2)
    assert "bloctel" not in dict(found)


def test_a_verb_of_headings_is_no_topic():
    def article(name: str, title: str) -> Article:
        text = f"{title}\n\nUn centre ferme. Les centres naissent et le décollage dure."
        return replace(fake.ARTICLE, id=name, title=title, text=text, headings=(Span(0, len(title)),))

    found = topics([article("a", "Les plateaux naissent, décollage"), article("b", "Naissent alors, au décollage")])
    assert "décollage" in dict(found)
    assert "naissent" not in {name.lower() for name in dict(found)}
