"""A language model's server that speaks real HTTP and misbehaves as told."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler, threading.Event], None]
"""Answers a request; the event is set when the test is over, for those who would never end."""


def chunk(content: object, finish: str | None = None) -> bytes:
    """An event that carries ``content``."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def begin(request: BaseHTTPRequestHandler, code: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
    request.send_response(code)
    request.send_header("Content-Type", kind)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()


def stream(*chunks: bytes) -> Behaviour:
    """Send events, then close."""

    def behave(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
        begin(request)
        for piece in chunks:
            request.wfile.write(piece)

    return behave


def status(code: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    """Answer with a status."""

    def behave(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
        begin(request, code, "application/json", **headers)
        request.wfile.write(body)

    return behave


def hang(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Never answer."""
    over.wait()


def hang_midway(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Say something, then nothing."""
    begin(request)
    request.wfile.write(chunk("Le début"))
    request.wfile.flush()
    over.wait()


def hang_after_the_end(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Say all there is to say, and keep the line open."""
    begin(request)
    request.wfile.write(chunk("Bonjour") + chunk(None, "stop"))
    request.wfile.flush()
    over.wait()


def drip(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send the letters of an answer one by one, each in less time than a client waits for one."""
    begin(request)
    _drip(request, chunk("Bonjour"), over)


def drip_headers(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Do so from the first line on."""
    _drip(request, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000, over)


def _drip(request: BaseHTTPRequestHandler, content: bytes, over: threading.Event) -> None:
    for letter in content:
        request.wfile.write(bytes([letter]))
        request.wfile.flush()
        if over.wait(0.05):
            return


def reset(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Say something, then reset the connection."""
    begin(request)
    request.wfile.write(chunk("Le début"))
    request.wfile.flush()
    # Closing with unsent time to linger 0 sends RST instead of FIN.
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def endless(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Go on and on."""
    begin(request)
    while not over.is_set():
        request.wfile.write(chunk("encore et encore "))


def oversized(request: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send an event that never ends."""
    begin(request)
    request.wfile.write(b"data: ")
    while not over.is_set():
        request.wfile.write(b"x" * 65_536)


def usage(read: int, written: int) -> bytes:
    """The event after the last one, in which a server tells the tokens when that is asked."""
    counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [], "usage": counts}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


class FaultServer:
    """Serves ``behave`` on a loopback port, and lists ``model``; counts requests (``asked``) and keeps their bodies."""

    def __init__(self, behave: Behaviour, model: str = "m") -> None:
        self.behave = behave
        self.model = model
        self.asked = 0
        self.bodies: list[dict] = []
        self._over = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.asked += 1
                owner.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                try:
                    owner.behave(self, owner._over)
                except OSError:
                    self.close_connection = True  # the client has hung up

            def do_GET(self) -> None:
                listed = [{"id": owner.model, "object": "model", "created": 0, "owned_by": "test"}]
                begin(self, kind="application/json")
                self.wfile.write(json.dumps({"object": "list", "data": listed}).encode())

            def log_message(self, *args: object) -> None:
                pass

            def finish(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
