"""The same attacks in a real browser: as article, title, author, file name, question, draft, answer and notice."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import attacks
import pytest

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

CHROMIUM = shutil.which("chromium")
FOREIGN = ":is(script, iframe, form, style, img, object, embed, base, meta, link, video, audio, math, marquee)"


class Attacked:
    """A page in which every text is an attack, open in a browser that notes what it is made to do."""

    def __init__(self, browser, url: str, strings: int, group: int) -> None:
        self.strings, self.group = strings, group
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.url = url
        self.page = browser.new_page(locale="fr-FR")
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(url)
        self.question = self.page.get_by_label("Votre question")
        expect(self.question).to_be_visible(timeout=60_000)

    def _dialog(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def ask(self, question: str, answers: int) -> None:
        self.question.fill(question)
        self.question.press("Enter")
        expect(self.page.locator(".reply")).to_have_count(answers, timeout=60_000)
        expect(self.page.locator(".reply").last.locator(".status")).to_be_visible(timeout=60_000)

    def assert_unharmed(self) -> None:
        own = (self.url, "data:", "blob:")
        assert self.dialogs == []
        assert [url for url in self.requests if not url.startswith(own)] == []
        assert self.page.url.startswith(self.url)
        for place in ("#chat .message", "#sources", "#articles", ".reader"):
            assert self.page.locator(f"{place} {FOREIGN}").count() == 0, place
        addresses = self.page.locator("#chat .message a, #sources a, #articles a, .reader a").evaluate_all(
            "all => all.map(a => a.getAttribute('href'))"
        )
        assert [one for one in addresses if not re.fullmatch(r"#source-[\d-]+", one or "")] == []


@pytest.fixture(scope="module")
def attacked() -> Iterator[Attacked]:
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    if not attacks.FOLDER.exists():
        pytest.skip(f"{attacks.FOLDER} is not on this machine")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        [sys.executable, attacks.__file__, str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    strings, group = map(int, serving.stdout.readline().split())
    assert str(port) in serving.stderr.readline()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Attacked(browser, f"http://127.0.0.1:{port}/", strings, group)
        browser.close()
    serving.terminate()
    serving.communicate(timeout=20)


def test_nothing_runs_and_nothing_is_fetched(attacked):
    groups = -(-attacked.strings // attacked.group)
    for number in range(groups):
        attacked.ask(f"{number} {attacks.OURS[number % len(attacks.OURS)]}", number + 1)
        expect(attacked.page.locator("#sources .card.cited").first).to_be_visible()
    attacked.assert_unharmed()


def test_titles_names_and_whole_articles_stay_text(attacked):
    attacked.page.get_by_role("tab", name="Articles").click()
    expect(attacked.page.locator("table.articles tbody tr")).to_have_count(attacked.strings, timeout=60_000)
    for number in range(0, attacked.strings, 100):
        attacked.page.locator("#articles .open-article").nth(number).evaluate("button => button.click()")
        expect(attacked.page.locator(".reader:visible article").first).to_be_visible()
    attacked.assert_unharmed()


def test_questions_stay_text(attacked):
    attacked.page.get_by_role("tab").first.click()
    asked = attacked.page.locator(".reply").count()
    for number, text in enumerate(attacks.OURS, 1):
        attacked.ask(f"0 {' '.join(text.split())}", asked + number)
        expect(attacked.page.locator(".question").last).to_contain_text(" ".join(text.split()))
    attacked.assert_unharmed()
