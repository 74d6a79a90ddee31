import re
from dataclasses import replace
from html import unescape

import page_fake as fake
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Span
from page.languages import ENGLISH, FRENCH, preferred
from page.reader import article_html, show

TAG = re.compile(r"<[^>]*>")
WRITTEN = replace(
    fake.ARTICLE,
    text="Le salon\n\nUn <début>.\nSuite.\n\nCe qu'on dit\nIl a été vendu.\n\nLa fin & rien.",
    headings=(Span(0, 8), Span(30, 42)),
)


def shown(html: str) -> str:
    return " ".join(unescape(TAG.sub(" ", html.partition("</header>")[2])).split())


def test_headings_are_headings_and_paragraphs_paragraphs():
    html = article_html(WRITTEN, Span(0, 0), FRENCH)
    assert "<h2>Le salon</h2>" in html
    assert "<h3>Ce qu&#x27;on dit</h3><p>Il a été vendu.</p>" in html
    assert "<p>Un &lt;début&gt;.\nSuite.</p>" in html
    assert "A. Martin · En-Contact · 6 février 2013" in html


@given(start=st.integers(0, 80), length=st.integers(0, 80))
def test_a_mark_covers_its_span_and_nothing_is_lost(start, length):
    end = start + length
    html = article_html(WRITTEN, Span(start, end), FRENCH)
    marked = "".join(unescape(TAG.sub("", piece)) for piece in re.findall(r"<mark>(.*?)</mark>", html, re.DOTALL))
    assert "".join(marked.split()) == "".join(WRITTEN.text[start:end].split())
    assert shown(html) == " ".join(WRITTEN.text[8:].split()) or "<mark>" in html


def test_an_article_without_a_title_in_its_text_keeps_all_of_its_text():
    html = article_html(replace(fake.OTHER, text="Un texte."), Span(0, 0), ENGLISH)
    assert "<script" not in html
    assert "<p>Un texte.</p>" in html


def test_an_article_that_is_gone_is_a_sentence():
    gone = show(fake.FakeAssistant(), "nowhere", 0, 0, ENGLISH)
    assert not gone.found
    assert "no longer in the library" in gone.html


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("en-GB,en;q=0.9,fr;q=0.8", ENGLISH),
        ("de,fr;q=0.5,en;q=0.4", FRENCH),
        ("de", FRENCH),
        ("", FRENCH),
        ("en;q=0,fr;q=x", FRENCH),
    ],
)
def test_the_browser_says_which_language_it_wants(header, texts):
    assert preferred(header) is texts
