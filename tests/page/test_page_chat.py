import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date

import page_fake as fake
import pytest

from page import chat
from page.assistant import AssistantUnavailable, OpeningAssistant
from page.conversation import Conversation, Exchange, history
from page.languages import FRENCH
from page.line import Line
from rag.followup import Turn
from rag.hits import Filters
from rag.result import Finished, Found


def asker(assistant, every: float = 0, line: Line | None = None) -> chat.Asker:
    return chat.Asker(assistant, line or Line(4), FRENCH, every)


def ask(assistant, question: str, conversation: Conversation = (), every: float = 0) -> list[Conversation]:
    return list(asker(assistant, every).ask(conversation, question, Filters(), threading.Event()))


def test_passages_come_first_then_the_draft_then_the_answer():
    steps = [step[-1] for step in ask(fake.FakeAssistant(), "q")]
    assert [step.stage for step in steps] == ["searching", "writing", "writing", "done"]
    assert [len(step.hits) for step in steps] == [0, 2, 2, 2]
    assert [bool(step.draft) for step in steps] == [False, False, True, True]
    assert [card.quote for card in steps[-1].cards] == [fake.QUOTE, fake.NASTY]


def test_drafts_are_shown_in_batches():
    class Chatty(fake.FakeAssistant):
        def stream(self, question, *rest) -> Iterator:
            yield Found((), question)
            yield from (fake.Draft("x" * n) for n in range(1000))
            yield Finished(fake.answer(question))

    assert len(ask(Chatty(), "q", every=math.inf)) == 3
    assert len(ask(Chatty(), "q", every=60)) == 3


def test_history_is_built_from_what_the_server_answered():
    assistant = fake.FakeAssistant()
    first = ask(assistant, "une panne")[-1]
    second = ask(assistant, "la première", first)[-1]
    third = ask(assistant, "et après ?", second)[-1]
    assert assistant.asked[1][1] == []
    assert assistant.asked[2][1] == [Turn("user", "la première"), Turn("assistant", second[-1].answer.answer)]
    assert len(history(third)) == 4


def test_an_error_becomes_one_sentence_and_is_logged(caplog):
    last = ask(fake.FakeAssistant(), "une panne")[-1][-1]
    assert (last.stage, last.note) == ("failed", FRENCH.failed)
    assert "secret" in caplog.text


def test_a_stream_that_ends_without_an_answer_is_a_failure(caplog):
    class Short(fake.FakeAssistant):
        def stream(self, question, *rest) -> Iterator:
            yield Found((), question)

    assert ask(Short(), "q")[-1][-1].stage == "failed"


def test_stopping_closes_the_stream_and_keeps_the_draft():
    assistant = fake.FakeAssistant()
    stopped = threading.Event()
    for conversation in asker(assistant).ask((), "attends", Filters(), stopped):
        if conversation[-1].draft.startswith("Il a été revendu"):
            stopped.set()
    assert conversation[-1].note == FRENCH.stopped
    assert conversation[-1].draft.startswith("Il a été revendu")
    assert history(conversation) == []
    assert assistant.closed.wait(10)


def test_a_silent_model_can_be_stopped():
    silent = threading.Event()

    class Silent(fake.FakeAssistant):
        def stream(self, question, *rest) -> Iterator:
            yield Found((), question)
            silent.wait(60)

    stopped = threading.Event()
    for conversation in asker(Silent()).ask((), "q", Filters(), stopped):
        if conversation[-1].stage == "writing":
            stopped.set()
    assert conversation[-1].stage == "stopped"
    silent.set()


def test_a_reader_who_leaves_stops_the_assistant():
    assistant = fake.FakeAssistant()
    steps = asker(assistant).ask((), "attends", Filters(), threading.Event())
    while not next(steps)[-1].draft:
        pass
    steps.close()
    assert assistant.closed.wait(10)


@pytest.mark.parametrize("text", ["", "   \n\t", None], ids=["empty", "white space", "nothing"])
def test_a_blank_question_gets_a_hint(text):
    with pytest.raises(chat.Refused, match="Écrivez"):
        chat.read_question(text, FRENCH)


def test_a_long_question_is_refused_with_both_lengths():
    with pytest.raises(chat.Refused, match=r"2001 caractères.*2000"):
        chat.read_question("x" * 2001, FRENCH)
    assert len(chat.read_question("x" * 2000, FRENCH)) == 2000


