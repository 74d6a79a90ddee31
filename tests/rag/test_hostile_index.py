"""A folder that means harm, indexed: the good articles are found, each bad file is a sentence."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "corpus"))
from hostile import ODD_NAMES, hostile_files

from rag.build import index


def test_odd_names_are_indexed_and_printed(store, encoder, folder):
    for name in ODD_NAMES:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))
        path.write_text(
            f"# Titre\n\nLe texte du fichier {ODD_NAMES.index(name)} parle de Meridion.\n", encoding="utf-8"
        )
    report = index(store, encoder, [folder])
    assert report.added == len(ODD_NAMES) - 1 + 2
    assert ["no UTF-8" in failure["error"] for failure in report.failed] == [True]
    assert index(store, encoder, [folder], prune=True).unchanged == report.added
    rows = store.articles()
    assert len({row.id for row in rows}) == report.added
    assert json.dumps([*report.failed, [row.source for row in rows]], ensure_ascii=False).encode("utf-8")
    assert all(row.id.isprintable() and row.source.isprintable() for row in rows)


@pytest.mark.parametrize("name", ["nul.txt", "bomb.docx", "laughs.rss", "noise.pdf", "one-line.txt"])
def test_a_bad_file_is_named_and_the_rest_is_indexed(store, encoder, folder, name):
    (folder / name).write_bytes(hostile_files(Path())[name])
    report = index(store, encoder, [folder])
    assert report.added == 2
    assert [Path(failure["path"]).name for failure in report.failed] == [name]
    assert name in report.failed[0]["error"]
