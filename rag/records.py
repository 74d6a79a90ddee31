"""What a Milvus store keeps beside its vectors: texts, passages, words, notes; SQLite when alone, else PostgreSQL.

The only user of SQLAlchemy, with ``rag.record_rows`` and ``rag.record_notes``. One transaction of this database is what
makes an article appear, change or disappear (``rag.milvus``).
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
)  # fmt: skip
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from rag.database import only_writer
from rag.places import Place
from rag.schema import made_by
from rag.store import StoreDamaged, StoreError, StoreLocked, StoreMismatch

LAYOUT = "1"
CONNECT = 3
"""Seconds to wait for PostgreSQL to answer at all."""
_PEN = 0x5374_616E_0001
_MAKING = 0x5374_616E_0002
"""PostgreSQL's advisory locks: the pen, and whoever makes the tables."""

TABLES = MetaData()
META = Table("meta", TABLES, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
ARTICLES = Table(
    "articles", TABLES, Column("id", Text, primary_key=True), Column("path", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False), Column("author", Text), Column("publication", Text), Column("date", Text),
    Column("language", Text, nullable=False), Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False), Column("about_sum", LargeBinary, nullable=False),
    Column("passages", Integer, nullable=False), Column("version", BigInteger, nullable=False, unique=True),
    Column("text", Text, nullable=False), Column("headings", Text, nullable=False),
    Column("text_sum", LargeBinary, nullable=False),
)  # fmt: skip
PASSAGES = Table(
    "passages", TABLES, Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False, index=True), Column("article", Text, nullable=False),
    Column("number", Integer, nullable=False), Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False), Column("heading", Text, nullable=False),
    Column("stems", Integer, nullable=False), Column("spans", Text, nullable=False),
    Column("words", Text, nullable=False), Column("digests", LargeBinary, nullable=False),
    Column("vectors_sum", LargeBinary, nullable=False), Column("sum", LargeBinary, nullable=False),
)  # fmt: skip
TERMS = Table(
    "terms", TABLES, Column("term", Text, primary_key=True), Column("passages", Integer, nullable=False)
)  # fmt: skip
LEFTOVERS = Table("leftovers", TABLES, Column("version", BigInteger, primary_key=True, autoincrement=False))
CONVERSATIONS = Table(
    "conversations", TABLES, Column("owner", LargeBinary, primary_key=True), Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False), Column("changed", Float(53), nullable=False),
    Column("body", Text, nullable=False),
)  # fmt: skip
FEEDBACK = Table(
    "feedback", TABLES, Column("number", Integer, primary_key=True), Column("at", Float(53), nullable=False),
    Column("verdict", Text, nullable=False), Column("reason", Text, nullable=False),
    Column("question", Text, nullable=False), Column("answer", Text, nullable=False),
    Column("status", Text, nullable=False), Column("sources", Text, nullable=False), Column("model", Text),
    Column("versions", Text, nullable=False), Column("token", Text, nullable=False, unique=True),
)  # fmt: skip
COUNTERS = {"generation": "0", "version": "0", "passages": "0", "stems": "0"}
"""Rows of ``meta``: raised by every change; the last version given out; how many passages and stems of bodies."""


class Records:
    """One database, with a connection for each transaction at a time."""

    def __init__(self, place: Place, wanted: dict[str, str]) -> None:
        """Open it, its tables made if missing. ``wanted`` is the fingerprint it must have (``rag.schema``).

        Raises ``StoreError`` when it does not answer, ``StoreMismatch`` when another encoder or version made it.
        """
        self.place = place
        self._engine = _engine(place)
        with self.explained():
            if not place.records:
                place.folder.mkdir(parents=True, exist_ok=True)
            self._prepare(wanted)

    def _prepare(self, wanted: dict[str, str]) -> None:
        with self.reading() as connection:
            known = meta(connection) if inspect(connection).has_table("meta") else {}
        if not known:
            known = self._make(wanted)
        if known.get("layout") != LAYOUT:
            raise StoreMismatch(
                f"The records in {self.place.records_name} have another layout ({known.get('layout', 'unknown')}, this "
                f"version needs {LAYOUT}): update Standardiste, or name another place."
            )
        for key, value in wanted.items():
            if known.get(key) != value:
                raise StoreMismatch(
                    f"The store {self.place} was made with {made_by(key, known.get(key, ''), value)}, or index into a "
                    "new store."
                )
        self.identity = known["identity"]

    def _make(self, wanted: dict[str, str]) -> dict[str, str]:
        with self.writing() as connection:
            if not self._sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MAKING})
            TABLES.create_all(connection)
            known = meta(connection)  # another process may have made them meanwhile
            if not known:
                known = {**COUNTERS, **wanted, "layout": LAYOUT, "identity": secrets.token_hex(6)}
                connection.execute(insert(META), [{"key": key, "value": value} for key, value in known.items()])
        return known

    @property
    def _sqlite(self) -> bool:
        return not self.place.records

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot to read from."""
        with self.explained(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One change: all of it or nothing."""
        with self.explained(), self._engine.connect() as connection:
            connection = connection.execution_options(
                **({"writes": True} if self._sqlite else {"isolation_level": "READ COMMITTED"})
            )
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def pen(self) -> Iterator[None]:
        """Hold the only writer's lock; freed by the system if the process dies. ``StoreLocked`` if taken."""
        if self._sqlite:
            with only_writer(self.place.folder):
                yield
            return
        with self.explained():
            holder = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with contextlib.closing(holder):
            with self.explained():
                held = holder.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _PEN})
            if not held:
                raise StoreLocked(
                    f"Another process is writing to the store {self.place}: wait until it has finished, then try again."
                )
            try:
                yield
            finally:
                with contextlib.suppress(SQLAlchemyError):
                    holder.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _PEN})

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the database's errors into sentences."""
        name = self.place.records_name
        try:
            yield
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())
            if "locked" in said:
                raise StoreLocked(f"The records in {name} are busy: wait a moment, then try again.") from error
            if "disk" in said or "No space" in said:
                raise StoreError(
                    f"The disk is full or failing: the records in {name} are as they were; free some space and try "
                    "again."
                ) from error
            if self._sqlite and ("malformed" in said or "not a database" in said):
                raise StoreDamaged(
                    f"The records in {name} are damaged ({said}): copy the file back from a backup, or delete it and "
                    "index the articles again."
                ) from error
            raise StoreError(
                f"The records in {name} cannot be used ({said}): start the database, or mend STANDARDISTE_RECORDS."
            ) from error


def _engine(place: Place) -> Engine:
    if place.records:
        url = make_url(place.records).set(drivername="postgresql+psycopg")
        return create_engine(
            url, connect_args={"connect_timeout": CONNECT}, pool_pre_ping=True, isolation_level="REPEATABLE READ",
            pool_size=8, max_overflow=24,
        )  # fmt: skip
    engine = create_engine(f"sqlite:///{place.folder / 'records.db'}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
    # Python's driver would begin no transaction before the first change, and reads would not be of one state.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")


def _on_begin(connection: Connection) -> None:
    kind = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


def meta(connection: Connection) -> dict[str, str]:
    """All that the store remembers of itself, by key."""
    return {row.key: row.value for row in connection.execute(select(META.c.key, META.c.value))}


def add(connection: Connection, key: str, number: int) -> int:
    """Add to one of ``COUNTERS``; gives its new value."""
    value = int(connection.scalar(select(META.c.value).where(META.c.key == key).with_for_update()) or 0) + number
    connection.execute(META.update().where(META.c.key == key).values(value=str(value)))
    return value
