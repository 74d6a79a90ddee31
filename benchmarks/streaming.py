"""What the page costs on top of a language model: a model's server that writes at a steady pace, seen from a browser.

Run: ``python -m benchmarks.streaming [--tokens N] [--pace S]``. The server stands in for a model that needs ``S``
seconds a token, so that everything beyond N × S is the page's own: search, events, drawing, and the check at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks import machine
from benchmarks.page import QUESTIONS, ask
from benchmarks.served import served

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5


class Paced(BaseHTTPRequestHandler):
    """An OpenAI-compatible server whose answer is the beginning of an article, a word every ``pace`` seconds."""

    def __init__(self, tokens: int, pace: float, *rest: object) -> None:
        self._words = (ROOT / "corpus" / "articles" / "salon-strategie-clients.md").read_text(encoding="utf-8").split()
        self._tokens, self._pace = tokens, pace
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        """Stream it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        begun = time.perf_counter()
        for number in range(self._tokens):
            time.sleep(max(0.0, begun + (number + 1) * self._pace - time.perf_counter()))
            delta = {"content": f"{self._words[-1 - number % len(self._words)]} "}
            event = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.wfile.write(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def paced(tokens: int, pace: float) -> Iterator[str]:
    """The base address of such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Paced, tokens, pace))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()


def main() -> int:
    """Print the medians and their ratio."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--pace", type=float, default=0.06, help="seconds a token; the local model needs about that")
    options = parser.parse_args()
    with (
        paced(options.tokens, options.pace) as endpoint,
        served(STANDARDISTE_ENDPOINT=endpoint, STANDARDISTE_MODEL="paced") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
        page.goto(site.address)
        page.wait_for_selector("#question textarea")
        ask(page, QUESTIONS[0])
        took = [ask(page, QUESTIONS[0])[1] for _ in range(ROUNDS)]
        browser.close()
    alone = options.tokens * options.pace
    print(machine.describe("gradio"))
    print(f"{options.tokens} tokens, model alone {alone:.2f} s, in the page {statistics.median(took):.2f} s (median of "
          f"{ROUNDS}, {min(took):.2f} to {max(took):.2f}): {statistics.median(took) / alone:.3f} times")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
