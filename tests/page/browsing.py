"""The page in its own process, and somebody at it with a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import page_fake as fake

CHROMIUM = shutil.which("chromium")
# The bundled sandbox needs privileges that containers lack.
ARGUMENTS = ["--no-sandbox"]


class Server:
    """The page in its own process."""

    def __init__(self, port: int, *arguments: str) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        script = Path(fake.__file__)
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(port), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # The address is written once the port listens: from then on requests wait and are answered.
        assert str(port) in self.process.stderr.readline()

    def tell(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def open_gate(self) -> None:
        """Let one answer to "attends" end."""
        self.tell("open")

    def asked(self) -> list[tuple[str, int]]:
        """Every question with the number of turns that came before it."""
        self.tell("asked?")
        return [(question, turns) for question, turns in json.loads(self.process.stdout.readline())]

    def feedback(self) -> dict:
        """The latest judgement in the store."""
        self.tell("feedback?")
        return json.loads(self.process.stdout.readline())

    def closed(self) -> str:
        """Wait until a stream was closed before its end."""
        self.tell("closed?")
        return self.process.stdout.readline().strip()


class Reader:
    """Somebody at the page: what they do, and what their browser did."""

    def __init__(self, browser, url: str, **options) -> None:
        from playwright.sync_api import expect

        self.requests: list[str] = []
        self.errors: list[str] = []
        context = browser.new_context(**{"locale": "fr-FR", **options})
        self.page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda line: (
                self.errors.append(f"{line.text} {line.location}") if line.type in ("error", "warning") else None
            ),
        )
        self.page.goto(url)
        self.question = self.page.get_by_label(re.compile("Votre question|Your question"))
        self.replies = self.page.locator(".reply")
        self.sources = self.page.locator("#sources")
        expect(self.question).to_be_visible(timeout=20_000)

    def ask(self, question: str) -> None:
        self.question.fill(question)
        self.question.press("Enter")
