"""Two processes of the page with one index, behind a proxy that sends every request to the other one."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsing import Server
from proxying import free_port, proxied

from page.access import AccessError, load_access
from page.guard import VISITOR
from page.languages import FRENCH
from page.siblings import FORWARDED, ranked, session_of
from rag.sqlite import SqliteStore

PLACES = [("10.0.0.1", 7860), ("10.0.0.2", 7860), ("10.0.0.3", 7860)]
TYPED = "conversation-key"


class Pages:
    """The processes, and what their proxy's address is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = [free_port(), free_port()]
        addresses = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("STANDARDISTE_SIBLINGS", addresses)
            self.servers = [Server(port, str(folder)) for port in ports]
        self.places = [("127.0.0.1", port) for port in ports]
        # Both are up and have opened the articles when they show them.
        for server in self.servers:
            assert httpx.get(f"{server.url}source?article=salon", timeout=60).status_code == 200
        self._proxied = proxied([server.url for server in self.servers])
        self.url = self._proxied.__enter__()
        httpx.Client(transport=httpx.HTTPTransport(retries=8)).get(self.url)

    def visitors(self) -> list[Visitor]:
        """Somebody whose page belongs to the first process, and somebody whose page belongs to the second."""
        return [Visitor(self.url, self._session(place)) for place in self.places]

    def _session(self, wanted: tuple[str, int]) -> str:
        return next(
            session
            for session in iter(lambda: uuid.uuid4().hex[:11], None)
            if ranked(session, self.places)[0] == wanted
        )

    def close(self) -> None:
        self._proxied.__exit__(None, None, None)
        for server in self.servers:
            server.process.kill()
            server.process.communicate(timeout=20)


class Visitor:
    """A browser with a page open, as Gradio's own script would have it."""

    def __init__(self, url: str, session: str, **headers: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=30, headers=headers)
        self.session = session
        self.client.get("fr/").raise_for_status()
        told = self.client.get("fr/config").json()
        self.parts = {part["id"]: part["props"] for part in told["components"]}
        self.called = {props.get("elem_id"): name for name, props in self.parts.items()}
        self.functions = told["dependencies"]
        self.key = ""
        self.shown = ""

    def function(self, name: str, event: str) -> dict:
        return next(one for one in self.functions if [self.called[name], event] in one["targets"])

    def body(self, function: dict, question: str = "") -> dict:
        typed = {self.called["question"]: question, self.called[TYPED]: self.key}
        data = [typed.get(part, self.parts[part].get("value")) for part in function["inputs"]]
        return {"data": data, "fn_index": function["id"], "session_hash": self.session, "event_data": None}

    def events(self, question: str) -> Iterator[dict]:
        asks = self.function("question", "submit")
        self.client.post("fr/gradio_api/queue/join", json=self.body(asks, question)).raise_for_status()
        with self.client.stream("GET", "fr/gradio_api/queue/data", params={"session_hash": self.session}) as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    yield message
                    if message["msg"] == "process_completed":
                        told = dict(zip(asks["outputs"], message["output"]["data"], strict=True))
                        self.key, self.shown = (
                            told[self.called[TYPED]],
                            json.dumps(told[self.called["chat"]], ensure_ascii=False),
                        )
                        return

    def ask(self, question: str) -> bool:
        """Whether the answer came."""
        messages = [message["msg"] for message in self.events(question)]
        return "process_completed" in messages and "Tarsus" in self.shown

    def owner(self) -> str:
        return self.client.cookies[VISITOR]


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[Pages]:
    running = Pages(tmp_path_factory.mktemp("pages"))
    yield running
    running.close()


def test_a_conversation_goes_on_although_every_request_goes_to_the_other_process(pages):
    for number, visitor in enumerate(pages.visitors()):
        mark = uuid.uuid4().hex
        assert all(visitor.ask(f"question {mark} {turn}") for turn in range(4))
        asked = [[one for one in server.asked() if mark in one[0]] for server in pages.servers]
        assert asked[number] == [(f"question {mark} {turn}", 2 * turn) for turn in range(4)]
        assert asked[1 - number] == []
        notes = SqliteStore(pages.folder, "words:1", 4096).notes
        (kept,) = notes.kept(visitor.owner())
        assert kept.key == visitor.key
        assert len(json.loads(notes.read(visitor.owner(), kept.key)[1])) == 4
        assert all(f"question {mark} {turn}" in visitor.shown for turn in range(4))


