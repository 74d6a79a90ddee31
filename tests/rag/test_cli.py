"""The command line as a user meets it: what it prints, and how it fails."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rag import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, encoder, monkeypatch, capsys):
    """Run a command in this process with the stand-in encoder; gives exit code, standard output and error."""
    monkeypatch.setattr("rag.opening.open_encoder", lambda settings: encoder)
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    monkeypatch.setenv("STANDARDISTE_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("STANDARDISTE_MODEL", "none")

    def run(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def one_sentence(text):
    """Whether a message is a single line without a traceback."""
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def test_index_search_ask_and_articles_speak_json(run, folder):
    code, out, _ = run("index", folder, "--json")
    report = json.loads(out)
    assert code == 0
    assert set(report) == {
        "added", "updated", "unchanged", "removed", "failed", "articles", "passages", "seconds",
    }  # fmt: skip
    assert report["added"] == 2

    code, out, _ = run("search", "Borealis", "-k", "1", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"question", "hits", "seconds"}
    assert found["hits"][0]["article"] == "salon"

    code, out, _ = run("ask", "À qui le salon a-t-il été vendu ?", "--no-llm", "--json")
    assert code == 0
    assert json.loads(out)["status"] == "extractive"

    code, out, _ = run("articles", "--json")
    assert {row["id"] for row in json.loads(out)} == {"salon", "prix"}
    code, out, _ = run("show", "salon", "--json")
    assert json.loads(out)["text"].startswith("Un salon change de nom")


def test_filters_reach_the_search(run, folder):
    run("index", folder)
    _, out, _ = run("search", "salon prestataires", "--since", "2013", "--json")
    assert {hit["article"] for hit in json.loads(out)["hits"]} == {"prix"}
    _, out, _ = run("search", "salon prestataires", "--until", "2012-04", "--json")
    assert {hit["article"] for hit in json.loads(out)["hits"]} == {"salon"}
    _, out, _ = run("search", "salon prestataires", "--publication", "La Gazette du Casque", "--json")
    assert {hit["article"] for hit in json.loads(out)["hits"]} == {"salon"}


def test_a_history_turns_a_follow_up_into_a_question(run, folder, tmp_path):
    run("index", folder)
    history = tmp_path / "history.json"
    history.write_text(json.dumps([{"role": "user", "content": "Que devient le salon Téléphonia ?"}]))
    _, out, _ = run("ask", "Et à qui ?", "--history", history, "--no-llm", "--json")
    assert json.loads(out)["search_question"] == "Que devient le salon Téléphonia ? Et à qui ?"


def test_verify_prints_a_verdict_a_line(run, folder, tmp_path):
    run("index", folder)
    claims = tmp_path / "claims.jsonl"
    claims.write_text('{"id": "x", "claim": "Les exposants étaient 240 cette année-là."}\n')
    code, out, _ = run("verify", claims, "--json")
    verdict = json.loads(out)
    assert code == 0
    assert set(verdict) == {"id", "claim", "verdict", "support", "quote", "article"}
    assert (verdict["verdict"], verdict["article"]) == ("supported", "salon")


def test_a_bad_file_is_named_the_rest_indexed_and_the_code_is_one(run, folder):
    (folder / "binaire.txt").write_bytes(os.urandom(5000))
    code, out, err = run("index", folder, "--json")
    assert code == 1
    assert json.loads(out)["added"] == 2
    assert "binaire.txt" in err
    assert one_sentence(err)
    assert run("search", "Borealis")[0] == 0


def test_a_protected_pdf_is_named(run, folder):
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    with (folder / "protege.pdf").open("wb") as out:
        writer.write(out)
    code, _, err = run("index", folder)
    assert code == 1
    assert "protege.pdf" in err
    assert "password" in err
    assert one_sentence(err)


def test_a_docx_that_is_a_bomb_is_named(run, folder):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"A" * 60_000_000)
    (folder / "bombe.docx").write_bytes(content.getvalue())
    code, _, err = run("index", folder)
    assert code == 1
    assert "bombe.docx" in err
    assert one_sentence(err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["index", "/nowhere/at/all"], "/nowhere/at/all"),
        (["index"], "PATH"),
        (["search", "x", "-k", "0"], "1 to 1000"),
        (["search", "x", "-k", "dix"], "dix"),
        (["ask", "x", "--since", "hier"], "hier"),
        (["ask", "x", "--history", "/nowhere.json"], "/nowhere.json"),
        (["ask", "x", "--frobnicate"], "--frobnicate"),
        (["frobnicate"], "frobnicate"),
        (["serve", "--port", "70000"], "70000"),
        (["verify", "/nowhere.txt"], "/nowhere.txt"),
        (["eval", "/nowhere.jsonl"], "/nowhere.jsonl"),
        ([], "COMMAND"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_sentence_and_code_two(run, folder, arguments, said):
    run("index", folder)
    code, out, err = run(*arguments)
    assert code == 2
    assert said in err
    assert one_sentence(err)
    assert out == ""


def test_an_empty_folder_loses_nothing(run, folder, tmp_path):
    run("index", folder)
    (tmp_path / "vide").mkdir()
    code, _, err = run("index", tmp_path / "vide")
    assert code == 2
    assert "vide" in err
    assert one_sentence(err)
    assert len(json.loads(run("articles", "--json")[1])) == 2


@pytest.mark.parametrize("content", ["{", "{}", '[{"role": "system", "content": "x"}]', '[{"role": "user"}]', "[3]"])
def test_a_broken_history_is_said_to_be_one(run, folder, tmp_path, content):
    run("index", folder)
    (tmp_path / "history.json").write_text(content)
    code, _, err = run("ask", "x", "--history", tmp_path / "history.json", "--no-llm")
    assert code == 2
    assert one_sentence(err)


def test_a_backup_brings_a_lost_index_back(run, folder, tmp_path):
    run("index", folder)
    code, out, _ = run("backup", tmp_path / "saved.db")
    assert code == 0
    assert "2 articles" in out
    code, _, err = run("backup", tmp_path / "saved.db")
    assert code == 1
    assert "--overwrite" in err
    assert one_sentence(err)
    code, out, _ = run("--index", tmp_path / "again", "restore", tmp_path / "saved.db")
    assert code == 0
    assert run("--index", tmp_path / "again", "doctor")[0] == 0
    assert len(json.loads(run("--index", tmp_path / "again", "articles", "--json")[1])) == 2
    code, _, err = run("--index", tmp_path / "again", "restore", tmp_path / "nowhere.db")
    assert code == 1
    assert one_sentence(err)


def test_asking_an_empty_index_says_what_to_do(run):
    code, _, err = run("ask", "Qui ?", "--no-llm")
    assert code == 1
    assert "standardiste index" in err


def test_a_port_in_use_is_said_so(run, folder, monkeypatch):
    run("index", folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run("serve", "--port", port)
    assert code == 1
    assert str(port) in err
    assert one_sentence(err)


def process(*arguments, **environment):
    """Run the command line as a process of its own, without network for pip and without weights."""
    settings = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", **environment}
    return subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)], cwd=ROOT, env=settings, capture_output=True, text=True
    )


def test_missing_weights_are_named_with_the_command_that_fetches_them(tmp_path, folder):
    done = process(
        "index", folder, STANDARDISTE_CACHE=str(tmp_path / "cache"), STANDARDISTE_INDEX=str(tmp_path / "index")
    )
    assert done.returncode == 1
    assert "e5-small" in done.stderr
    assert "fetch" in done.stderr or "make setup" in done.stderr
    assert one_sentence(done.stderr)


def test_doctor_names_what_is_missing(tmp_path):
    done = process(
        "doctor", "--json", STANDARDISTE_CACHE=str(tmp_path / "cache"), STANDARDISTE_INDEX=str(tmp_path / "index")
    )
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert all(finding["mend"] for finding in findings if not finding["ok"])
    assert any("e5-small" in finding["what"] and not finding["ok"] for finding in findings)


def test_help_lists_every_command():
    done = process("--help")
    assert done.returncode == 0
    for command in ("index", "search", "ask", "eval", "verify", "articles", "doctor", "serve"):
        assert command in done.stdout


def test_a_broken_settings_file_is_named(run, tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text("modell = 'x'\n")
    monkeypatch.setenv("STANDARDISTE_CONFIG", str(tmp_path / "settings.toml"))
    code, _, err = run("articles")
    assert code == 2
    assert "modell" in err
    assert one_sentence(err)
