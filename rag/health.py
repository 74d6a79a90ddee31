"""Whether a store is sound: SQLite's own checks, the checksums of every row, and the files derived from it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from rag import derived
from rag.database import Database
from rag.rows import ABOUT, about_sum, decoding, passage_sum, text_sum, unblob
from rag.schema import get_meta
from rag.store import Finding, StoreDamaged

MEND_FILES = "standardiste doctor --mend"


def mend_database(folder: Path) -> str:
    """What mends a damaged database."""
    return f"standardiste restore FILE with a backup; without one, delete {folder} and run “standardiste index” again"


def check(database: Database, folder: Path) -> list[Finding]:
    """The findings of all checks, in the order in which they build on each other; the first bad one ends them."""
    findings: list[Finding] = []
    for what, examine in (("database", _pages), ("tables", _tables), ("checksums", _sums), ("full text", _words)):
        try:
            with database.reading() as connection, decoding(database.path):
                fault, detail = examine(connection, database.dimension)
        except StoreDamaged as error:
            fault, detail = True, str(error)
        findings.append(Finding(what, not fault, detail, mend_database(folder)))
        if fault:
            return findings
    with database.reading() as connection:
        return [*findings, _files(connection, database)]


def sound(connection: sqlite3.Connection, dimension: int) -> str:
    """What is wrong with a database, "" if nothing: for files that are about to be copied."""
    for examine in (_pages, _tables, _sums, _words):
        fault, detail = examine(connection, dimension)
        if fault:
            return detail
    return ""


Examination = Callable[[sqlite3.Connection, int], tuple[bool, str]]
"""Looks at the database of vectors with so many numbers; gives whether it found a fault, and what it saw."""


def _pages(connection: sqlite3.Connection, _: int) -> tuple[bool, str]:
    verdict = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return verdict != "ok", " ".join(verdict.split())


def _tables(connection: sqlite3.Connection, _: int) -> tuple[bool, str]:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    passages, words = (
        {key for (key,) in connection.execute(sql)}
        for sql in ("SELECT key FROM passages", "SELECT rowid FROM passage_words")
    )
    return bool(broken) or passages != words, f"{len(passages)} passages, {len(words)} in full text"


def _sums(connection: sqlite3.Connection, dimension: int) -> tuple[bool, str]:
    wrong = next(_wrong(connection, dimension), "")
    return bool(wrong), wrong or "every text, passage and vector is what was written"


def _wrong(connection: sqlite3.Connection, dimension: int) -> Iterator[str]:
    for *about, known in connection.execute(f"SELECT {ABOUT}, a.about_sum FROM articles a"):
        if about_sum(*about) != known:
            yield f"what is known of the article “{about[0]}” is not what was written"
    for name, text, headings, known in connection.execute("SELECT id, text, headings, text_sum FROM articles"):
        if text_sum(text, headings) != known:
            yield f"the text of the article “{name}” is not what was written"
    spans: dict[int, list[tuple[int, int]]] = {}
    for key, start, end, vector in connection.execute(
        "SELECT passage, start, end, vector FROM sentences ORDER BY start"
    ):
        spans.setdefault(key, []).append((start, end))
        if unblob(vector, dimension) is None:
            yield "a sentence's vector is not what was written"
    for key, *values, known, vector, text in connection.execute(
        "SELECT p.key, p.article, p.number, p.start, p.end, p.heading, p.stems, p.sum, p.vector, "
        "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN articles a ON a.id = p.article"
    ):
        if passage_sum(values, text, spans.get(key, ())) != known or unblob(vector, dimension) is None:
            yield f"a passage of the article “{values[0]}” is not what was written"


def _words(connection: sqlite3.Connection, _: int) -> tuple[bool, str]:
    # The check is written as an insertion: it is made in a copy, so that no writer waits for it. Without a name the
    # copy is a temporary file, of which memory holds a part.
    with contextlib.closing(sqlite3.connect("")) as copy:
        connection.backup(copy)
        try:
            copy.execute("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            return True, f"the full text does not agree with itself ({error})"
    return False, "agrees with itself"


def _files(connection: sqlite3.Connection, database: Database) -> Finding:
    generation = get_meta(connection, "generation")
    current = derived.read(connection, database, int(generation))
    if current is not None and not current.sound:
        return Finding("faiss", False, "damaged", MEND_FILES)
    if get_meta(connection, "faiss_generation") == generation:
        if current is None or current.outdated:
            return Finding("faiss", False, "missing or damaged", MEND_FILES)
        return Finding("faiss", True, f"in step with the database, {_told(current)}", MEND_FILES)
    # An interrupted indexing leaves them so; readers know it and add what changed from the database.
    detail = "older than the database, made again by the next “index”"
    if current is not None and not current.outdated:
        changes = current.passages.changes + current.sentences.changes
        detail = f"older than the database by {changes} vectors, which are searched beside them; {_told(current)}"
    return Finding("faiss", True, detail, MEND_FILES)


def _told(current: derived.Derived) -> str:
    """How the vectors are searched."""
    if current.passages.exact and current.sentences.exact:
        return "searched exactly"
    parts = zip(derived.KINDS, (current.passages, current.sentences), strict=True)
    return "recall@10 against the exact search: " + ", ".join(f"{index.recall:.3f} of {kind}" for kind, index in parts)
