"""Backups: whole and verified on both ways, or nothing."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from stand_ins import WordEncoder

from rag.backup import backup, restore
from rag.build import index
from rag.schema import fingerprint
from rag.sqlite import SqliteStore
from rag.store import StoreDamaged, StoreError, StoreLocked, StoreMismatch

WANTED = fingerprint(WordEncoder.name, WordEncoder.dimension)


@pytest.fixture
def saved(filled, tmp_path):
    """A backup of the filled store."""
    file = tmp_path / "saved.db"
    backup(filled.folder, file)
    return file


def ids(store):
    return [row.id for row in store.articles()]


def left_over(folder):
    """Files that a copy made for itself and did not take away."""
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


def test_a_backup_restored_elsewhere_is_the_same_index(filled, saved, encoder, tmp_path):
    copied = restore(saved, tmp_path / "other", WANTED)
    other = SqliteStore(tmp_path / "other", encoder.name, encoder.dimension)
    other.mend()
    assert (copied.articles, ids(other)) == (2, ids(filled))
    assert other.article("salon") == filled.article("salon")
    assert all(finding.ok for finding in other.check())
    encoder.embedded.clear()
    assert other.known_vectors(["Les exposants étaient 240 cette année-là."])
    assert left_over(tmp_path) == left_over(tmp_path / "other") == []


def test_a_backup_is_one_file(saved, tmp_path):
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["saved.db"]
    with sqlite3.connect(saved) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_restoring_brings_removed_articles_back_to_those_who_have_the_index_open(filled, saved, encoder):
    reader = SqliteStore(filled.folder, encoder.name, encoder.dimension)
    with filled.writing():
        filled.remove("salon")
    vector = encoder.encode_queries(["Borealis"])[0]
    assert {found.row.id for found in reader.search(vector, ["boreal"], 5)} == {"prix"}
    restore(saved, filled.folder, WANTED, overwrite=True)
    assert "salon" in {found.row.id for found in reader.search(vector, ["boreal"], 5)}
    assert all(finding.ok for finding in reader.check())


def test_nothing_is_overwritten_unless_told(filled, saved, encoder):
    before = saved.read_bytes()
    with pytest.raises(StoreError, match=r"saved\.db is there already.*--overwrite"):
        backup(filled.folder, saved)
    assert saved.read_bytes() == before
    with pytest.raises(StoreError, match=r"not empty.*--overwrite"):
        restore(saved, filled.folder, WANTED)
    backup(filled.folder, saved, overwrite=True)


@pytest.mark.parametrize("harm", ["text", "vector", "header", "half", "empty", "other"])
def test_a_damaged_backup_is_refused_and_the_index_stays(filled, saved, harm):
    content = saved.read_bytes()
    if harm == "text":
        content = content.replace(b"Borealis en 2012", b"Borealis en 2013")
    elif harm == "vector":
        with sqlite3.connect(saved) as connection:
            connection.execute("UPDATE sentences SET vector = zeroblob(length(vector)) WHERE key = 1")
        content = saved.read_bytes()
    elif harm == "header":
        content = b"SQLite format 4" + content[15:]
    elif harm == "other":
        saved.unlink()
        with sqlite3.connect(saved) as connection:
            connection.execute("CREATE TABLE notes (text)")
        content = saved.read_bytes()
    else:
        content = content[: len(content) // 2] if harm == "half" else b""
    saved.write_bytes(content)
    with pytest.raises((StoreDamaged, StoreMismatch), match=r"saved\.db"):
        restore(saved, filled.folder, WANTED, overwrite=True)
    assert ids(filled) == ["prix", "salon"]
    assert all(finding.ok for finding in filled.check())
    assert left_over(filled.folder) == []


def test_a_damaged_index_is_not_backed_up_but_can_be_replaced(filled, saved, encoder, tmp_path):
    filled.close()
    database = filled.folder / "articles.db"
    database.write_bytes(database.read_bytes().replace(b"Borealis en 2012", b"Borealis en 2013"))
    with pytest.raises(StoreDamaged, match="text of the article “salon”"):
        backup(filled.folder, tmp_path / "second.db")
    assert not (tmp_path / "second.db").exists()
    database.write_bytes(b"garbage" * 1000)
    restore(saved, filled.folder, WANTED, overwrite=True)
    again = SqliteStore(filled.folder, encoder.name, encoder.dimension)
    again.mend()
    assert ids(again) == ["prix", "salon"]
    assert all(finding.ok for finding in again.check())


@pytest.mark.parametrize(
    ("key", "other"), [("encoder", "other:2"), ("dimension", "7"), ("splitter", "99"), ("words", "99")]
)
def test_a_backup_of_another_kind_is_refused_by_name(filled, saved, key, other):
    with pytest.raises(StoreMismatch, match=f"{WANTED[key]}.*not {other}"):
        restore(saved, filled.folder, {**WANTED, key: other}, overwrite=True)
    assert ids(filled) == ["prix", "salon"]


def test_restoring_waits_for_no_writer(filled, saved):
    held, done = threading.Event(), threading.Event()

    def write():
        with filled.writing():
            held.set()
            done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert held.wait(10)
    try:
        with pytest.raises(StoreLocked, match="Another process"):
            restore(saved, filled.folder, WANTED, overwrite=True)
    finally:
        done.set()
        writer.join()


def test_a_backup_while_somebody_writes_is_a_state_between_two_articles(filled, encoder, folder, tmp_path):
    with filled.writing():
        filled.remove("prix")
        copied = backup(filled.folder, tmp_path / "between.db")
    assert copied.articles == 1
    index(filled, encoder, [folder])
    assert ids(filled) == ["prix", "salon"]


def test_missing_files_and_folders_are_named(filled, tmp_path):
    with pytest.raises(StoreError, match="nowhere"):
        backup(tmp_path / "nowhere", tmp_path / "x.db")
    with pytest.raises(StoreError, match="nowhere"):
        backup(filled.folder, tmp_path / "nowhere" / "x.db")
    with pytest.raises(StoreError, match=r"nowhere\.db"):
        restore(tmp_path / "nowhere.db", filled.folder, WANTED)
