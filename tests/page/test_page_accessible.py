"""axe-core finds nothing serious on the page, in each of its states."""

import os
from collections.abc import Callable
from pathlib import Path

import page_fake as fake
import pytest
from browsing import Reader

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
axe = pytest.importorskip("axe_core_python.base")

AXE = Path(os.environ.get("AXE_CORE") or Path(axe.__file__).with_name("axe.min.js"))
"""``AXE_CORE`` names another edition's axe.min.js."""


def answered(reader: Reader) -> None:
    reader.ask("à qui le SECA a-t-il été revendu ?")
    expect(reader.page.locator("#source-1 mark")).to_have_text(fake.QUOTE)
    expect(reader.page.get_by_role("button", name="Copier avec les sources")).to_be_visible()


def refused(reader: Reader) -> None:
    reader.ask("quelle météo ?")
    expect(reader.replies).to_contain_text("∅")


def reading(reader: Reader) -> None:
    answered(reader)
    reader.page.get_by_role("link", name="[1]").click()
    expect(reader.page.locator(".reader:visible article mark")).to_be_focused()


def tab(name: str) -> Callable[[Reader], None]:
    def opened(reader: Reader) -> None:
        reader.page.get_by_role("tab", name=name).click()
        expect(reader.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        reader.page.wait_for_timeout(1000)

    return opened


STATES = {
    "at first": lambda reader: None,
    "answered": answered,
    "refused": refused,
    "reading": reading,
    "articles": tab("Articles"),
    "adding": tab("Ajouter"),
    "evaluation": tab("Évaluation"),
}


def violations(page) -> list[str]:
    """What axe-core calls serious or critical, each with the first places."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")["violations"]
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}) "
        + " | ".join(f"{node['failureSummary']} {node['html'][:150]}" for node in one["nodes"][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_nothing_serious(browser, server, state, colours):
    somebody = Reader(browser, server.url, viewport={"width": 1280, "height": 860}, color_scheme=colours)
    STATES[state](somebody)
    assert violations(somebody.page) == []
    somebody.page.context.close()
