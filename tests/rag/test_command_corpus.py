"""``standardiste corpus check`` as an editor meets it."""

from __future__ import annotations

import json

import pytest

from rag import cli


@pytest.fixture
def articles(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    front = "title: Un salon\nauthor: A\npublication: P\ndate: 2020-01-01\nlanguage: fr\ntopics: [a]\nsources:\n"
    source = "  - title: Annales\n    address: https://a.example/1\n"
    text = (
        "Le salon Téléphonia a reçu 240 exposants. "
        + "On y parle régulièrement de la conversation et de la supervision. " * 40
    )
    (folder / "salon.md").write_text(f"---\n{front}{source}---\n{text}\n", encoding="utf-8")
    return folder


def test_findings_name_file_and_line(articles, capsys):
    assert cli.main(["corpus", "check", str(articles)]) == 0
    said = capsys.readouterr()
    assert f"{articles}/salon.md:12: warning: has 2 of 2 facts" in said.out
    assert "0 errors" in said.err
    (articles / "bref.md").write_text("---\ntitle: x\n---\nBref.\n", encoding="utf-8")
    assert cli.main(["corpus", "check", str(articles)]) == 1
    assert "bref.md:4: error: has 1 words" in capsys.readouterr().out


def test_json_sample_and_untraced(articles, capsys):
    assert cli.main(["corpus", "check", str(articles), "--json", "--sample", "1"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["facts"] == {"all": 2, "traced": 0, "common": 0, "untraced": 2}
    assert set(report["findings"][0]) == {"level", "rule", "path", "line", "message"}
    (drawn,) = report["sample"]
    assert drawn["fact"] in ("Téléphonia", "240")
    assert drawn["sources"] == [{"title": "Annales", "address": "https://a.example/1"}]
    cli.main(["corpus", "check", str(articles), "--sample", "2"])
    said = capsys.readouterr().out
    assert "untraced; the article's sources:" in said
    assert "Annales, https://a.example/1" in said
    cli.main(["corpus", "check", str(articles), "--list-untraced"])
    assert capsys.readouterr().out.splitlines()[2].startswith('"Téléphonia":  # line 12')
    assert cli.main(["corpus", "check", str(articles), "--strict"]) == 1


def test_a_missing_folder_is_wrong_usage(tmp_path, capsys):
    assert cli.main(["corpus", "check", str(tmp_path / "none")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
