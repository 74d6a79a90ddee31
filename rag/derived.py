"""What is derived from the database to search quickly: indexes of vectors and the postings, of one generation.

The files carry the generation they were made from, and their SHA-256 stands in the database, so that a missing or
damaged file is noticed before it is read (``faiss.read_index`` loads damaged ones without a word) and made again from
the stored vectors and stems without embedding anything.

A passage's key is given once and its text, vectors and words never change under it. So files of an older generation are
right for all passages that are still there: what came since is read from the database, what went is left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.rounded import RoundedVectors
from embeddings.sealed import SealError
from embeddings.vectors import Fetch, VectorIndex
from rag import postings, scoring
from rag.catalogue import Catalogue, catalogue_of
from rag.database import Database
from rag.fulltext import Words, rows_after
from rag.owners import Owners, owners_of
from rag.postings import Postings
from rag.rows import damaged
from rag.schema import get_meta

Keys = NDArray[np.int64]
KINDS = ("passages", "sentences")
WORDS = "words.postings"
SLACK = 0.05
"""Share of a quantised index's vectors that may come or go before its files are made again: until then each question
searches the newer ones beside them."""
_LAST = (1 << 63) - 2
_NONE = np.zeros(0, np.int64)
_KEYS = "SELECT key FROM passages"


@dataclass(frozen=True, slots=True)
class Base:
    """What the files hold: the indexes as they were built, and the owners of their sentences that are still there."""

    passages: VectorIndex
    sentences: VectorIndex
    words: Postings
    lineage: str
    """Of the database: a restored one has another, and may give the same keys to other passages."""
    written: str
    """The generation that the files carry, "" while there are none."""
    owners: Owners
    gone: Keys
    """Sentences of ``sentences`` that had gone when ``owners`` was read."""
    rounded: Mapping[str, RoundedVectors]
    """By table, the vectors that score again what is searched by codes; empty until the files are written."""

    @property
    def last(self) -> int:
        """The highest key of a passage, -1 if there is none."""
        return int(self.words.keys[-1]) if len(self.words.keys) else -1


@dataclass(slots=True)
class Derived:
    """The indexes of one generation, all read-only; ``base`` is what the files hold of them."""

    generation: int
    base: Base
    passages: VectorIndex
    sentences: VectorIndex
    words: Words
    owners: Owners
    _catalogue: list[Catalogue] = field(default_factory=list)

    @property
    def lineage(self) -> str:
        """Of the database (see ``Base``)."""
        return self.base.lineage

    def catalogue(self, connection: sqlite3.Connection) -> Catalogue:
        """Of this generation, which ``connection`` must see; made at the first question that filters."""
        if not self._catalogue:
            self._catalogue.append(catalogue_of(connection))
        return self._catalogue[0]

    @property
    def outdated(self) -> bool:
        """Whether so much has changed, or a file of vectors is missing, that the files should be made again."""
        if any(kind not in self.base.rounded for kind in KINDS if not getattr(self, kind).exact):
            return True
        changes = self.passages.changes + self.sentences.changes
        slack = 0.0 if self.passages.exact else SLACK * (len(self.passages) + len(self.sentences))
        return changes > slack

    @property
    def sound(self) -> bool:
        """Whether all that the files hold is what was written, where reading them did not find out."""
        return all(vectors.sound() for vectors in self.base.rounded.values())

    def fetching(self, connection: sqlite3.Connection, database: Database) -> Callable[[str], Fetch]:
        """How to get the vectors of a table by which what was found is scored."""
        return scoring.fetching(connection, database, self.base.rounded)

    def cosines(
        self, passages: Sequence[int], vector: Vectors, fetch: Callable[[str], Fetch]
    ) -> dict[int, tuple[float, float]]:
        """For each passage its cosine to ``vector`` (d,) and that of its best sentence (its own if it has none)."""
        if not passages:
            return {}
        found = self.owners.sentences(passages)
        own = _vectors(self.passages, np.array(passages, np.int64), fetch("passages")) @ vector
        sentences = _vectors(self.sentences, np.concatenate(found), fetch("sentences")) @ vector
        cosines, first = {}, 0
        for passage, mine, keys in zip(passages, own.tolist(), found, strict=True):
            best = sentences[first : first + len(keys)]
            cosines[passage] = (mine, float(best.max()) if len(keys) else mine)
            first += len(keys)
        return cosines


def _vectors(index: VectorIndex, keys: Keys, fetch: Fetch) -> Vectors:
    return index.vectors_of(keys) if index.exact else fetch(keys)


def read(connection: sqlite3.Connection, database: Database, generation: int) -> Derived | None:
    """The indexes from their files, brought up to ``generation``; None when a file is missing or damaged."""
    written, folder = get_meta(connection, "faiss_generation"), database.path.parent
    if not written or int(written) > generation:
        return None
    try:
        indexes = [VectorIndex.read(folder / f"{kind}.faiss", get_meta(connection, f"{kind}_sha256")) for kind in KINDS]
        words = Postings.read(folder / WORDS, get_meta(connection, "words_sha256"))
    except SealError:
        return None
    lineage = get_meta(connection, "lineage")
    last = int(words.keys[-1]) if len(words.keys) else -1
    owners, gone = owners_of(connection, -1, last), _NONE
    if written == str(generation) and get_meta(connection, "owners_sha256") not in ("", owners.sum()):
        raise damaged("Which sentence belongs to which passage", database.path)
    if len(owners) != len(indexes[1]):
        gone = np.setdiff1d(indexes[1].ids(), owners.keys)
    by_codes = [kind for kind, index in zip(KINDS, indexes, strict=True) if not index.exact]
    rounded = scoring.read(database, {kind: get_meta(connection, f"{kind}_vectors_sha256") for kind in by_codes})
    base = Base(indexes[0], indexes[1], words, lineage, written, owners, gone, rounded)
    return follow(connection, database, base, generation)


def make(connection: sqlite3.Connection, database: Database, generation: int) -> Derived:
    """The indexes from the stored vectors and stems, piece by piece."""
    passages, sentences = (VectorIndex.build_from(scoring.source_of(connection, database, table)) for table in KINDS)
    words = postings.build(rows_after(connection, -1))
    lineage = get_meta(connection, "lineage")
    base = Base(passages, sentences, words, lineage, "", owners_of(connection, -1, _LAST), _NONE, {})
    return Derived(generation, base, passages, sentences, Words(words, postings.build(()), _NONE), base.owners)


def follow(connection: sqlite3.Connection, database: Database, base: Base, generation: int) -> Derived:
    """The indexes of ``generation``, which ``connection`` sees, from those of an older one."""
    gone, known = _NONE, base.words.keys
    count = "SELECT count(*) FROM passages"
    # Without a condition SQLite counts in an index; with one it reads the table, vectors and all.
    (there,) = connection.execute(count).fetchone()
    (after,) = connection.execute(f"{count} WHERE key > ?", (base.last,)).fetchone()
    if there - after != len(known):
        gone = np.setdiff1d(known, np.fromiter((key for (key,) in connection.execute(_KEYS)), np.int64))
    newer = owners_of(connection, base.last, _LAST)
    lost = np.union1d(base.gone, base.owners.among(gone)) if len(gone) else base.gone
    passages = base.passages.changed(gone, *_newer(connection, database, "passages", "key", base.last))
    sentences = base.sentences.changed(lost, *_newer(connection, database, "sentences", "passage", base.last))
    words = Words(base.words, postings.build(rows_after(connection, base.last)), gone)
    return Derived(generation, base, passages, sentences, words, base.owners.changed(gone, newer))


def write(connection: sqlite3.Connection, database: Database, derived: Derived) -> tuple[Derived, dict[str, str]]:
    """Write all files of what was just made; returns it as written, and what the database must remember of it."""
    folder = database.path.parent
    generation = str(derived.generation)
    sums = {f"{kind}_sha256": getattr(derived.base, kind).write(folder / f"{kind}.faiss") for kind in KINDS}
    vectors = scoring.write(connection, database, [kind for kind in KINDS if not getattr(derived, kind).exact])
    rounded = scoring.read(database, vectors)
    remembered = {
        "faiss_generation": generation,
        "owners_sha256": derived.base.owners.sum(),
        "words_sha256": derived.base.words.write(folder / WORDS),
        **sums,
        **{f"{kind}_vectors_sha256": sha256 for kind, sha256 in vectors.items()},
    }
    return replace(derived, base=replace(derived.base, written=generation, rounded=rounded)), remembered


def _newer(
    connection: sqlite3.Connection, database: Database, table: str, passage: str, last: int
) -> tuple[Vectors, Keys]:
    """Vectors (n, d) and keys of what came after the files were made; ``passage`` is the column of its key."""
    # In this order SQLite goes by the index; by key alone it would read all of the table.
    sql = f"SELECT key, vector FROM {table} WHERE {passage} > ? ORDER BY {passage}"
    parts = list(scoring.pieces_of(connection, database, sql, (last,)))
    vectors = [np.zeros((0, database.dimension), np.float32), *(part for part, _ in parts)]
    return np.concatenate(vectors), np.concatenate([_NONE, *(keys for _, keys in parts)])
