"""The page under a path of its own behind a reverse proxy, in a real browser."""

from collections.abc import Iterator

import page_fake as fake
import pytest
from browsing import Reader, Server
from proxying import free_port, proxied

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

PATH = "/lire/standardiste"


@pytest.fixture(scope="module")
def behind() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("STANDARDISTE_ROOT_PATH", PATH)
        running = Server(free_port())
        with proxied([running.url], PATH) as address:
            yield address
        running.process.terminate()
        running.process.communicate(timeout=20)


def test_everything_stays_under_the_path(browser, behind):
    reader = Reader(browser, behind)
    reader.ask("à qui le SECA a-t-il été revendu ?")
    reader.page.get_by_role("link", name="[1]").click()
    expect(reader.page.locator(".reader:visible article mark")).to_have_text(fake.QUOTE)
    reader.page.keyboard.press("Escape")
    reader.page.get_by_role("button", name="Vos conversations").click()
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Markdown").click()
    assert download.value.url.startswith(behind)
    reader.page.get_by_role("link", name="English").click()
    expect(reader.page.get_by_label("Your question")).to_be_visible()
    assert reader.page.url.startswith(behind)
    assert [url for url in reader.requests if not url.startswith((behind, "data:", "blob:"))] == []
    # A browser asks the host itself for its icon, whatever path the page stands at.
    assert [error for error in reader.errors if "/favicon.ico" not in error] == []
    reader.page.context.close()
