"""The client against a real HTTP server that misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag import llm
from rag.llm import EndpointModel, ModelUnavailable

Behaviour = Callable[[BaseHTTPRequestHandler], None]


def chunk(content: str | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def stream(*chunks: bytes) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        for piece in chunks:
            request.wfile.write(piece)
            request.wfile.flush()

    return behave


def status(code: int, body: bytes = b"{}") -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(body)

    return behave


@pytest.fixture
def model() -> Iterator[Callable[[Behaviour], EndpointModel]]:
    """Makes a model whose server behaves as told."""
    servers: list[ThreadingHTTPServer] = []
    release = threading.Event()

    def serve(behave: Behaviour) -> EndpointModel:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                if behave is hang:
                    release.wait()
                else:
                    behave(self)

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return EndpointModel(f"http://127.0.0.1:{server.server_port}/v1", "secret-key-123", "m")

    yield serve
    release.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def hang(request: BaseHTTPRequestHandler) -> None:
    """Never answer; the fixture lets go."""


def say(model: EndpointModel) -> str:
    return "".join(model.stream([{"role": "user", "content": "Bonjour"}], 10))


def test_a_finished_stream_is_the_answer(model):
    served = model(stream(chunk("Bon"), chunk("jour"), chunk(None, "stop"), b"data: [DONE]\n\n"))
    assert say(served) == "Bonjour"


@pytest.mark.parametrize(
    ("behave", "failure"),
    [
        (status(500), "refused"),
        (status(401, b'{"error": {"message": "bad key secret-key-123"}}'), "refused"),
        (status(429), "refused"),
        (stream(chunk("Le début")), "broken off"),
        (stream(chunk("Le début"), b"data: [DONE]\n\n"), "broken off"),
        (stream(b"data: {not json}\n\n"), "unreachable"),
        (stream(b'data: {"choices": []}\n\n'), "broken off"),
        (hang, "slow"),
    ],
    ids=["500", "401", "429", "cut", "cut with DONE", "no JSON", "no choices", "hangs"],
)
def test_every_fault_is_named_and_no_key_is_shown(model, behave, failure, monkeypatch):
    monkeypatch.setattr(llm, "FIRST_TOKEN_SECONDS", 0.5)
    with pytest.raises(ModelUnavailable) as caught:
        say(model(behave))
    assert caught.value.failure == failure
    assert "secret" not in str(caught.value)


def test_an_endless_answer_is_stopped(model, monkeypatch):
    monkeypatch.setattr(llm, "TOTAL_SECONDS", 0.0)
    with pytest.raises(ModelUnavailable) as caught:
        say(model(stream(chunk("a"), chunk("b"), chunk(None, "stop"))))
    assert caught.value.failure == "slow"


def test_nobody_listening():
    with pytest.raises(ModelUnavailable) as caught:
        say(EndpointModel("http://127.0.0.1:9/v1", "", "m"))
    assert caught.value.failure == "unreachable"
