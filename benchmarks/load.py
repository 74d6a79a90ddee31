"""Many users at a page at once: how long each waits, whether any is failed, and whether the server grows.

Run: ``python -m benchmarks.load [--users N] [--minutes M] [--pause S] [--together] [--model] [--uploads]``. Each user
is a browser's requests without the browser: a cookie, the page's own functions, a stream of events, then a pause for
reading, and a new conversation after some questions. With ``--pause 0`` everybody asks again at once; with
``--together`` all ask in the same moment, and again when the last has read. ``--uploads`` adds an article a minute
through the real page in a real browser. ``--model`` lets the local language model write. Exits with 1 when a question
failed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import machine
from benchmarks.served import Served, served
from evaluation.gold import load_gold

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 600.0
"""Seconds that a user waits for an answer at most."""
SAMPLED = 5.0
"""Seconds between two looks at the server's memory, threads and open files."""
UPLOADED = 60.0
"""Seconds between two uploads."""
SEED = 7
ASKED = 8
"""Questions of a conversation; then the user begins a new one."""


@dataclass(slots=True)
class Measured:
    """What happened, by all threads; times in seconds since the start."""

    started: float = field(default_factory=time.perf_counter)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each answer was finished, and how long it took."""
    failed: list[str] = field(default_factory=list)
    uploads: int = 0
    grown: list[tuple[float, float, int, int]] = field(default_factory=list)
    """When; the server's resident memory in MB, its threads, its open files."""

    def now(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started


class User:
    """Somebody who asks through the page's own functions, as its browser would."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=PATIENCE, follow_redirects=True)
        self._client.get("/fr/").raise_for_status()
        told = self._client.get("/fr/config").raise_for_status().json()
        parts = {part["id"]: part for part in told["components"]}
        called = {part["props"].get("elem_id"): name for name, part in parts.items()}
        box, self._new = called["question"], called["new"]
        self._ask = next(one for one in told["dependencies"] if [box, "submit"] in one["targets"])
        self._anew = next(one for one in told["dependencies"] if [self._new, "click"] in one["targets"])
        after = [one for one in told["dependencies"] if one.get("trigger_after") == self._ask["id"]]
        self._then = after[0] if after else None
        self._box, self._key = box, called["conversation-key"]
        self._values = {name: part["props"].get("value") for name, part in parts.items() if part["type"] != "state"}
        self._session = uuid.uuid4().hex[:12]

    def ask(self, question: str) -> str:
        """Ask; what the server streamed until the answer was finished. The page then looks for suggestions."""
        return self._run(self._ask, {self._box: question})

    def begin_anew(self) -> None:
        """What the page does when somebody wants a new conversation."""
        body = {"data": [], "fn_index": self._anew["id"], "session_hash": self._session, "trigger_id": self._new}
        self._client.post("/fr/gradio_api/run/predict", json=body).raise_for_status()
        self._values[self._key] = ""

    def read_on(self) -> None:
        """What the page does once an answer stands: it asks for suggestions."""
        if self._then:
            self._run(self._then, {})

    def _run(self, function: dict[str, Any], values: dict[int, Any]) -> str:
        data = [values.get(part, self._values.get(part)) for part in function["inputs"]]
        body = {"data": data, "fn_index": function["id"], "session_hash": self._session, "event_data": None,
                "trigger_id": self._box}  # fmt: skip
        self._client.post("/fr/gradio_api/queue/join", json=body).raise_for_status()
        said = []
        address = "/fr/gradio_api/queue/data"
        with self._client.stream("GET", address, params={"session_hash": self._session}) as events:
            for line in events.iter_lines():
                said.append(line)
                if '"process_completed"' in line or '"unexpected_error"' in line:
                    self._remember(function, json.loads(line.removeprefix("data: ")))
                    break
        return "\n".join(said)

    def _remember(self, function: dict[str, Any], message: dict[str, Any]) -> None:
        """Keep the conversation's key, which the page sends with the next question."""
        told = (message.get("output") or {}).get("data") or []
        if self._key in function["outputs"] and len(told) == len(function["outputs"]):
            key = told[function["outputs"].index(self._key)]
            self._values[self._key] = key if isinstance(key, str) else self._values[self._key]


@dataclass(frozen=True, slots=True)
class Visit:
    """What all users do: where, what they ask, until when, how long they read, and whether all at one moment."""

    address: str
    questions: Sequence[str]
    until: float
    pause: float
    together: threading.Barrier | None


def use(visit: Visit, measured: Measured, seed: int) -> None:
    """One user's visit, from opening the page until its end."""
    chance, pause, questions = random.Random(seed), visit.pause, visit.questions
    try:
        user, asked = User(visit.address), 0
        while measured.now() < visit.until:
            asked += 1
            if asked % ASKED == 0:
                user.begin_anew()
            if visit.together:
                visit.together.wait(PATIENCE)
            began = measured.now()
            said = user.ask(chance.choice(questions))
            ended = measured.now()
            if '"success":true' not in said.replace(" ", "").lower() or 'class=\\"status' not in said:
                measured.failed.append(said[-300:])
            measured.answered.append((ended, ended - began))
            user.read_on()
            time.sleep(chance.expovariate(1 / pause) if pause else 0.0)
    except threading.BrokenBarrierError:
        pass
    except httpx.HTTPError as error:
        measured.failed.append(f"{type(error).__name__}: {error}")
    finally:
        if visit.together:
            visit.together.abort()


def watch(process: int, until: float, measured: Measured) -> None:
    """Note the server's size now and then."""
    folder = Path("/proc") / str(process)
    while measured.now() < until:
        told = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
        files = len(list((folder / "fd").iterdir()))
        measured.grown.append((measured.now(), int(told["VmRSS"].split()[0]) / 1024, int(told["Threads"]), files))
        time.sleep(SAMPLED)


def upload(address: str, until: float, measured: Measured) -> None:
    """Add an article a minute through the page, in a real browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(locale="fr-FR")
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(address)
        page.get_by_role("tab", name="Ajouter").click()
        while measured.now() + UPLOADED < until:
            number = measured.uploads + 1
            file = Path(folder) / f"essai-{number}.md"
            file.write_text(
                f"---\ntitle: Essai de charge {number}\ndate: 2026-01-01\n---\n"
                f"Le plateau d'essai {number} compte {number + 20} postes et ouvre le lundi.\n",
                encoding="utf-8",
            )
            page.locator("#files input[type=file]").set_input_files(file)
            page.locator("#add").click()
            page.get_by_text(f"Essai de charge {number}").first.wait_for()
            page.get_by_text("est dans la bibliothèque").first.wait_for()
            measured.uploads = number
            time.sleep(UPLOADED)
        browser.close()


def report(measured: Measured, minutes: float) -> None:
    """Print the table."""
    window = min(5.0, minutes / 2) * 60
    end = max(measured.answered)[0] if measured.answered else 0.0
    spans = {
        f"first {window / 60:.0f} min": [took for when, took in measured.answered if when <= window],
        f"last {window / 60:.0f} min": [took for when, took in measured.answered if when >= end - window],
        "all": [took for _, took in measured.answered],
    }
    print(f"\n{'':14}{'answers':>9}{'p50 s':>8}{'p95 s':>8}{'worst s':>9}")
    for name, times in spans.items():
        if len(times) > 1:
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"{name:14}{len(times):9}{statistics.median(times):8.2f}{p95:8.2f}{max(times):9.2f}")
    # The first tenth is warm-up: caches fill and threads are made.
    settled = [one for one in measured.grown if one[0] >= minutes * 6] or measured.grown
    (_, first, *_), (_, last, *_) = settled[0], settled[-1]
    parts = [settled[round(place * (len(settled) - 1) / 6)] for place in range(7)]
    print("memory at " + ", ".join(f"{when / 60:.0f} min {size:.0f} MB" for when, size, *_ in parts))
    print(f"memory after warm-up {first:.0f} MB, at the end {last:.0f} MB ({(last / first - 1):+.1%}); threads "
          f"{min(one[2] for one in settled)} to {max(one[2] for one in settled)}, open files "
          f"{min(one[3] for one in settled)} to {max(one[3] for one in settled)}")  # fmt: skip
    print(f"{measured.uploads} uploads, {len(measured.failed)} failed")
    for said in measured.failed[:5]:
        print(f"  {json.dumps(said, ensure_ascii=False)}")


def load(page: Served, options: argparse.Namespace) -> Measured:
    """Let the users come, and wait until they have left."""
    questions = [line.question for line in load_gold(ROOT / "evaluation" / "gold.jsonl") if not line.history]
    User(page.address).ask(questions[0])  # what is loaded with the first question
    measured, until = Measured(), options.minutes * 60
    together = threading.Barrier(options.users) if options.together else None
    visit = Visit(page.address, questions, until, options.pause, together)
    threads = [threading.Thread(target=use, args=(visit, measured, SEED + number)) for number in range(options.users)]
    threads.append(threading.Thread(target=watch, args=(page.process, until, measured)))
    for thread in threads:
        thread.start()
    if options.uploads:
        upload(page.address, until, measured)
    for thread in threads:
        thread.join()
    return measured


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=5.0, help="mean seconds between an answer and the next question")
    parser.add_argument("--together", action="store_true", help="everybody asks in the same moment")
    parser.add_argument("--model", action="store_true", help="with the local language model")
    parser.add_argument("--uploads", action="store_true", help="an article a minute, in a real browser")
    options = parser.parse_args()
    settings = {} if options.model else {"STANDARDISTE_MODEL": "none"}
    with served(ROOT, **settings) as page:
        print(machine.describe("gradio", "openvino", "faiss-cpu"))
        how = [f"{options.users} users for {options.minutes:g} minutes", f"pausing {options.pause:g} s on average"]
        how += ["all in the same moment"] if options.together else []
        print(", ".join([*how, "with the local model" if options.model else "extractive"]), flush=True)
        measured = load(page, options)
    report(measured, options.minutes)
    return 1 if measured.failed else 0


if __name__ == "__main__":
    sys.exit(main())
