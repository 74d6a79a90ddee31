"""A program that stands in for llama.cpp's server: real HTTP, a real process, and misbehaviour as its options say."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from embeddings.processor import this_processor
from rag.native import PROGRAM, SOURCE_VERSION, NativeEngine, home, write_record
from rag.native_server import NativeServer

SERVER = """#!@python@
import http.server, json, os, sys

options = sys.argv[1:]
with open(@seen@, "w") as file:
    json.dump({"arguments": options, "environment": dict(os.environ), "process": os.getpid()}, file)
if "--refuse" in options:
    sys.exit(3)
if "--hang" in options:
    import threading
    threading.Event().wait()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = self.headers["Authorization"] == "Bearer " + os.environ["LLAMA_API_KEY"]
        self.send_response(200 if right else 401)
        self.send_header("Content-Type", "text/event-stream" if asked.get("stream") else "application/json")
        self.end_headers()
        if not right:
            return
        if asked.get("stream"):
            self.event("Bon")
            if "--crash" in options:
                os._exit(1)
            self.event("jour")
            self.event(None, "stop")
        else:
            read = 76.0 if "--wheel" in options else @unpacked@ if "--no-repack" in options else @repacked@
            text = @says@ if "--wheel" not in options else "Paris"
            timings = {"prompt_per_second": read, "predicted_per_second": 13.0}
            reply = {"choices": [{"message": {"content": text}}], "timings": timings}
            self.wfile.write(json.dumps(reply).encode())

    def event(self, text, finish=None):
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        self.wfile.write(b"data: " + json.dumps(body).encode() + b"\\n\\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("0.00.001 I srv  llama_server: listening on http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
"""


def program(path: Path, says: str = "Paris", unpacked: float = 165.0, repacked: float = 118.0) -> Path:
    """Writes the program; it tells what it was given in ``seen.json`` beside it.

    ``says`` is its answer to anything, ``unpacked`` and ``repacked`` are the prompt tokens/s that it claims to read
    with ``--no-repack`` and without.
    """
    seen = str(path.with_name("seen.json"))
    text = SERVER.replace("@python@", sys.executable)
    for name, value in {"seen": seen, "says": says, "unpacked": unpacked, "repacked": repacked}.items():
        text = text.replace(f"@{name}@", repr(value))
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def in_cache(*options: str, **changed: object) -> Path:
    """Puts an engine that starts with ``options`` into the cache, its record ``changed``; returns the program."""
    home().mkdir(parents=True)
    path = program(home() / PROGRAM)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    known = {"sha256": sha256, "version": SOURCE_VERSION, "processor": this_processor(), **changed}
    write_record(home(), NativeEngine(**known, compiler="cc", options=options, measured={}))  # type: ignore[arg-type]
    return path


class FakeWheel:
    """In place of the wheel's server: the same program, told to be slower."""

    folder: Path
    """Where its program lies."""
    alive = True
    options: ClassVar[Sequence[str]] = ["--wheel"]

    def __init__(self, weights: Path, key: str) -> None:
        self._server = NativeServer(program(self.folder / "wheel"), self.options, weights, key)
        self.address = self._server.address
