"""Files that do not belong to this index: refused or migrated by name, or made again, never mixed."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3

import pytest
from stand_ins import PRICE, SALON, WordEncoder

from corpus.article import Article
from corpus.split import VERSION as SPLITTER
from corpus.split import split
from rag.build import index
from rag.sqlite import SqliteStore
from rag.store import StoreMismatch
from rag.words import VERSION as WORDS
from rag.words import index_text


@pytest.fixture
def database(filled):
    """The database of a filled store that nobody has open."""
    filled.close()
    return filled.folder / "articles.db"


def alter(database, *statements):
    with sqlite3.connect(database) as connection:
        connection.create_function("bare", 1, lambda vector: vector[:-4])
        for statement in statements:
            connection.execute(statement)
    connection.close()


def reopened(database):
    return SqliteStore(database.parent, WordEncoder.name, WordEncoder.dimension)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE meta SET value = 'other:2' WHERE key = 'encoder'", "encoder other:2, not words:1"),
        ("UPDATE meta SET value = '384' WHERE key = 'dimension'", "vectors of 384 numbers, not 4096"),
        ("UPDATE meta SET value = '0' WHERE key = 'splitter'", f"splitter 0, not {SPLITTER}"),
        ("UPDATE meta SET value = '0' WHERE key = 'words'", f"word stems 0, not {WORDS}"),
        ("PRAGMA user_version = 99", "schema 99"),
        ("PRAGMA application_id = 7", "another program"),
        ("DELETE FROM meta WHERE key = 'encoder'", "encoder unknown"),
    ],
    ids=["encoder", "dimension", "splitter", "stems", "newer schema", "another program", "nothing known"],
)
def test_an_index_of_another_kind_is_refused_by_name_and_left_alone(database, statement, named):
    alter(database, statement)
    before = database.read_bytes()
    with pytest.raises(StoreMismatch, match=named) as caught:
        reopened(database)
    assert "--index" in str(caught.value)
    assert database.read_bytes() == before


def test_a_database_of_another_program_gets_no_tables(tmp_path):
    alter(tmp_path / "articles.db", "CREATE TABLE notes (text)")
    with pytest.raises(StoreMismatch, match="another program"):
        SqliteStore(tmp_path, WordEncoder.name, WordEncoder.dimension)
    with sqlite3.connect(tmp_path / "articles.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_an_older_schema_is_migrated_without_embedding(database, filled, encoder, folder):
    alter(
        database,
        *(f"UPDATE {table} SET vector = bare(vector)" for table in ("passages", "sentences")),
        "ALTER TABLE articles DROP COLUMN about_sum",
        "ALTER TABLE articles DROP COLUMN text_sum",
        "ALTER TABLE passages DROP COLUMN sum",
        "DELETE FROM meta WHERE key IN ('splitter', 'words', 'owners_sum')",
        "PRAGMA application_id = 0",
        "PRAGMA user_version = 1",
    )
    encoder.embedded.clear()
    store = reopened(database)
    assert all(finding.ok for finding in store.check())
    assert index(store, encoder, [folder]).unchanged == 2
    assert encoder.embedded == []
    found = store.search(encoder.encode_queries(["Borealis"])[0], ["boreal"], 5)
    assert "salon" in {candidate.row.id for candidate in found}


@pytest.mark.parametrize("kind", ["passages", "sentences"])
def test_vectors_of_another_index_are_not_searched(database, encoder, folder, tmp_path, kind):
    (folder / "prix.md").unlink()
    other = SqliteStore(tmp_path / "other", encoder.name, encoder.dimension)
    index(other, encoder, [folder])
    shutil.copy(tmp_path / "other" / f"{kind}.faiss", database.parent)
    store = reopened(database)
    assert [finding.what for finding in store.check() if not finding.ok] == ["faiss"]
    found = store.search(encoder.encode_queries(["tarifs prestataires Maroc"])[0], ["tarif"], 5)
    assert {candidate.row.id for candidate in found} == {"salon", "prix"}


def test_vectors_of_an_older_state_are_not_searched(filled, encoder, folder, tmp_path):
    for kind in ("passages", "sentences"):
        shutil.copy(filled.folder / f"{kind}.faiss", tmp_path)
    (folder / "neuf.md").write_text("# Meridion recrute\n\nMeridion recrute à Lille.\n", encoding="utf-8")
    index(filled, encoder, [folder])
    filled.close()
    for kind in ("passages", "sentences"):
        shutil.copy(tmp_path / f"{kind}.faiss", filled.folder)
    store = reopened(filled.folder / "articles.db")
    found = store.search(encoder.encode_queries(["Meridion recrute à Lille"])[0], ["meridion"], 5)
    assert "neuf" in {candidate.row.id for candidate in found}


def test_the_versions_name_what_the_splitter_and_the_stems_make():
    """If this fails, what an index holds has changed: raise the VERSION that it names, and change the sum here."""
    article = Article("a", "", (SALON + "\n\n" + PRICE) * 3, None, None, None, "fr", "")
    passages = [(passage.start, passage.end, passage.sentences) for passage in split(article, lambda t: len(t) // 4)]
    made = {
        "splitter": (SPLITTER, hashlib.sha256(repr(passages).encode()).hexdigest()[:16]),
        "words": (WORDS, hashlib.sha256(index_text([article.text], "fr").encode()).hexdigest()[:16]),
    }
    assert made == {"splitter": (1, "9cfb724f003f0bb4"), "words": (1, "d768c7a49f48e355")}
