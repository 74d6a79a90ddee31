"""A verified copy of the database in one file, and the way back.

The copy is made by SQLite's backup interface, so that a writer at work does no harm, and holds everything: the FAISS
files are derived from it. Nothing is copied, either way, that has not passed every check of ``rag.health``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.database import explained, only_writer
from rag.health import sound
from rag.schema import SCHEMA_VERSION, get_meta, migrate, require_fingerprint, require_layout, set_meta
from rag.store import StoreDamaged, StoreError, StoreMismatch

DATABASE = "articles.db"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    articles: int
    passages: int
    bytes: int


def backup(folder: Path, file: Path, overwrite: bool = False) -> Copied:
    """Copy the index in ``folder`` into ``file``, whole or not at all.

    Raises ``StoreError`` when there is no index, ``file`` is there already and not to be overwritten, or the disk is
    full; ``StoreMismatch`` and ``StoreDamaged`` when the index is not one that can be restored.
    """
    database = folder / DATABASE
    if not database.exists():
        raise StoreError(
            f"There is no index in {folder}: run “standardiste index FOLDER” first, or name it with --index."
        )
    if file.exists() and not overwrite:
        raise StoreError(f"{file} is there already: name another file, or add --overwrite.")
    with _fresh(file) as fresh, explained(database), _opened(database) as source:
        copied = _copy(source, fresh, folder)
        _put_in_place(fresh, file, overwrite)
    return copied


def restore(file: Path, folder: Path, wanted: dict[str, str], overwrite: bool = False) -> Copied:
    """Make ``file`` the index in ``folder``, whole or not at all; readers go on in the state before until then.

    ``wanted`` is the fingerprint that the index must have (``rag.schema.fingerprint``). Raises ``StoreError`` when
    there is no such file, or ``folder`` holds articles that are not to be overwritten; ``StoreLocked`` when somebody
    writes there; ``StoreMismatch`` and ``StoreDamaged`` when ``file`` cannot serve as this index.
    """
    if not file.is_file():
        raise StoreError(f"There is no file {file}: name one that “standardiste backup” wrote.")
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / DATABASE
    with only_writer(folder), _fresh(database) as fresh:
        with explained(file), _opened(file) as source:
            copied = _copy(source, fresh, file)
        before = _generation(database)
        if before != 0 and not overwrite:
            raise StoreError(f"The index {folder} is not empty: add --overwrite to replace it, or name another folder.")
        with explained(database), contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as made:
            require_fingerprint(made, file, wanted)
            # Whoever reads the index meanwhile must not take what it derived from the old state for current.
            generation = max(before or 0, int(get_meta(made, "generation"))) + 1
            # Nor for something to go on from: the same keys may stand for other passages.
            lineage = secrets.token_hex(8)
            set_meta(made, generation=str(generation), faiss_generation="", owners_sha256="", lineage=lineage)
        _replace(fresh, database, database.exists() and before is not None)
    return copied


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(database, timeout=30.0, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def _fresh(target: Path) -> Iterator[Path]:
    """The path of a file beside ``target`` that is gone afterwards, unless it was moved away."""
    if not target.parent.is_dir():
        raise StoreError(f"There is no folder {target.parent}: make it, or name another file.")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, fresh: Path, place: Path) -> Copied:
    """Copy a database into a single file, brought to this schema, check all of it, and flush it to the disk."""
    if require_layout(source, place) == 0:
        raise StoreMismatch(f"{place} holds no index: name a file that “standardiste backup” wrote.")
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as made:
        source.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")
        version = require_layout(made, place)
        if version < SCHEMA_VERSION:
            made.execute("BEGIN IMMEDIATE")
            migrate(made, version)
            made.execute("COMMIT")
        dimension = get_meta(made, "dimension")
        fault = sound(made, int(dimension)) if dimension.isdigit() else "it does not say how long its vectors are"
        if fault:
            raise StoreDamaged(f"{place} is damaged ({fault}): nothing was copied; use an older backup.")
        articles, passages = (
            int(made.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ("articles", "passages")
        )
    _flush(fresh)
    return Copied(articles, passages, fresh.stat().st_size)


def _generation(database: Path) -> int | None:
    """The generation of the index that stands there: 0 for none or an empty one, None for one past reading."""
    if not database.exists():
        return 0
    try:
        with _opened(database) as connection:
            if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return None
            empty = connection.execute("SELECT count(*) FROM articles").fetchone()[0] == 0
            return 0 if empty else int(get_meta(connection, "generation"))
    except (sqlite3.Error, ValueError):
        return None


def _replace(fresh: Path, database: Path, readable: bool) -> None:
    if readable:
        # One transaction of the old file: who reads it sees the old state or the new one, and a crash undoes it.
        with explained(database), _opened(fresh) as source, _opened(database) as target:
            target.execute("PRAGMA journal_mode = WAL")
            source.backup(target)
        return
    for end in ("-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
    _put_in_place(fresh, database, overwrite=True)


def _put_in_place(fresh: Path, file: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(fresh, file)
    else:
        try:
            os.link(fresh, file)
        except FileExistsError:
            raise StoreError(f"{file} is there already: name another file, or add --overwrite.") from None
        except OSError:  # a file system without links
            os.replace(fresh, file)
    _flush(file.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
