"""A real store, filled with two small articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from stand_ins import PRICE, SALON, WordEncoder
from store_kinds import KINDS, Postgres, postgres_server
from store_kinds import place as place_of_kind

from rag.answer import Assistant
from rag.build import index
from rag.opening import open_place
from rag.places import Place
from rag.sqlite import SqliteStore
from rag.store import Store

# A busy machine is no counterexample.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two articles on disk."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "salon.md").write_text(SALON, encoding="utf-8")
    (articles / "prix.md").write_text(PRICE, encoding="utf-8")
    return articles


@pytest.fixture
def store(tmp_path: Path, encoder: WordEncoder) -> Iterator[SqliteStore]:
    """An empty store."""
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres | None]:
    """A PostgreSQL server, None where there is none."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for a store, of each kind in turn."""
    records = None
    if request.param == "milvus-server":
        server = request.getfixturevalue("postgres")
        records = server and server.emptied()
    folder = tmp_path / "place"
    folder.mkdir()
    with place_of_kind(request.param, folder, records) as place:
        yield place


@pytest.fixture
def any_store(place: Place, encoder: WordEncoder) -> Iterator[Store]:
    """An empty store of each kind in turn; a module's own ``store`` may return it."""
    store = open_place(place, encoder)
    yield store
    store.close()


@pytest.fixture
def filled(store: SqliteStore, encoder: WordEncoder, folder: Path) -> SqliteStore:
    """The store with both articles."""
    index(store, encoder, [folder])
    return store


@pytest.fixture
def assistant(filled: SqliteStore, encoder: WordEncoder) -> Assistant:
    """Answers from both articles without a language model."""
    return Assistant(filled, encoder)
