"""Several language models' servers over real HTTP: who is asked, and what happens when they fail."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import fault_server as fault
import pytest
from fault_server import DONE, Behaviour, FaultServer, chunk, status, stream, usage

from rag.answer import Assistant
from rag.breaker import FAILURES, REST_SECONDS
from rag.endpoint import EndpointModel, Limits
from rag.fleet import Fleet
from rag.llm import open_model
from rag.meter import Meter
from rag.model import ModelUnavailable
from rag.settings import load_settings

KEY = "secret-key-123"
LIMITS = Limits(first_token=2.0, total=4.0)
GOOD = stream(chunk("Bon"), chunk("jour"), chunk(None, "stop"), usage(40, 3), DONE)
QUESTION = "À qui le salon Téléphonia a-t-il été vendu ?"


class Counts(Meter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.failed: Counter[tuple[str, str]] = Counter()
        self.most_busy: Counter[str] = Counter()
        self.now_busy: dict[str, int] = {}
        self.read = self.written = 0

    def tokens(self, read: int, written: int) -> None:
        self.read, self.written = self.read + read, self.written + written

    def model_failed(self, address, failure) -> None:
        self.failed[address, failure] += 1

    def model_busy(self, address: str, requests: int) -> None:
        self.now_busy[address] = requests
        self.most_busy[address] = max(self.most_busy[address], requests)


class Clock:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def serve() -> Iterator[Callable[..., FaultServer]]:
    """Starts servers that behave as told."""
    servers: list[FaultServer] = []

    def start(behave: Behaviour, model: str = "m") -> FaultServer:
        servers.append(FaultServer(behave, model))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def fleet(*servers: FaultServer, meter: Meter | None = None, clock: Clock | None = None) -> Fleet:
    models = [EndpointModel(server.address, KEY, "m", LIMITS, meter or Meter()) for server in servers]
    return Fleet(models, meter or Meter(), clock or Clock())


def say(model) -> str:
    return "".join(model.stream([{"role": "user", "content": "Bonjour"}], 10))


def outcome(model) -> str:
    """What is said, or how it fails."""
    try:
        return say(model)
    except ModelUnavailable as error:
        return error.failure


def until_open(gate: threading.Event) -> Behaviour:
    """Say a word, and the rest when the gate opens."""

    def behave(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
        fault.begin(request)
        request.wfile.write(chunk("Bon"))
        request.wfile.flush()
        gate.wait(30)
        request.wfile.write(chunk("jour", "stop") + DONE)

    return behave


def test_questions_at_the_same_time_are_spread_evenly(serve):
    gate, counts = threading.Event(), Counts()
    servers = [serve(until_open(gate)) for _ in range(3)]
    model = fleet(*servers, meter=counts)
    streams = [model.stream([], 10) for _ in range(6)]
    assert [next(one) for one in streams] == ["Bon"] * 6
    assert [server.asked for server in servers] == [2, 2, 2]
    # One that ends makes room where the next one goes.
    streams[0].close()
    freed = next(name for name, busy in counts.now_busy.items() if busy == 1)
    streams.append(model.stream([], 10))
    next(streams[-1])
    assert servers[int(freed) - 1].asked == 3
    gate.set()
    assert ["".join(one) for one in streams[1:]] == ["jour"] * 6
    assert counts.most_busy == {"1": 2, "2": 2, "3": 2}
    assert set(counts.now_busy.values()) == {0}


def test_one_that_refuses_and_one_that_hangs_are_followed_by_one_that_answers(serve):
    refusing, hanging, fine = serve(status(500)), serve(fault.hang), serve(GOOD)
    counts = Counts()
    model = fleet(refusing, hanging, fine, meter=counts)
    started = time.monotonic()
    assert [say(model) for _ in range(8)] == ["Bonjour"] * 8
    # Eight times the limit of a first word is what waiting for the hanging one alone would take.
    assert time.monotonic() - started < 8 * LIMITS.first_token
    assert fine.asked == 8
    assert set(counts.failed) <= {("1", "refused"), ("2", "slow")}
    assert max(counts.failed.values(), default=0) <= FAILURES


def test_a_server_killed_in_a_run_of_questions_loses_none_of_them(serve):
    servers = [serve(GOOD), serve(GOOD)]
    counts = Counts()
    model = fleet(*servers, meter=counts)
    said = []
    for number in range(40):
        if number == 10:
            servers[0].close()
        said.append(say(model))
    assert said == ["Bonjour"] * 40
    assert counts.failed == {("1", "unreachable"): FAILURES}
    assert (counts.read, counts.written) == (40 * 40, 40 * 3)


def test_a_server_that_comes_back_is_asked_again(serve):
    clock = Clock()
    lame, fine = serve(status(503)), serve(GOOD)
    model = fleet(lame, fine, clock=clock)
    for _ in range(40):
        assert say(model) == "Bonjour"
    assert lame.asked == FAILURES
    lame.behave = GOOD
    clock.now += REST_SECONDS
    for _ in range(40):
        assert say(model) == "Bonjour"
    assert lame.asked > FAILURES + 1


def test_what_was_begun_is_not_told_again_by_another(serve):
    cut = serve(stream(chunk("Le début")))
    fine = serve(GOOD)
    model = fleet(cut, fine)
    said = Counter(outcome(model) for _ in range(60))
    assert said == {"broken off": FAILURES, "Bonjour": 60 - FAILURES}
    assert cut.asked == FAILURES


def test_all_down_ends_in_quoted_sentences_with_a_notice_within_the_limit(filled, encoder, serve, monkeypatch, caplog):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    gone = serve(GOOD)
    gone.close()
    servers = [serve(fault.hang), serve(fault.hang), serve(status(500)), gone]
    assistant = Assistant(filled, encoder, fleet(*servers))
    started = time.monotonic()
    answer = assistant.ask(QUESTION)
    assert time.monotonic() - started < LIMITS.first_token + 2
    assert answer.status == "extractive"
    assert "Borealis" in answer.answer
    assert len(answer.notices) == 1
    assert "modèle de langue" in answer.notices[0]
    assert KEY not in caplog.text + answer.notices[0]


def test_all_resting_is_said_at_once(serve):
    servers = [serve(status(500)), serve(status(500))]
    model, failures = fleet(*servers), []
    for _ in range(FAILURES + 2):
        with pytest.raises(ModelUnavailable) as caught:
            say(model)
        failures.append(caught.value.failure)
    assert failures == ["refused"] * FAILURES + ["resting"] * 2
    assert [server.asked for server in servers] == [FAILURES, FAILURES]


def test_each_server_is_asked_for_its_model_unless_that_is_set(serve):
    first, second = serve(GOOD, "mistral"), serve(GOOD, "llama")
    both = f"{first.address}, {second.address},"
    asked = open_model(load_settings(environment={"STANDARDISTE_ENDPOINT": both}))
    told = open_model(load_settings(environment={"STANDARDISTE_ENDPOINT": both, "STANDARDISTE_MODEL": "set"}))
    while not (first.asked and second.asked):
        assert say(asked) == "Bonjour"
    assert {body["model"] for body in first.bodies} == {"mistral"}
    assert {body["model"] for body in second.bodies} == {"llama"}
    assert set(asked.name.split(", ")) == {"mistral", "llama"}
    first.bodies.clear()
    second.bodies.clear()
    assert say(told) == "Bonjour"
    assert [body["model"] for body in first.bodies + second.bodies] == ["set"]


def test_a_server_that_has_another_model_now_is_asked_again(serve):
    server = serve(GOOD, "old")
    model = EndpointModel(server.address, KEY, limits=LIMITS)
    assert (say(model), model.name) == ("Bonjour", "old")
    server.behave, server.model = status(404), "new"
    with pytest.raises(ModelUnavailable):
        say(model)
    server.behave = GOOD
    assert (say(model), model.name) == ("Bonjour", "new")


@pytest.mark.parametrize("end", [stream(chunk("Bonjour", "stop"), DONE), fault.hang_after_the_end])
def test_a_server_that_does_not_tell_its_tokens_holds_nothing_up(serve, end):
    counts = Counts()
    assert say(fleet(serve(end), meter=counts)) == "Bonjour"
    assert (counts.read, counts.written) == (0, 0)


def test_tokens_are_asked_for_only_where_somebody_counts(serve):
    server = serve(GOOD)
    assert say(EndpointModel(server.address, KEY, "m", LIMITS)) == "Bonjour"
    assert say(EndpointModel(server.address, KEY, "m", LIMITS, Counts())) == "Bonjour"
    assert ["stream_options" in body for body in server.bodies] == [False, True]
