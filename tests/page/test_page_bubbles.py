import re
from dataclasses import replace
from html import unescape

import page_fake as fake
import pytest
from hypothesis import given
from hypothesis import strategies as st

from page.bubbles import answer as bubble
from page.bubbles import inert, messages
from page.conversation import Exchange
from page.languages import ENGLISH, FRENCH
from rag.result import Status

MARKUP = "<>[]()!*_`#$\\|~:/.@&'\"{}-+=^%"


@given(st.text())
def test_inert_text_shows_itself_and_holds_nothing_that_markdown_or_html_could_read(text):
    html = inert(text)
    shown = unescape(html.replace("<br>", "\n"))
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    # html.unescape drops references to characters that HTML forbids; none of ours are.
    assert shown == kept
    bare = re.sub(r"&#\d+;|<br>", "", html)
    assert not set(bare) & set(MARKUP)
    assert "\n" not in html


def test_marks_lead_to_the_cards_and_only_real_marks_do():
    html = bubble(fake.answer("q"), None, FRENCH)
    # The second sentence quotes a footnote "[1]" of the article: text, not a mark.
    assert re.findall(r'href="([^"]+)"', html) == ["#source-1", "#source-2"]
    assert re.findall(r'href="([^"]+)"', bubble(fake.answer("q"), 3, FRENCH)) == ["#source-3-1", "#source-3-2"]


def test_a_bubble_has_no_tags_but_its_own():
    html = bubble(fake.answer("q"), None, FRENCH)
    assert set(re.findall(r"</?(\w+)", html)) == {"div", "p", "a", "span"}
    assert fake.NASTY[:-1] in unescape(re.sub(r"<[^>]*>", "", html))


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("answered", "✓ Réponse tirée des articles"),
        ("extractive", "❝ Citations seules"),
        ("corrected", "≠ La question est à corriger"),
        ("not_found", "∅ Les articles ne le disent pas"),
    ],
)
def test_the_status_is_said_in_words(status: Status, words):
    assert plain(bubble(fake.answer("q", status), None, FRENCH)).startswith(words)


def test_an_answer_that_lost_sentences_is_partly_supported_and_says_why():
    html = bubble(replace(fake.answer("q"), notices=("1 phrase a été retirée.",)), None, FRENCH)
    assert plain(html).startswith("◐ Réponse en partie seulement")
    assert "1 phrase a été retirée." in plain(html)
    assert 'class="reply partly"' in html


@pytest.mark.parametrize(
    ("answerable", "texts", "words"),
    [
        (0.934, FRENCH, "presque certainement la réponse (93 %)"),
        (0.75, FRENCH, "très probablement"),
        (0.55, ENGLISH, "probably hold the answer (55%)"),
        (0.31, ENGLISH, "perhaps"),
    ],
)
def test_the_confidence_is_said_in_words_and_in_hundredths(answerable, texts, words):
    assert words in plain(bubble(replace(fake.answer("q"), answerable=answerable), None, texts))


def test_a_refusal_says_whether_the_search_or_the_check_failed():
    refusal = fake.answer("q", "not_found")
    assert "peu probable que les articles" in plain(bubble(refusal, None, FRENCH))
    assert "s'appuyer" in plain(bubble(replace(refusal, answerable=0.95), None, FRENCH))


def test_notices_are_shown_as_text():
    html = bubble(fake.answer("q", "extractive"), None, FRENCH)
    assert "demandé" in html
    assert "<i>" not in html


def test_a_draft_shows_with_the_word_that_it_is_unchecked():
    question, reply = messages((Exchange("q <b>", "writing", draft="Il a été [1] **vendu**"),), FRENCH)
    assert question == {"role": "user", "content": '<div class="question">q &#60;b&#62;</div>'}
    assert "pas encore" in reply["content"]
    assert "href" not in reply["content"]
    assert "**" not in reply["content"]


def test_a_failure_shows_its_sentence():
    reply = messages((Exchange("q", "failed", note="Une <phrase>."),), FRENCH)[1]
    assert "Une &#60;phrase&#62;&#46;" in reply["content"]
