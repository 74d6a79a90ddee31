"""Every engine behind ``rag.store.Store``, real: SQLite, Milvus Lite in this process, a Milvus server with PostgreSQL.

The server is Milvus Lite's own gRPC server: what is spoken is Milvus's protocol, over a socket.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.places import Place, parse_place

KINDS = ("sqlite", "milvus-lite", "milvus-server")
PASSWORD = "pass-word of the test"


@contextlib.contextmanager
def place(kind: str, folder: Path, postgres: str | None) -> Iterator[Place]:
    """An empty place of that kind; ``postgres`` is the address of an empty database, None for SQLite."""
    if kind == "sqlite":
        yield Place(folder / "index")
        return
    require_milvus()
    if kind == "milvus-lite":
        from milvus_lite.server_manager import server_manager_instance

        file = folder / "vectors.db"
        yield parse_place(f"milvus:{file}", "", folder / "index", "test")
        server_manager_instance.release_server(str(file))
        return
    with milvus_server(folder / "server") as address:
        yield parse_place(address, postgres or "", folder / "index", "test")


def require_milvus() -> None:
    """Skip the test where the extra is not installed."""
    for package in ("pymilvus", "milvus_lite", "sqlalchemy", "psycopg"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed (the extra “cluster”)")


@contextlib.contextmanager
def milvus_server(folder: Path) -> Iterator[str]:
    """A server with its data in ``folder``; gives its address as a setting writes it."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, database, port = start_server_in_thread(str(folder), "127.0.0.1", 0)
    try:
        yield f"milvus://127.0.0.1:{port}"
    finally:
        server.stop(grace=0).wait()
        database.close()


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL server of this test run."""

    port: int

    def emptied(self) -> str:
        """The address of its database, emptied: a new one a test would take seconds to make and to delete."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.address("postgres")

    def address(self, name: str) -> str:
        return f"postgresql://standardiste:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{name}"


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres | None]:
    """A server of its own in a temporary folder; None where PostgreSQL is not installed."""
    programs = _postgres_programs()
    if programs is None or importlib.util.find_spec("psycopg") is None:
        yield None
        return
    # It refuses to run as root.
    user = "postgres" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pg-") as name, socket.socket() as reserved:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        if user:
            shutil.chown(folder, user)
            shutil.chown(folder / "password", user)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        reserved.close()

        def call(*command: str | Path) -> None:
            subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, env={"LC_ALL": "C.UTF-8"})

        data = folder / "data"
        call(programs / "initdb", "-D", data, "-U", "standardiste", "-A", "scram-sha-256", "--pwfile",
             folder / "password", "-E", "UTF8", "--no-sync")  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        call(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield Postgres(port)
        finally:
            call(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _postgres_programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "pg_ctl").exists()), None)
