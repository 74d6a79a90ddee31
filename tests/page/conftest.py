"""What the tests in a real browser share; Playwright is imported only where they run."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import ARGUMENTS, CHROMIUM, Reader, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Server(port)
    yield running
    running.process.terminate()
    running.process.communicate(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    # Longer than the five seconds of Playwright: a machine may be busy.
    playwright.expect.set_options(timeout=20_000)
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def reader(browser, server) -> Iterator[Reader]:
    somebody = Reader(browser, server.url, viewport={"width": 1280, "height": 860})
    yield somebody
    somebody.page.context.close()