def test_half_a_character_does_not_break_the_page():
    assert chat.read_question(" a\ud800b ", FRENCH) == "a?b"


@pytest.mark.parametrize(
    ("form", "filters"),
    [
        (("", "", None, None), Filters()),
        ((None, None, " ", ""), Filters()),
        (("En-Contact", "A. Martin", None, None), Filters(publication="En-Contact", author="A. Martin")),
        (("", "", "2010", " 2013"), Filters(since=date(2010, 1, 1), until=date(2013, 12, 31))),
        (("", None, "2013", "2013"), Filters(since=date(2013, 1, 1), until=date(2013, 12, 31))),
    ],
)
def test_filters_are_whole_years(form, filters):
    assert chat.read_filters(*form, FRENCH) == filters


@pytest.mark.parametrize(
    "form", [("", "", "20133", ""), ("", "", "", "-5"), ("", "", "inf", ""), ("", "", "2014", "2013")]
)
def test_years_that_make_no_sense_are_refused(form):
    with pytest.raises(chat.Refused, match="année"):
        chat.read_filters(*form, FRENCH)


def test_the_first_question_waits_for_the_assistant():
    gate = threading.Event()

    def opened() -> fake.FakeAssistant:
        gate.wait(10)
        return fake.FakeAssistant()

    steps = asker(OpeningAssistant(opened)).ask((), "q", Filters(), threading.Event())
    assert next(steps)[-1].stage == "searching"
    gate.set()
    assert list(steps)[-1][-1].stage == "done"


def test_an_assistant_that_cannot_open_is_a_sentence_and_is_tried_again(caplog):
    attempts = iter([OSError("Les poids manquent.\nTraceback"), OSError("Encore."), fake.FakeAssistant()])
    tried = threading.Event()

    def opened() -> fake.FakeAssistant:
        attempt = next(attempts)
        tried.set()
        if isinstance(attempt, Exception):
            raise attempt
        return attempt

    assistant = OpeningAssistant(opened)
    assistant.start()
    assert tried.wait(10)
    last = ask(assistant, "q")[-1][-1]
    assert last.note == FRENCH.unavailable.format(reason="Encore.")
    assert ask(assistant, "q")[-1][-1].stage == "done"


def test_the_sentence_of_an_opening_error_is_its_first_line():
    def opened() -> fake.FakeAssistant:
        raise OSError("\n  Les poids manquent : standardiste doctor.\n  more")

    with pytest.raises(AssistantUnavailable, match=r"^Les poids manquent : standardiste doctor\.$"):
        OpeningAssistant(opened).opened()


def test_who_waits_is_told_their_place_and_is_served_in_turn():
    line, assistant = Line(1), fake.FakeAssistant()
    with line.place():
        steps = asker(assistant, line=line).ask((), "q", Filters(), threading.Event())
        assert next(steps)[-1] == Exchange("q", "waiting", note=FRENCH.waiting_one)
        with line.place():
            pass
    assert [step[-1].stage for step in steps][0] == "searching"
    assert not line.busy


def test_who_stops_waiting_leaves_the_line():
    line, stopped = Line(1), threading.Event()
    with line.place():
        steps = asker(fake.FakeAssistant(), line=line).ask((), "q", Filters(), stopped)
        next(steps)
        stopped.set()
        assert list(steps)[-1][-1].stage == "stopped"
    assert not line.busy


def test_places_in_the_line_are_told_no_more_often_than_people_read():
    line, before = Line(1), ExitStack()
    places = [before.enter_context(ExitStack()) for _ in range(5)]
    with before:
        for place in places:
            place.enter_context(line.place())
        who = chat.Asker(fake.FakeAssistant(), line, FRENCH, every_place=60.0)
        steps = who.ask((), "q", Filters(), threading.Event())
        assert next(steps)[-1].note == FRENCH.waiting.format(ahead=5)
        for place in places:
            place.close()
    assert "waiting" not in [step[-1].stage for step in steps]


def test_what_an_earlier_answer_did_not_cite_is_let_go():
    latest = ask(fake.FakeAssistant(), "q")[-1][-1]
    first, _ = latest.hits
    answer = replace(latest.answer, citations=latest.answer.citations[:1])
    earlier = replace(latest, answer=answer).settled()
    assert earlier.hits == earlier.answer.hits == (first,)
    assert (earlier.cards, earlier.answer.citations) == (latest.cards, answer.citations)
    assert Exchange("q", "stopped", latest.hits).settled().hits == ()
