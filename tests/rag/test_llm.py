"""The client against a real HTTP server that misbehaves, up to the answer that the user gets."""

from __future__ import annotations

import gzip
import logging
import traceback
from collections.abc import Callable, Iterator

import fault_server as fault
import pytest
from fault_server import DONE, Behaviour, FaultServer, chunk, status, stream
from stand_ins import Replay

from rag.answer import Assistant
from rag.breaker import FAILURES, REST_SECONDS, Breaker
from rag.endpoint import EndpointModel, Limits
from rag.model import CUT, ModelUnavailable

KEY = "secret-key-123"
LIMITS = Limits(first_token=1.5, total=2.5, bytes=100_000)
"""Short, so that no test waits; whoever hangs or drips is late after it."""
QUESTION = "À qui le salon Téléphonia a-t-il été vendu ?"

FAULTS: dict[str, tuple[Behaviour, str]] = {
    "hangs before headers": (fault.hang, "slow"),
    "hangs midway": (fault.hang_midway, "slow"),
    "one byte at a time": (fault.drip, "slow"),
    "headers one byte at a time": (fault.drip_headers, "slow"),
    "429": (status(429), "busy"),
    "429 with Retry-After": (status(429, Retry_After="7"), "busy"),
    "500": (status(500), "refused"),
    "401 that repeats the key": (status(401, b'{"error": {"message": "bad key ' + KEY.encode() + b'"}}'), "refused"),
    "an error among the events": (stream(b'data: {"error": {"message": "bad key secret-key-123"}}\n\n'), "refused"),
    "no JSON": (stream(b"data: {not json secret-key-123\n\n"), "unreadable"),
    "JSON of another kind": (stream(b"data: [1, 2]\n\n"), "unreadable"),
    "text that is none": (stream(chunk(["a"]), chunk(None, "stop")), "unreadable"),
    "no choices": (stream(b'data: {"choices": []}\n\n', DONE), "unreadable"),
    "no events": (status(200, b"<html>Bonjour</html>"), "unreadable"),
    "invalid UTF-8": (stream(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n'), "unreadable"),
    "packed": (status(200, gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip"), "unreadable"),
    "reset": (fault.reset, "broken off"),
    "cut": (stream(chunk("Le début")), "broken off"),
    "cut with DONE": (stream(chunk("Le début"), DONE), "broken off"),
    "endless": (fault.endless, "too long"),
    "oversized": (fault.oversized, "too long"),
    "an oversized refusal": (status(500, b"x" * 200_000), "too long"),
}


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], FaultServer]]:
    """Starts servers that behave as told."""
    servers: list[FaultServer] = []

    def start(behave: Behaviour) -> FaultServer:
        servers.append(FaultServer(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def model(serve) -> Callable[[Behaviour], EndpointModel]:
    return lambda behave: EndpointModel(serve(behave).address, KEY, "m", LIMITS)


def say(model) -> str:
    return "".join(model.stream([{"role": "user", "content": "Bonjour"}], 10))


@pytest.mark.parametrize(
    "behave",
    [stream(chunk("Bon"), chunk("jour"), chunk(None, "stop"), DONE), fault.hang_after_the_end],
    ids=["closed", "line kept open"],
)
def test_a_finished_stream_is_the_answer(model, behave):
    assert say(model(behave)) == "Bonjour"


def test_an_answer_cut_at_its_greatest_length_is_marked(model):
    assert say(model(stream(chunk("Bonjour à"), chunk(None, "length")))) == f"Bonjour à{CUT}"


@pytest.mark.parametrize(("behave", "failure"), FAULTS.values(), ids=FAULTS)
def test_every_fault_is_named_and_no_key_is_shown(model, caplog, behave, failure):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ModelUnavailable) as caught:
        say(model(behave))
    assert caught.value.failure == failure
    assert str(caught.value).endswith(".")
    assert KEY not in caplog.text + "".join(traceback.format_exception(caught.value))


def test_nobody_listening(serve):
    server = serve(fault.hang)
    server.close()
    with pytest.raises(ModelUnavailable) as caught:
        say(EndpointModel(server.address.replace("//", f"//me:{KEY}@"), "", "m", LIMITS))
    assert caught.value.failure == "unreachable"
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("behave", "failure"), FAULTS.values(), ids=FAULTS)
def test_every_fault_ends_in_quoted_sentences_with_a_notice(
    filled, encoder, model, monkeypatch, caplog, behave, failure
):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    caplog.set_level(logging.DEBUG)
    answer = Assistant(filled, encoder, model(behave)).ask(QUESTION)
    assert answer.status == "extractive"
    assert "Borealis" in answer.answer
    assert len(answer.notices) == 1
    assert "modèle de langue" in answer.notices[0]
    assert KEY not in caplog.text + answer.notices[0]


def test_a_cut_answer_says_so(filled, encoder, model, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    said = stream(chunk("Le salon Téléphonia a été vendu au groupe Borealis en 2012. Les"), chunk(None, "length"))
    answer = Assistant(filled, encoder, model(said)).ask(QUESTION)
    assert answer.status == "answered"
    assert any("coupée" in notice for notice in answer.notices)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), ("-3", None), ("", None)],
)
def test_retry_after_is_understood(model, header, seconds):
    with pytest.raises(ModelUnavailable) as caught:
        say(model(status(429, Retry_After=header)))
    assert caught.value.retry_after == seconds


