"""Damage, a full disk and a read-only folder, as the user of the command line meets them."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from stand_ins import PRICE, SALON

from rag import cli
from rag.settings import Settings
from rag.sqlite import SqliteStore
from rag.store import Finding, StoreDamaged


@pytest.fixture
def index_folder(filled):
    """The folder of a filled index that nobody has open."""
    filled.close()
    return filled.folder


@pytest.fixture
def run(index_folder, encoder, monkeypatch, capsys):
    """Run a command with the stand-in encoder and without weights; gives exit code, standard output and error."""
    monkeypatch.setattr("rag.opening.open_encoder", lambda settings: encoder)
    monkeypatch.setattr("rag.opening._weights", lambda name: Finding(f"weights {name}", True, "there"))
    monkeypatch.setenv("STANDARDISTE_INDEX", str(index_folder))
    monkeypatch.setenv("STANDARDISTE_MODEL", "none")

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def replace(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert len(old) == len(new)
    assert old in content
    file.write_bytes(content.replace(old, new))


def change(database: Path, statement: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(statement)
    connection.close()


DAMAGE = {
    "a letter of a text": lambda db: replace(db, b"Borealis en 2012. ", b"Borealis en 2022. "),
    "a letter that is none": lambda db: replace(db, b"exposants", b"expos\xffnts"),
    "a name": lambda db: replace(db, b"Jeanne Martin", b"Jeanne Mortin"),
    "a vector": lambda db: change(db, "UPDATE passages SET vector = zeroblob(length(vector))"),
    "a span": lambda db: change(db, "UPDATE passages SET end = end - 1"),
    "a sentence": lambda db: change(db, "DELETE FROM sentences WHERE key = 1"),
    "a word": lambda db: change(db, "UPDATE passage_words_content SET c3 = 'autre'"),
    "the first page": lambda db: replace(db, b"SQLite format 3", b"SQLite format 4"),
    "all of it": lambda db: db.write_bytes(b""),
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
def test_doctor_tells_damage_to_the_database_and_names_the_command_that_mends_it(run, index_folder, harm):
    harm(index_folder / "articles.db")
    code, out, _ = run("doctor", "--json")
    assert code == 1
    wrong = [finding for finding in json.loads(out)["findings"] if not finding["ok"]]
    assert any("standardiste restore" in finding["mend"] for finding in wrong)


@pytest.mark.parametrize("harm", ["a letter of a text", "a letter that is none", "a name", "a span", "a sentence"])
def test_what_is_damaged_is_not_served(index_folder, encoder, harm):
    DAMAGE[harm](index_folder / "articles.db")
    store = SqliteStore(index_folder, encoder.name, encoder.dimension)
    with pytest.raises(StoreDamaged, match=r"articles\.db.*\.$") as caught:
        store.search(encoder.encode_queries(["Borealis exposants"])[0], ["boreal", "expos"], 10)
    assert "\n" not in str(caught.value)


def test_doctor_mends_a_damaged_faiss_file(run, index_folder):
    (index_folder / "passages.faiss").write_bytes(b"IxMp")
    code, out, _ = run("doctor")
    assert code == 1
    assert "standardiste doctor --mend" in out
    assert run("doctor", "--mend")[0] == 0
    assert run("doctor")[0] == 0


def test_an_interrupted_indexing_leaves_nothing_to_mend(run, index_folder, encoder):
    store = SqliteStore(index_folder, encoder.name, encoder.dimension)
    store.remove("prix")  # as if killed before the FAISS files were written
    store.close()
    code, out, _ = run("doctor", "--json")
    assert code == 0
    assert any("older than the database" in finding["detail"] for finding in json.loads(out)["findings"])


@contextlib.contextmanager
def no_file_larger_than(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_a_disk_that_takes_no_more_is_one_sentence_and_the_old_state_stays(run, folder, size):
    before = json.loads(run("articles", "--json")[1])
    (folder / "neuf.md").write_text("# Meridion\n\n" + "Meridion recrute à Lille. " * 500, encoding="utf-8")
    with no_file_larger_than(size):
        code, _, err = run("index", folder)
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    assert json.loads(run("articles", "--json")[1]) == before
    assert run("doctor")[0] == 0
    assert run("index", folder)[0] == 0


@pytest.fixture
def public_index(encoder):
    """An index in a folder that everybody may look into and nobody may write into."""
    place = Path(tempfile.mkdtemp())
    (place / "articles").mkdir()
    for name, text in (("salon.md", SALON), ("prix.md", PRICE)):
        (place / "articles" / name).write_text(text, encoding="utf-8")
    from rag.build import index

    store = SqliteStore(place / "index", encoder.name, encoder.dimension)
    index(store, encoder, [place / "articles"])
    store.close()
    for path in (place, *place.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield place
    for path in (place, *place.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(place)


@contextlib.contextmanager
def as_nobody():
    """Without the rights of root, who may write anywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_folder_that_cannot_be_written_is_one_sentence_and_stays(run, public_index):
    before = {file.name: file.read_bytes() for file in (public_index / "index").iterdir()}
    with as_nobody():
        code, _, err = run("--index", public_index / "index", "index", public_index / "articles")
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert "permissions" in err
    assert {file.name: file.read_bytes() for file in (public_index / "index").iterdir()} == before


def test_settings_hide_the_key():
    assert "sesame" not in repr(Settings(Path("x"), key="sesame"))