def test_without_siblings_gradio_s_stream_is_lost(pages):
    # Its two requests reach different processes, each of which answers for itself.
    with pytest.raises(httpx.RemoteProtocolError):
        Visitor(pages.url, "alone", **{FORWARDED.decode(): "1"}).ask("q")


def test_a_request_without_a_body_is_answered(pages):
    assert httpx.post(f"{pages.url}fr/gradio_api/queue/join", timeout=20).status_code == 422


def test_an_answer_is_stopped_through_either_process(pages):
    for visitor in pages.visitors():
        begun, seen = threading.Event(), []

        def listen(visitor=visitor, begun=begun, seen=seen) -> None:
            for message in visitor.events("attends"):
                seen.append(message)
                if message["msg"] == "process_generating":
                    begun.set()

        listening = threading.Thread(target=listen)
        listening.start()
        assert begun.wait(20)
        stop = visitor.function("stop", "click")
        assert visitor.client.post("fr/gradio_api/run/predict", json=visitor.body(stop)).status_code == 200
        listening.join(20)
        assert seen[-1]["msg"] == "process_completed"
        assert FRENCH.stopped.rstrip(".") in visitor.shown


def test_a_reader_who_leaves_ends_the_answer_whichever_process_writes_it(pages):
    for visitor, server in zip(pages.visitors(), pages.servers, strict=True):
        for message in visitor.events("attends"):
            if message["msg"] == "process_generating":
                break
        assert server.closed() == "True"


def test_nobody_takes_over_another_s_conversation_by_its_key(pages):
    owner, thief = pages.visitors()
    assert owner.owner() != thief.owner()
    mark = uuid.uuid4().hex
    assert owner.ask(f"secret {mark}")
    thief.key = owner.key
    assert thief.ask(f"voleur {mark}")
    assert thief.key != owner.key
    assert f"secret {mark}" not in thief.shown
    assert [turns for server in pages.servers for asked, turns in server.asked() if f"voleur {mark}" in asked] == [0]


def test_when_a_process_is_killed_its_pages_go_on_with_the_other(pages):
    visitors = pages.visitors()
    assert all(visitor.ask("avant") for visitor in visitors)
    lost, left = pages.servers
    lost.process.kill()
    lost.process.wait(20)
    assert all(visitor.ask("après") for visitor in visitors)
    assert left.asked()[-2:] == [("après", 2)] * 2
    assert all("avant" in visitor.shown for visitor in visitors)


def test_when_a_process_goes_only_its_sessions_move():
    sessions = [f"session{number}" for number in range(300)]
    first = {session: ranked(session, PLACES)[0] for session in sessions}
    without = {session: ranked(session, PLACES[1:])[0] for session in sessions}
    assert {session for session in sessions if first[session] != without[session]} == {
        session for session in sessions if first[session] == PLACES[0]
    }
    shares = [list(first.values()).count(place) for place in PLACES]
    assert min(shares) > 60
    assert ranked("x", reversed(PLACES)) == ranked("x", PLACES)


@pytest.mark.parametrize(
    ("path", "query", "body", "session"),
    [
        ("/fr/gradio_api/queue/data", b"session_hash=abc&x=1", b"", "abc"),
        ("/en/gradio_api/heartbeat/abc", b"", b"", "abc"),
        ("/fr/gradio_api/queue/join", b"", b'{"session_hash": "abc"}', "abc"),
        ("/fr/gradio_api/run/predict", b"", b'{"session_hash": "abc"}', "abc"),
        ("/fr/gradio_api/run/predict", b"", b'{"session_hash": ["abc"]}', ""),
        ("/fr/gradio_api/queue/join", b"", b"[" * 100_000, ""),
        ("/fr/gradio_api/queue/join", b"", b"not json", ""),
        ("/fr/config", b"session_hash=abc", b"", ""),
        ("/source", b"session_hash=abc", b"", ""),
    ],
)
def test_a_request_tells_its_session(path, query, body, session):
    assert session_of(path, query, body) == session


@pytest.mark.parametrize(
    "address", ["https://page:7860", "page:7860", "http://page", "http://page:7860/fr", "http://a@b:1"]
)
def test_an_address_of_another_form_is_named(address):
    assert load_access({"STANDARDISTE_SIBLINGS": "http://page:7860, http://[::1]:7861/"}).siblings == (
        "http://page:7860", "http://[::1]:7861/",
    )  # fmt: skip
    with pytest.raises(AccessError, match="STANDARDISTE_SIBLINGS"):
        load_access({"STANDARDISTE_SIBLINGS": f"http://page:7860,{address}"})
