"""Files of many articles in the index: each entry is added, updated and pruned by itself."""

from __future__ import annotations

import pytest

from rag.build import index

ENTRY = (
    "<item><title>{0}</title><guid>{0}</guid><description>Le texte de {0} dit {1} et rien de plus.</description></item>"
)


@pytest.fixture
def write(tmp_path):
    """Write a feed with these entries, each a name and a word of its text; gives its folder."""
    folder = tmp_path / "flux"
    folder.mkdir()

    def write(**entries):
        items = "".join(ENTRY.format(name, word) for name, word in entries.items())
        (folder / "flux.rss").write_text(
            f"<rss><channel><title>Le Flux</title>{items}</channel></rss>", encoding="utf-8"
        )
        return folder

    return write


def counts(report):
    return report.added, report.updated, report.unchanged, report.removed


def test_entries_come_change_stay_and_go_one_by_one(write, store, encoder):
    assert counts(index(store, encoder, [write(salon="oui", prix="non")])) == (2, 0, 0, 0)
    assert counts(index(store, encoder, [write(salon="oui", prix="peut-être", norme="si")])) == (1, 1, 1, 0)
    ids = {row.title: row.id for row in store.articles()}
    assert counts(index(store, encoder, [write(norme="si")])) == (0, 0, 1, 0)
    assert {row.title: row.id for row in store.articles()} == ids
    assert counts(index(store, encoder, [write(norme="si")], prune=True)) == (0, 0, 1, 2)
    assert [row.title for row in store.articles()] == ["norme"]
    assert store.article(ids["norme"]).publication == "Le Flux"


def test_a_damaged_feed_keeps_its_articles_a_vanished_one_does_not(write, store, encoder):
    folder = write(salon="oui", prix="non")
    index(store, encoder, [folder])
    (folder / "flux.rss").write_text("<rss><channel>", encoding="utf-8")
    report = index(store, encoder, [folder], prune=True)
    assert (len(report.failed), report.removed, report.articles) == (1, 0, 2)
    (folder / "flux.rss").unlink()
    assert index(store, encoder, [folder], prune=True).removed == 2
