"""The tables of the database, what it remembers of how it was made, and the way from older layouts to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from corpus.split import VERSION as SPLITTER
from rag.rows import about_sum, checked, passage_sum, text_sum
from rag.store import StoreMismatch
from rag.words import VERSION as WORDS

APPLICATION = 0x5374_616E
"""SQLite's application id: "Stan"."""
SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, publication TEXT, date TEXT,
    language TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, headings TEXT NOT NULL, digest TEXT NOT NULL,
    about_sum BLOB NOT NULL DEFAULT x'', text_sum BLOB NOT NULL DEFAULT x'');
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, article TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL,
    stems INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, sum BLOB NOT NULL DEFAULT x'',
    UNIQUE (article, number));
CREATE TABLE sentences (
    key INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_digest ON passages (digest);
CREATE INDEX sentences_digest ON sentences (digest);
CREATE INDEX sentences_passage ON sentences (passage);
CREATE VIRTUAL TABLE passage_words USING fts5 (title, about, heading, body, tokenize = 'unicode61');
CREATE TRIGGER passages_words AFTER DELETE ON passages BEGIN DELETE FROM passage_words WHERE rowid = old.key; END;
"""
_MADE_BY = {
    "encoder": "the encoder {}, not {}: use that encoder again",
    "dimension": "vectors of {} numbers, not {}: use the encoder it was made with",
    "splitter": "splitter {}, not {}: use the version of Standardiste it was made with",
    "words": "word stems {}, not {}: use the version of Standardiste it was made with",
}


def fingerprint(encoder: str, dimension: int) -> dict[str, str]:
    """What an index must agree in with the program that reads it."""
    return {"encoder": encoder, "dimension": str(dimension), "splitter": str(SPLITTER), "words": str(WORDS)}


def require_layout(connection: sqlite3.Connection, place: Path) -> int:
    """The schema version of a database of ours, 0 for an empty one. Raises ``StoreMismatch`` for any other."""
    version, application, tables = (
        int(connection.execute(sql).fetchone()[0])
        for sql in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_master")
    )
    if version > SCHEMA_VERSION:
        raise StoreMismatch(
            f"The index {place} has another layout (schema {version}, this version needs {SCHEMA_VERSION}): update "
            "Standardiste, or index the articles again into a new folder with --index."
        )
    if (version == 0 and tables) or (version >= 2 and application != APPLICATION):
        raise StoreMismatch(f"The index {place} is a database of another program: name another folder with --index.")
    return version


def require_fingerprint(connection: sqlite3.Connection, place: Path, wanted: dict[str, str]) -> None:
    """Raise ``StoreMismatch``, naming what differs, unless the database was made as ``wanted`` says."""
    for key, value in wanted.items():
        known = get_meta(connection, key)
        if known != value:
            raise StoreMismatch(
                f"The index {place} was made with {made_by(key, known, value)}, or index into a new folder with "
                "--index."
            )


def made_by(key: str, known: str, wanted: str) -> str:
    """What differs between two fingerprints under ``key``, as a sentence goes on after "was made with"."""
    return _MADE_BY[key].format(known or "unknown", wanted)


def create(connection: sqlite3.Connection, wanted: dict[str, str]) -> None:
    """Make all tables, inside the caller's transaction."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    set_meta(connection, generation="0", **wanted)
    _sign(connection)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring an older layout to this one, inside the caller's transaction; nothing is embedded again."""
    for step in _STEPS[version:]:
        step(connection)
    _sign(connection)


def _sign(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _add_sums(connection: sqlite3.Connection) -> None:
    """Schema 1 had no checksums, and did not say which splitter and stems it was made with: the first of each."""
    for table, column in (("articles", "about_sum"), ("articles", "text_sum"), ("passages", "sum")):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} BLOB NOT NULL DEFAULT x''")
    connection.create_function("checked", 1, checked, deterministic=True)
    for table in ("passages", "sentences"):
        connection.execute(f"UPDATE {table} SET vector = checked(vector)")
    for name, *about, text, headings in connection.execute(
        "SELECT id, path, title, author, publication, date, language, source, digest, text, headings FROM articles"
    ).fetchall():
        sums = (about_sum(name, *about), text_sum(text, headings), name)
        connection.execute("UPDATE articles SET about_sum = ?, text_sum = ? WHERE id = ?", sums)
    for key, *values, text in connection.execute(
        "SELECT p.key, p.article, p.number, p.start, p.end, p.heading, p.stems, "
        "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN articles a ON a.id = p.article"
    ).fetchall():
        spans = connection.execute("SELECT start, end FROM sentences WHERE passage = ? ORDER BY start", (key,))
        made = passage_sum(values, text, spans.fetchall())
        connection.execute("UPDATE passages SET sum = ? WHERE key = ?", (made, key))
    set_meta(connection, splitter="1", words="1")


_STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (lambda _: None, _add_sums)
"""From schema n to n + 1."""


def get_meta(connection: sqlite3.Connection, key: str) -> str:
    """What the store remembers under ``key``, "" if nothing."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def set_meta(connection: sqlite3.Connection, **values: str) -> None:
    """Remember values by key."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())
