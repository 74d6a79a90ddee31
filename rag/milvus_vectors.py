"""Vectors and words in Milvus: the only user of pymilvus. Scores are inner products, higher is better.

Two collections, named after the records' identity, so that several indexes can share a server and records never meet
another index's vectors. Every row carries its article's version, by which it is found, hidden and deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from corpus.article import Article
from embeddings.encoder import Vectors
from rag.hits import Filters
from rag.places import Place
from rag.rows import batches
from rag.store import StoreDamaged, StoreError, StoreMismatch
from rag.words import fold

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Kind = Literal["passages", "sentences"]
KINDS: tuple[Kind, ...] = ("passages", "sentences")
OLDEST = (2, 4)
"""The first version of Milvus that searches sparse vectors."""
CONNECT = 4.0
READ = 10.0
CALL = 30.0
"""Seconds until a server that does not answer is given up: when opening, when asked, when changed."""
_BATCH = 500
_NO_DAY = -1
Level = Literal["Strong", "Bounded"]


class MilvusVectors:
    """The collections of one index."""

    def __init__(self, place: Place, identity: str, dimension: int) -> None:
        """Connect to Milvus, or start Milvus Lite in this process.

        Raises ``StoreError`` when there is no answer in ``CONNECT`` seconds, or the packages are missing;
        ``StoreMismatch`` when the server is too old.
        """
        self._place = place
        self._names = {kind: f"standardiste_{identity}_{kind}" for kind in KINDS}
        self._dimension = dimension
        self._client = _connect(place)
        with self._explained():
            self.server = str(self._client.get_server_version(timeout=CONNECT))
        found = re.search(r"(\d+)\.(\d+)", self.server)
        if found and (int(found[1]), int(found[2])) < OLDEST:
            self.close()
            raise StoreMismatch(
                f"Milvus at {place} is version {self.server}, too old to search words: update it to "
                f"{OLDEST[0]}.{OLDEST[1]} or later."
            )

    def close(self) -> None:
        """Close the connection; Milvus Lite itself goes on until the process ends, since others may use it."""
        self._client.close()

    def prepare(self, empty: bool) -> None:
        """Make or load the collections. Raises ``StoreDamaged`` when they are gone and the store is not ``empty``."""
        with self._explained():
            for kind, name in self._names.items():
                if self._client.has_collection(name, timeout=CALL):
                    self._client.load_collection(name, timeout=CALL)
                elif empty:
                    self._create(kind, name)
                else:
                    raise StoreDamaged(
                        f"Milvus at {self._place} does not hold the {kind} of the index whose texts are in "
                        f"{self._place.records_name}: name the Milvus it was made with, or delete those records and "
                        "index the articles again."
                    )

    def _create(self, kind: Kind, name: str) -> None:
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        schema.add_field("version", DataType.INT64)
        schema.add_field("day", DataType.INT64)
        for field in ("digest", "publication", "author"):
            schema.add_field(field, DataType.VARCHAR, max_length=32)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._dimension)
        indexes = MilvusClient.prepare_index_params()
        for field in ("version", "digest"):
            indexes.add_index(field, index_type="INVERTED")
        # One machine's file is searched exactly; a server by graph (M and efConstruction as in Milvus's own default).
        graph = {} if self._place.lite else {"params": {"M": 18, "efConstruction": 240}}
        indexes.add_index("vector", index_type="HNSW" if graph else "FLAT", metric_type="IP", **graph)
        if kind == "passages":
            schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
            indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        self._client.create_collection(name, schema=schema, timeout=CALL)
        # Nothing to wait for: the client would ask every half second whether the index of no rows is ready.
        self._client.create_index(name, indexes, timeout=CALL, sync=False)
        self._client.load_collection(name, timeout=CALL)

    # Writing --------------------------------------------------------------------------------------------------------

    def insert(self, kind: Kind, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows (``about`` with key, digest, vector, and words for passages)."""
        with self._explained():
            for batch in batches(rows, _BATCH):
                self._client.insert(self._names[kind], batch, timeout=CALL)

    def delete(self, versions: Sequence[int]) -> None:
        """Delete all rows of these versions."""
        with self._explained():
            for batch in batches(versions, _BATCH):
                for name in self._names.values():
                    self._client.delete(name, filter=f"version in {batch}", timeout=CALL)

    def settle(self) -> None:
        """Let Milvus Lite index what was written; a server does so by itself, and limits how often it may be asked."""
        if self._place.lite:
            with self._explained():
                for name in self._names.values():
                    self._client.flush(name, timeout=CALL)

    def drop(self) -> None:
        """Drop the collections."""
        with self._explained():
            for name in self._names.values():
                self._client.drop_collection(name, timeout=CALL)

    # Reading --------------------------------------------------------------------------------------------------------

    def nearest(self, kind: Kind, vector: Vectors, limit: int, which: str, level: Level) -> dict[int, float]:
        """Keys and cosines of the ``limit`` rows nearest to ``vector`` (d,) that pass ``which``, the nearest first."""
        depth = {} if self._place.lite else {"params": {"ef": max(128, 4 * limit)}}
        return self._search(kind, "vector", vector.astype(np.float32), limit, which, level, depth)

    def sharing(self, weights: Mapping[int, float], limit: int, which: str, level: Level) -> list[int]:
        """Keys of the ``limit`` passages whose words weigh most with the question's."""
        return list(self._search("passages", "words", dict(weights), limit, which, level, {})) if weights else []

    def _search(
        self, kind: Kind, field: str, asked: Vectors | dict[int, float], limit: int, which: str, level: Level,
        depth: dict[str, Any],
    ) -> dict[int, float]:  # fmt: skip
        with self._explained():
            found = self._client.search(
                self._names[kind], data=[asked], anns_field=field, limit=min(limit, 16_384), filter=which,
                search_params={"metric_type": "IP", **depth}, consistency_level=level, timeout=READ,
            )  # fmt: skip
        return {int(hit["key"]): float(hit["distance"]) for hit in found[0]}

    def vectors(self, kind: Kind, keys: Sequence[int]) -> dict[int, Vectors]:
        """The vectors (d,) under those of ``keys`` that are there."""
        found = {}
        with self._explained():
            for batch in batches(keys, _BATCH):
                rows = self._client.query(
                    self._names[kind], ids=batch, output_fields=["key", "vector"], consistency_level="Strong",
                    timeout=READ,
                )  # fmt: skip
                found.update({int(row["key"]): _vector(row) for row in rows})
        return found

    def by_digest(self, kind: Kind, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors (d,) of those texts that were embedded before."""
        found = {}
        with self._explained():
            for batch in batches([one.hex() for one in digests], _BATCH):
                rows = self._client.query(
                    self._names[kind], filter=f"digest in {_strings(batch)}", output_fields=["digest", "vector"],
                    timeout=READ,
                )  # fmt: skip
                found.update({bytes.fromhex(row["digest"]): _vector(row) for row in rows})
        return found

    def count(self, kind: Kind) -> int:
        """How many rows there are, leftovers included."""
        with self._explained():
            rows = self._client.query(
                self._names[kind], filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=READ
            )
        return int(rows[0]["count(*)"])

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        with _explained(self._place):
            yield


def _vector(row: Mapping[str, Any]) -> Vectors:
    return np.asarray(row["vector"], dtype=np.float32)


def _strings(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def about(article: Article, version: int) -> dict[str, Any]:
    """What every row of an article carries to be filtered by."""
    return {
        "version": version,
        "day": article.date.toordinal() if article.date else _NO_DAY,
        "publication": _name(article.publication),
        "author": _name(article.author),
    }


def expression(filters: Filters, without: Iterable[int]) -> str:
    """The rows that pass ``filters`` and have none of the versions ``without``, as Milvus writes it."""
    parts = []
    if filters.since or filters.until:
        # An article without a date passes no period.
        first, last = filters.since or date.min, filters.until or date.max
        parts.append(f"day >= {first.toordinal()} and day <= {last.toordinal()}")
    if filters.publication:
        parts.append(f'publication == "{_name(filters.publication)}"')
    if filters.author:
        parts.append(f'author == "{_name(filters.author)}"')
    hidden = sorted(without)
    if hidden:
        parts.append(f"version not in {hidden}")
    return " and ".join(parts)


def _name(value: str | None) -> str:
    """A name as names are compared, as a digest: it needs no quoting and has one length."""
    return hashlib.blake2b(fold(value or "").strip().encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _connect(place: Place) -> MilvusClient:
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise StoreError(
            f"The store {place} needs packages that are not installed: run “.venv/bin/python -m pip install "
            "--constraint constraints.txt --editable '.[cluster]'”."
        ) from error
    # What it says in its logs we say in a sentence.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _explained(place):
        if place.lite:
            from pathlib import Path

            Path(place.milvus).parent.mkdir(parents=True, exist_ok=True)
        return MilvusClient(uri=place.milvus, timeout=CONNECT)


@contextlib.contextmanager
def _explained(place: Place) -> Iterator[None]:
    """Turn Milvus's errors into sentences."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        said = " ".join(str(error.message).split())[:200]
        if place.lite and ("Open local milvus failed" in said or "lock" in said.lower()):
            raise StoreError(
                f"The file {place.milvus} cannot be opened ({said}): close the other process that uses it, or run a "
                "Milvus server for several."
            ) from error
        raise StoreError(
            f"Milvus at {place} does not answer or refuses ({said}): start it, or mend STANDARDISTE_STORE."
        ) from error
