"""Where a store is kept, as ``STANDARDISTE_STORE`` and ``migrate --to`` write it.

::

    (empty) or sqlite      SQLite in the index folder
    sqlite:FOLDER          SQLite in another folder
    milvus:FILE.db         Milvus Lite in a local file: one process at a time
    milvus://HOST:PORT     a Milvus server

Milvus holds vectors and words. Texts and notes stay beside it, in SQLite in the index folder, unless
``STANDARDISTE_RECORDS`` names a PostgreSQL database that all machines reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from rag.settings import Settings, SettingsError

FORMS = "write “sqlite”, “sqlite:FOLDER”, “milvus:FILE.db” or “milvus://HOST:PORT”"
RECORDS_FORM = "write “postgresql://USER@HOST:PORT/DATABASE”, with the password in PGPASSWORD, ~/.pgpass or the address"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is kept; ``str`` of it names it without a password.

    ``folder`` holds what is kept on this machine. ``milvus`` is "" for SQLite alone, else the address of a server
    ("http://host:port") or the path of Milvus Lite's file. ``records`` is "" or PostgreSQL's address.
    """

    folder: Path
    milvus: str = ""
    records: str = field(default="", repr=False)

    @property
    def lite(self) -> bool:
        """Whether Milvus runs in this process."""
        return bool(self.milvus) and not self.milvus.startswith("http://")

    def __str__(self) -> str:
        if not self.milvus:
            return f"sqlite:{self.folder}"
        return f"milvus:{self.milvus}" if self.lite else f"milvus://{self.milvus.removeprefix('http://')}"

    @property
    def records_name(self) -> str:
        """Where texts and notes are, without a password."""
        if not self.records:
            return str(self.folder / "records.db")
        parts = urlsplit(self.records)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def place_of(settings: Settings) -> Place:
    """The place that the settings name. Raises ``SettingsError``."""
    return parse_place(settings.store, settings.records, settings.index, "STANDARDISTE_STORE")


def parse_place(store: str, records: str, folder: Path, name: str) -> Place:
    """The place that ``store`` and ``records`` write, on this machine in ``folder``; ``name`` is where it was written.

    Raises ``SettingsError`` when it is none of the forms.
    """
    kind, _, rest = store.partition(":")
    if kind in ("", "sqlite"):
        if (rest or ":" in store) and not (kind and rest):
            raise SettingsError(f"“{store}” in {name} names no store: {FORMS}.")
        if records:
            raise SettingsError(
                f"A database for texts and notes was named (STANDARDISTE_RECORDS or --records), but {name} names no "
                "Milvus store: name one, or leave the database out."
            )
        return Place(Path(rest).expanduser() if rest else folder)
    if kind != "milvus":
        raise SettingsError(f"“{store}” in {name} names no store: {FORMS}.")
    # A folder of their own: both stores are open, and both pens held, while one is copied into the other.
    return Place(folder / "milvus", _milvus(rest, store, name), _records(records))


def _milvus(rest: str, store: str, name: str) -> str:
    if not rest.startswith("//"):
        if not rest.endswith(".db") or rest == ".db":
            raise SettingsError(f"“{store}” in {name} names no file that ends in .db: {FORMS}.")
        return str(Path(rest).expanduser().absolute())
    parts = urlsplit(rest)
    port = _port(parts)
    if not parts.hostname or not port or port < 0 or parts.path not in ("", "/") or parts.query or "@" in parts.netloc:
        raise SettingsError(f"“milvus:” in {name} needs a host and a port and nothing more: {FORMS}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"http://{host}:{port}"


def _records(records: str) -> str:
    parts = urlsplit(records)
    whole = parts.scheme in ("postgresql", "postgres") and parts.hostname and parts.path.strip("/")
    if records and (not whole or _port(parts) == -1):
        # It may hold a password: it is not quoted.
        raise SettingsError(f"STANDARDISTE_RECORDS (or --records) names no PostgreSQL database: {RECORDS_FORM}.")
    return records


def _port(parts: SplitResult) -> int | None:
    """The port, None if there is none, -1 if it is no port."""
    try:
        return parts.port
    except ValueError:
        return -1
