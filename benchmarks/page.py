"""The real page in a real browser: time to open it, from Enter to the passages and to the answer; and the pictures.

Run: ``python -m benchmarks.page [--pictures]``. Needs ``chromium`` and the models; serves the shipped articles from a
temporary index on a free port. ``--pictures`` writes docs/images/.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.served import COMMAND, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
QUESTIONS = (
    "À qui le SECA a-t-il été revendu ?",
    "Qui a écrit « Mutation » ?",
    "Que reproche Stefanie Mogemasson aux donneurs d'ordres ?",
    "Combien de personnes assistaient au Davos de la relation client ?",
    "Which show was renamed Stratégie Clients?",
)
READ_SECONDS = 3.0
"""Between an answer and the next question: less than anybody takes to read and type. Suggestions are made then."""
OPENED = 5
"""Times the page is opened anew."""
REFUSED = "Quel sera le chiffre d'affaires de Webhelp en 2031 ?"


def ask(page: Page, question: str) -> tuple[float, float, str]:
    """Ask in a new conversation; seconds until passages show and until the answer is finished, and the answer."""
    if page.locator("#chat .reply").count():
        page.locator("#new").click()
        # The form is cleared with the conversation: what is typed before that would be lost.
        page.wait_for_function("() => !document.querySelector('#chat .reply')")
    page.locator("#question textarea").fill(question)
    started = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_selector("#sources article", timeout=120_000)
    passages = time.perf_counter() - started
    page.wait_for_selector("#chat .reply .status", timeout=120_000)
    return passages, time.perf_counter() - started, page.locator("#chat .reply").last.inner_text()


def open_page(browser: Browser, address: str) -> tuple[float, float]:
    """Open the page as a new visitor: seconds until something is painted, and until a question can be typed."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#question textarea:enabled")
    ready = time.perf_counter() - started
    # Of the page that the address leads to; the way there is in what is measured by the clock.
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN") / 1000
    page.close()
    return painted, ready


def take_pictures(page: Page) -> None:
    """Every state of the page that somebody meets, into docs/images/."""

    def keep(name: str) -> None:
        page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{name}.png")

    page.locator("#new").click()
    page.wait_for_selector("#examples button")
    keep("start")
    ask(page, REFUSED)
    keep("not-found")
    ask(page, QUESTIONS[0])
    keep("answer")
    page.locator("a.source-link").first.click()
    page.wait_for_selector(".reader:not([hidden]) mark")
    keep("source")
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "narrow-dark.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#library-button").first.click()
    page.locator("#overview button").first.click()
    keep("library")
    page.locator("#adding-button").first.click()
    keep("adding")
    page.locator("#evaluation-button").first.click()
    page.wait_for_timeout(1000)
    keep("evaluation")
    page.get_by_role("link", name="English").click()
    page.wait_for_selector("#examples button")
    ask(page, QUESTIONS[-1])
    keep("english")


def make_runs(folder: Path) -> None:
    """Two runs of the evaluation for its tab, on some of the shipped questions."""
    gold = (ROOT / "evaluation" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    environment = {**os.environ, "STANDARDISTE_INDEX": str(folder / "index")}
    subprocess.run([COMMAND, "index", "corpus/articles"], check=True, cwd=ROOT, env=environment)
    for number, lines in enumerate((gold[::8], gold[::5]), start=1):
        some = folder / f"gold-{number}.jsonl"
        some.write_text("\n".join(lines) + "\n", encoding="utf-8")
        call = [COMMAND, "eval", some.name, "--no-llm", "--json", f"runs/run-{number}.json"]
        subprocess.run(call, check=True, cwd=folder, env=environment)


def main() -> int:
    """Print the table; write the pictures when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", action="store_true", help="write docs/images/")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium: install Debian's package of that name.")
    with tempfile.TemporaryDirectory() as folder:
        if options.pictures:
            (Path(folder) / "runs").mkdir()
            make_runs(Path(folder))
        _measure(chromium, options.pictures, Path(folder))
    return 0


def _measure(chromium: str, pictures: bool, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    with served(folder) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
        page.goto(site.address)
        page.wait_for_selector("#question textarea")
        opened = [open_page(browser, site.address) for _ in range(OPENED)]
        ask(page, QUESTIONS[0])  # the models are loaded while the first question waits
        measured = []
        for question in QUESTIONS:
            page.wait_for_timeout(READ_SECONDS * 1000)
            measured.append((question, *ask(page, question)))
        print(machine.describe("gradio", "openvino", "xllamacpp"))
        print(f"\n{'passages s':>10} {'answer s':>9}  question → answer")
        for question, passages, answered, answer in measured:
            print(f"{passages:10.2f} {answered:9.1f}  {question} → {' '.join(answer.split())[:110]}")
        medians = [statistics.median(column) for column in ([m[1] for m in measured], [m[2] for m in measured])]
        print(f"{medians[0]:10.2f} {medians[1]:9.1f}  median")
        painted, ready = (statistics.median(column) for column in zip(*opened, strict=True))
        print(
            f"\nopened by a new visitor: first paint {painted:.2f} s, ready to type {ready:.2f} s (median of {OPENED})"
        )
        if pictures:
            take_pictures(page)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
