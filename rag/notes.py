"""What readers leave in the store beside the articles: their conversations and their judgements of answers.

Conversations belong to an owner, a secret of a browser or a user's name, and no one else can list, read or change
them. The store keeps only a digest of it. A judgement keeps what is needed to understand it later: the question, the
answer with its sources, the model and the versions.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Literal, Protocol

from rag.database import Database

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS conversations (owner BLOB NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, "
    "changed REAL NOT NULL, body TEXT NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS feedback (number INTEGER PRIMARY KEY, at REAL NOT NULL, verdict TEXT NOT NULL, "
    "reason TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, status TEXT NOT NULL, "
    "sources TEXT NOT NULL, model TEXT, versions TEXT NOT NULL, token TEXT NOT NULL UNIQUE)",
)
"""Tables of their own: an index made before them gets them when they are first needed."""

KEPT = 100
"""Conversations kept of one owner; the oldest go first."""

KEPT_SECONDS = 400 * 86_400
"""How long an untouched conversation is kept: a little longer than the cookie of its browser lives."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation in a list: ``changed`` is in seconds since 1970."""

    key: str
    name: str
    changed: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all that is kept of it; ``owner`` is the digest that a store keeps of its owner."""

    owner: bytes
    key: str
    name: str
    changed: float
    body: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reader's judgement of an answer. ``sources`` are the answer's citations as the contract's JSON writes them.

    ``token`` tells the answer: judging it again replaces the judgement. ``at`` is in seconds since 1970.
    """

    token: str
    verdict: Literal["good", "bad"]
    reason: str
    question: str
    answer: str
    status: str
    sources: Sequence[dict[str, Any]]
    model: str | None
    versions: dict[str, str]
    at: float = 0.0


class Notes(Protocol):
    """Where conversations and judgements are kept; called from several threads."""

    def keep(self, owner: str, key: str, name: str, body: str) -> None:
        """Keep the conversation ``key``; a name given by ``rename`` stays."""

    def kept(self, owner: str) -> list[Kept]:
        """List the owner's conversations, the latest first."""

    def read(self, owner: str, key: str) -> tuple[str, str] | None:
        """Give name and body of one of the owner's conversations; None if there is none."""

    def rename(self, owner: str, key: str, name: str) -> None:
        """Give one of the owner's conversations another name."""

    def drop(self, owner: str, key: str) -> None:
        """Forget one of the owner's conversations."""

    def judge(self, feedback: Feedback) -> None:
        """Keep a judgement, in place of an earlier one of the same answer."""

    def feedback(self) -> list[Feedback]:
        """List all judgements, the latest first."""

    def conversations(self) -> Iterator[Conversation]:
        """All conversations of all owners, for a copy into another store."""

    def adopt(self, conversations: Sequence[Conversation]) -> None:
        """Take conversations over from another store, in one transaction."""


class SqliteNotes:
    """Notes in the store's own database (``Notes``)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._ready = False

    def _prepared(self) -> Database:
        with self._lock:
            if not self._ready:
                with self._database.writing() as connection:
                    for statement in SCHEMA:
                        connection.execute(statement)
                self._ready = True
        return self._database

    def keep(self, owner: str, key: str, name: str, body: str) -> None:
        """Keep a conversation (see ``Notes.keep``)."""
        who, now = owner_digest(owner), time.time()
        with self._prepared().writing() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (owner, key) DO UPDATE SET changed = excluded.changed, body = excluded.body",
                (who, key, name, now, body),
            )
            connection.execute(
                "DELETE FROM conversations WHERE changed < ?2 OR owner = ?1 AND key NOT IN "
                "(SELECT key FROM conversations WHERE owner = ?1 ORDER BY changed DESC LIMIT ?3)",
                (who, now - KEPT_SECONDS, KEPT),
            )

    def kept(self, owner: str) -> list[Kept]:
        """List conversations (see ``Notes.kept``)."""
        sql = "SELECT key, name, changed FROM conversations WHERE owner = ? ORDER BY changed DESC"
        with self._prepared().reading() as connection:
            return [Kept(*row) for row in connection.execute(sql, (owner_digest(owner),))]

    def read(self, owner: str, key: str) -> tuple[str, str] | None:
        """Give a conversation (see ``Notes.read``)."""
        sql = "SELECT name, body FROM conversations WHERE owner = ? AND key = ?"
        with self._prepared().reading() as connection:
            row = connection.execute(sql, (owner_digest(owner), key)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def rename(self, owner: str, key: str, name: str) -> None:
        """Rename a conversation (see ``Notes.rename``)."""
        with self._prepared().writing() as connection:
            sql = "UPDATE conversations SET name = ? WHERE owner = ? AND key = ?"
            connection.execute(sql, (name, owner_digest(owner), key))

    def drop(self, owner: str, key: str) -> None:
        """Forget a conversation (see ``Notes.drop``)."""
        with self._prepared().writing() as connection:
            connection.execute("DELETE FROM conversations WHERE owner = ? AND key = ?", (owner_digest(owner), key))

    def judge(self, feedback: Feedback) -> None:
        """Keep a judgement (see ``Notes.judge``)."""
        with self._prepared().writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback (at, verdict, reason, question, answer, status, sources, model, "
                "versions, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    feedback.at or time.time(),
                    feedback.verdict,
                    feedback.reason,
                    feedback.question,
                    feedback.answer,
                    feedback.status,
                    json.dumps(list(feedback.sources), ensure_ascii=False),
                    feedback.model,
                    json.dumps(feedback.versions),
                    feedback.token,
                ),
            )

    def feedback(self) -> list[Feedback]:
        """List judgements (see ``Notes.feedback``)."""
        return list(self._feedback())

    def _feedback(self) -> Iterator[Feedback]:
        sql = (
            "SELECT token, verdict, reason, question, answer, status, sources, model, versions, at FROM feedback "
            "ORDER BY at DESC, number DESC"
        )
        with self._prepared().reading() as connection:
            rows = connection.execute(sql).fetchall()
        for token, verdict, reason, question, answer, status, sources, model, versions, at in rows:
            yield Feedback(
                token, verdict, reason, question, answer, status, json.loads(sources), model, json.loads(versions), at
            )

    def conversations(self) -> Iterator[Conversation]:
        """All conversations (see ``Notes.conversations``)."""
        sql = "SELECT owner, key, name, changed, body FROM conversations ORDER BY owner, key"
        with self._prepared().reading() as connection:
            yield from (Conversation(*row) for row in connection.execute(sql))

    def adopt(self, conversations: Sequence[Conversation]) -> None:
        """Take conversations over (see ``Notes.adopt``)."""
        with self._prepared().writing() as connection:
            for one in conversations:
                values = (one.owner, one.key, one.name, one.changed, one.body)
                connection.execute("INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?)", values)


def feedback_json(feedback: Feedback) -> dict[str, Any]:
    """A judgement ready for ``json.dumps``."""
    return asdict(feedback)


def owner_digest(owner: str) -> bytes:
    """What a store keeps of an owner."""
    return hashlib.sha256(b"owner:" + owner.encode("utf-8", "surrogatepass")).digest()[:16]
