import json
import threading

import page_fake as fake
import pytest

from page.chat import Asker
from page.export import as_json, markdown, plain
from page.guard import visitor
from page.languages import ENGLISH, FRENCH
from page.line import Line
from page.memory import Memory, Thread, from_body, to_body
from page.opinion import judge
from page.suggest import suggest
from rag.hits import Filters


@pytest.fixture
def assistant() -> fake.FakeAssistant:
    return fake.FakeAssistant()


def asked(assistant, *questions: str, owner: str = "alice") -> Thread:
    thread = Thread(owner)
    for question in questions:
        for exchanges in Asker(assistant, Line(4), FRENCH).ask(
            thread.exchanges, question, Filters(), threading.Event()
        ):
            thread = thread.at(exchanges)
    return thread


def test_a_kept_conversation_comes_back_as_it_was(assistant):
    thread = asked(assistant, "q", "quelle météo ?", "une panne")
    assert from_body(to_body(thread.exchanges), assistant) == thread.exchanges
    memory = Memory(assistant)
    memory.keep(thread)
    assert memory.latest("alice") == thread
    assert memory.listed("alice")[0].name == "q"


def test_nobody_opens_or_takes_over_the_conversation_of_another(assistant):
    thread = asked(assistant, "q")
    memory = Memory(assistant)
    memory.keep(thread)
    assert memory.open("bob", thread.key)[1].exchanges == ()
    assert memory.latest("bob").exchanges == ()
    assert thread.of("bob").exchanges == ()
    assert thread.of("bob").key != thread.key
    assert thread.of("alice") is thread


def test_the_conversation_of_a_page_is_the_store_s_not_what_this_process_remembers(assistant):
    memory, here = Memory(assistant), asked(assistant, "q")
    elsewhere = here.at((*here.exchanges, *asked(assistant, "et après ?").exchanges))
    key = memory.keep(elsewhere)
    assert key == here.key
    assert memory.current("alice", key, here) == elsewhere
    assert memory.current("alice", key, None) == elsewhere
    assert memory.current("alice", "", here).exchanges == ()
    assert memory.current("bob", key, here).exchanges == ()


def test_what_cannot_be_kept_goes_on_in_this_process(assistant, monkeypatch):
    def full(*arguments) -> None:
        raise OSError("no space left")

    memory, here = Memory(assistant), asked(assistant, "q")
    monkeypatch.setattr(type(assistant.store.notes), "keep", full)
    key = memory.keep(here)
    assert memory.current("alice", key, here) is here
    assert memory.current("alice", key, None).exchanges == ()
    assert memory.current("bob", key, here).exchanges == ()
    nobody = asked(assistant, "q", owner="")
    assert memory.current("", memory.keep(nobody), nobody) is nobody


def test_a_browser_without_cookies_keeps_nothing(assistant):
    memory = Memory(assistant)
    memory.keep(asked(assistant, "q", owner=""))
    assert memory.listed("") == []
    assert memory.latest("").exchanges == ()


@pytest.mark.parametrize("cookie", ["", "short", "x" * 33, "é" * 32, "../" * 11])
def test_only_a_cookie_of_ours_names_a_visitor(cookie):
    assert visitor({"standardiste_visitor": cookie}) == ""
    assert visitor({"standardiste_visitor": "aB3-_" * 6 + "zz"}) == "aB3-_" * 6 + "zz"


def test_an_answer_is_exported_with_its_citations(assistant):
    exchanges = asked(assistant, "Qui a *racheté* le SECA ?").exchanges
    assert f"«\u00a0{fake.QUOTE}\u00a0»" in plain(exchanges[0], FRENCH)
    written = markdown("Nom", exchanges, ENGLISH)
    assert "## Qui a \\*racheté\\* le SECA ?" in written
    assert "> — Le salon, A. Martin, En-Contact, 6 February 2013" in written
    citation = json.loads(as_json("Nom", exchanges))["exchanges"][0]["answer"]["citations"][0]
    assert (citation["quote"], citation["date"]) == (fake.QUOTE, "2013-02-06")


def test_suggestions_come_from_headings_that_retrieval_answers(assistant):
    thread = asked(assistant, "q")
    assert suggest(assistant, thread.exchanges, Filters(), FRENCH, lambda: False) == [
        "Que disent les articles sur «\u00a0La vente du salon\u00a0»\u00a0?"
    ]
    assert all(use_model is False for *_, use_model in assistant.asked[1:])


def test_somebody_who_asks_comes_before_suggestions(assistant):
    thread = asked(assistant, "q")
    told = iter([False, True])
    assert suggest(assistant, thread.exchanges, Filters(), FRENCH, lambda: next(told, True)) == []
    assert len(assistant.asked) == 2
    assert suggest(assistant, thread.exchanges, Filters(), FRENCH, lambda: True) == []
    assert len(assistant.asked) == 2


def test_nothing_is_suggested_twice_or_before_an_answer(assistant):
    again = asked(assistant, "Que disent les articles sur «\u00a0La vente du salon\u00a0»\u00a0?")
    assert suggest(assistant, again.exchanges, Filters(), FRENCH, lambda: False) == []
    assert suggest(assistant, asked(assistant, "une panne").exchanges, Filters(), FRENCH, lambda: False) == []


def test_a_second_judgement_of_an_answer_takes_the_place_of_the_first(assistant):
    thread = asked(assistant, "q")
    assert judge(assistant, thread, "bad")
    assert judge(assistant, thread, "bad", " parce que ")
    (kept,) = assistant.store.notes.feedback()
    assert (kept.reason, kept.question, kept.status, kept.model) == ("parce que", "q", "answered", "fake")
    assert not judge(assistant, Thread("alice"), "good")
