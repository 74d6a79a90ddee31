"""Figures on /metrics, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import page_fake as fake
import pytest
from fastapi.testclient import TestClient

import app
from page.access import Access, hashed
from page.assistant import OpeningAssistant
from page.chat import Asker
from page.languages import FRENCH
from page.line import Line
from page.site import web_app
from page.watching import MetricsError, load_metrics
from rag import cli
from rag.hits import Filters
from rag.model import ModelUnavailable

prometheus = pytest.importorskip("prometheus_client", reason="needs the extra “cluster”")
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

from page.metrics import Metrics  # noqa: E402

TOKEN = "a-token-of-enough-letters"
READS = {"authorization": f"Bearer {TOKEN}"}


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every figure by its name and labels' values."""
    return {
        (
            sample.name.removeprefix("standardiste_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def site(metrics: Metrics | None, access: Access | None = None) -> Iterator[TestClient]:
    assistant = OpeningAssistant(fake.FakeAssistant)
    if metrics:
        metrics.watch(Line(4), assistant)
    assistant.opened()
    with TestClient(web_app({"fr": app.build_page(assistant)}, assistant, access or Access(), metrics)) as browser:
        yield browser


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return Metrics(TOKEN)


@pytest.fixture(scope="module")
def browser(metrics) -> Iterator[TestClient]:
    yield from site(metrics)


def read(browser: TestClient) -> dict[tuple[str, ...], float]:
    answer = browser.get("/metrics", headers=READS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return figures(answer.text)


def test_there_is_nothing_unless_it_is_asked_for():
    assert load_metrics({}) is None
    for browser in site(None):
        assert browser.get("/metrics", headers=READS).status_code == 404
    code = "import sys, app, page.site; app.load_metrics({}); print('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Basic {TOKEN}", "Bearer another-token-of-letters", f"Bearer {TOKEN}é"]
)
def test_only_the_token_reads_them(browser, header):
    answer = browser.get("/metrics", headers={"authorization": header.encode()} if header else {})
    assert answer.status_code == 401
    assert "standardiste_" not in answer.text


def test_the_token_suffices_where_readers_need_a_password(metrics):
    for browser in site(Metrics(TOKEN), Access({"jeanne": (b"salt", hashed("password", b"salt"))})):
        assert browser.get("/metrics", headers=READS).status_code == 200
        assert browser.get("/fr/", headers=READS).status_code == 401
        assert read(browser)["refused_requests_total", "401"] == 1


def test_questions_are_counted_by_what_became_of_them(browser, metrics):
    def ask(question: str, stop: bool = False) -> None:
        asker, stopped = Asker(fake.FakeAssistant(), Line(4), FRENCH, meter=metrics), threading.Event()
        for _ in asker.ask((), question, Filters(), stopped):
            if stop:
                stopped.set()

    for question in ("q", "q", "quelle météo ?", "les citations", "une panne"):
        ask(question)
    ask("attends", stop=True)
    found = read(browser)
    assert {key[1]: value for key, value in found.items() if key[0] == "questions_total"} == {
        "answered": 2, "not_found": 1, "extractive": 1, "failed": 1, "stopped": 1,
    }  # fmt: skip
    # The fake takes 0.01 s, 0.02 s and 0.03 s.
    for stage, seconds in (("retrieve", 0.01), ("first_token", 0.02), ("total", 0.03)):
        assert found["stage_seconds_count", stage] == 4
        assert found["stage_seconds_sum", stage] == pytest.approx(4 * seconds)
        assert found["stage_seconds_bucket", "0.025", stage] == (0 if stage == "total" else 4)
    assert found["line_wait_seconds_count",] == 6
    assert found["line_length",] == 0
    assert (found["articles",], found["passages",]) == (2, 2)


def test_the_line_tells_who_waits(browser):
    metrics, line = Metrics(TOKEN), Line(1)
    metrics.watch(line, OpeningAssistant(fake.FakeAssistant))
    with line.place(), line.place(), line.place():
        found = figures(metrics.text().decode())
        assert found["line_length",] == 2
        assert found["articles",] != found["articles",], "NaN before the articles are open"


def test_refused_requests_are_counted(browser):
    before = read(browser)
    browser.get("/fr/gradio_api/info")
    browser.post("/fr/gradio_api/queue/join", json={}, headers={"sec-fetch-site": "cross-site"})
    browser.post("/fr/gradio_api/queue/join", content=b"x" * 300_000)
    after = read(browser)
    for code in ("403", "404", "413"):
        assert after["refused_requests_total", code] == before.get(("refused_requests_total", code), 0) + 1


def test_two_processes_do_not_mix():
    one, other = Metrics(TOKEN), Metrics(TOKEN)
    one.tokens(3, 4)
    one.model_failed("2", ModelUnavailable("slow", "late.").failure)
    one.model_busy("1", 3)
    found = figures(one.text().decode())
    assert (found["model_tokens_total", "read"], found["model_tokens_total", "written"]) == (3, 4)
    assert found["model_failures_total", "2", "slow"] == 1
    assert found["model_requests", "1"] == 3
    assert not any(key[0].startswith("model_") for key in figures(other.text().decode()))


@pytest.mark.parametrize("token", ["short", "with a space in the middle", "à" * 20])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused(token, monkeypatch, capsys):
    with pytest.raises(MetricsError, match="at least 16"):
        load_metrics({"STANDARDISTE_METRICS": token})
    monkeypatch.setenv("STANDARDISTE_METRICS", token)
    assert cli.main(["serve", "--port", "1"]) == 2
    assert "STANDARDISTE_METRICS" in capsys.readouterr().err


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "page.metrics", None)
    with pytest.raises(MetricsError, match="cluster"):
        load_metrics({"STANDARDISTE_METRICS": TOKEN})