class Clock:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


DOWN = ModelUnavailable("unreachable", "down.")


def failures(breaker, count: int) -> list[str]:
    """How the next questions fail."""
    found = []
    for _ in range(count):
        with pytest.raises(ModelUnavailable) as caught:
            say(breaker)
        found.append(caught.value.failure)
    return found


def test_after_three_failures_the_model_rests_and_is_tried_again_by_itself():
    clock, model = Clock(), Replay(*[DOWN] * (FAILURES + 1), "Bonjour", "Bonsoir")
    breaker = Breaker(model, clock)
    assert failures(breaker, FAILURES + 2) == ["unreachable"] * FAILURES + ["resting"] * 2
    assert len(model.asked) == FAILURES
    clock.now += REST_SECONDS
    assert failures(breaker, 2) == ["unreachable", "resting"]
    clock.now += REST_SECONDS
    assert (say(breaker), say(breaker)) == ("Bonjour", "Bonsoir")


def test_an_answer_between_failures_keeps_the_breaker_closed():
    model = Replay(*[DOWN, DOWN, "Bonjour"] * 3)
    breaker = Breaker(model, Clock())
    for _ in range(3):
        assert failures(breaker, 2) == ["unreachable"] * 2
        assert say(breaker) == "Bonjour"


def test_a_service_that_says_when_to_come_back_is_left_alone_until_then():
    clock = Clock()
    breaker = Breaker(Replay(ModelUnavailable("busy", "busy.", retry_after=7), "Bonjour"), clock)
    assert failures(breaker, 2) == ["busy", "resting"]
    clock.now += 6.9
    assert failures(breaker, 1) == ["resting"]
    clock.now += 0.2
    assert say(breaker) == "Bonjour"


def test_only_one_question_tries_a_rested_model_and_a_reader_who_leaves_decides_nothing():
    clock, model = Clock(), Replay(*[DOWN] * FAILURES, "Bonjour tout le monde", "Bonsoir")
    breaker = Breaker(model, clock)
    failures(breaker, FAILURES)
    clock.now += REST_SECONDS
    first = breaker.stream([], 10)
    next(first)
    assert failures(breaker, 1) == ["resting"]
    first.close()
    assert say(breaker) == "Bonsoir"


def test_a_resting_model_is_said_to_rest(filled, encoder, serve, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    server = serve(status(500))
    assistant = Assistant(filled, encoder, Breaker(EndpointModel(server.address, KEY, "m", LIMITS), Clock()))
    answers = [assistant.ask(QUESTION) for _ in range(FAILURES + 1)]
    assert server.asked == FAILURES
    assert {answer.status for answer in answers} == {"extractive"}
    assert "plus tard" in answers[-1].notices[0]


def test_no_proxy_stands_between_the_page_and_a_model_on_this_machine(serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.delenv("NO_PROXY", raising=False)
    server = serve(stream(chunk("Bonjour"), chunk(None, "stop"), DONE))
    model = EndpointModel(server.address, KEY, "m", LIMITS)
    assert "".join(model.stream([{"role": "user", "content": "?"}], 20)) == "Bonjour"


def test_a_proxy_is_used_for_other_machines(serve, monkeypatch):
    proxy = serve(stream(chunk("Par le mandataire"), chunk(None, "stop"), DONE))
    monkeypatch.setenv("HTTP_PROXY", proxy.address.removesuffix("/v1"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    model = EndpointModel("http://model.invalid/v1", KEY, "m", LIMITS)
    assert "".join(model.stream([{"role": "user", "content": "?"}], 20)) == "Par le mandataire"
