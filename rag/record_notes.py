"""Conversations and judgements in the records (``rag.notes.Notes``)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, and_, delete, insert, select, text, update

from rag import notes
from rag.notes import Conversation, Feedback, Kept, owner_digest
from rag.records import CONVERSATIONS, FEEDBACK, Records

_UPSERT = (
    "INSERT INTO conversations (owner, key, name, changed, body) VALUES (:owner, :key, :name, :changed, :body) "
    "ON CONFLICT (owner, key) DO UPDATE SET changed = excluded.changed, body = excluded.body"
)


class RecordNotes:
    """Notes beside a Milvus store's texts (``rag.notes.Notes``)."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, owner: str, key: str, name: str, body: str) -> None:
        """Keep a conversation (see ``Notes.keep``)."""
        who, now = owner_digest(owner), time.time()
        mine = CONVERSATIONS.c.owner == who
        latest = select(CONVERSATIONS.c.key).where(mine).order_by(CONVERSATIONS.c.changed.desc()).limit(notes.KEPT)
        with self._records.writing() as connection:
            values = {"owner": who, "key": key, "name": name, "changed": now, "body": body}
            connection.execute(text(_UPSERT), values)
            connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.changed < now - notes.KEPT_SECONDS))
            connection.execute(delete(CONVERSATIONS).where(mine, CONVERSATIONS.c.key.not_in(latest)))

    def kept(self, owner: str) -> list[Kept]:
        """List conversations (see ``Notes.kept``)."""
        sql = select(CONVERSATIONS.c.key, CONVERSATIONS.c.name, CONVERSATIONS.c.changed)
        mine = sql.where(CONVERSATIONS.c.owner == owner_digest(owner)).order_by(CONVERSATIONS.c.changed.desc())
        with self._records.reading() as connection:
            return [Kept(row.key, row.name, row.changed) for row in connection.execute(mine)]

    def read(self, owner: str, key: str) -> tuple[str, str] | None:
        """Give a conversation (see ``Notes.read``)."""
        sql = select(CONVERSATIONS.c.name, CONVERSATIONS.c.body).where(_one(owner, key))
        with self._records.reading() as connection:
            row = connection.execute(sql).first()
        return (row.name, row.body) if row else None

    def rename(self, owner: str, key: str, name: str) -> None:
        """Rename a conversation (see ``Notes.rename``)."""
        with self._records.writing() as connection:
            connection.execute(update(CONVERSATIONS).where(_one(owner, key)).values(name=name))

    def drop(self, owner: str, key: str) -> None:
        """Forget a conversation (see ``Notes.drop``)."""
        with self._records.writing() as connection:
            connection.execute(delete(CONVERSATIONS).where(_one(owner, key)))

    def judge(self, feedback: Feedback) -> None:
        """Keep a judgement (see ``Notes.judge``)."""
        with self._records.writing() as connection:
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.token == feedback.token))
            connection.execute(
                insert(FEEDBACK).values(
                    at=feedback.at or time.time(), verdict=feedback.verdict, reason=feedback.reason,
                    question=feedback.question, answer=feedback.answer, status=feedback.status,
                    sources=json.dumps(list(feedback.sources), ensure_ascii=False), model=feedback.model,
                    versions=json.dumps(feedback.versions), token=feedback.token,
                )
            )  # fmt: skip

    def feedback(self) -> list[Feedback]:
        """List judgements (see ``Notes.feedback``)."""
        sql = select(FEEDBACK).order_by(FEEDBACK.c.at.desc(), FEEDBACK.c.number.desc())
        with self._records.reading() as connection:
            return [
                Feedback(
                    row.token, row.verdict, row.reason, row.question, row.answer, row.status, json.loads(row.sources),
                    row.model, json.loads(row.versions), row.at,
                )
                for row in connection.execute(sql)
            ]  # fmt: skip

    def conversations(self) -> Iterator[Conversation]:
        """All conversations (see ``Notes.conversations``)."""
        columns = (CONVERSATIONS.c.owner, CONVERSATIONS.c.key, CONVERSATIONS.c.name, CONVERSATIONS.c.changed)
        sql = select(*columns, CONVERSATIONS.c.body).order_by(CONVERSATIONS.c.owner, CONVERSATIONS.c.key)
        with self._records.reading() as connection:
            for row in connection.execute(sql):
                yield Conversation(bytes(row.owner), row.key, row.name, row.changed, row.body)

    def adopt(self, conversations: Sequence[Conversation]) -> None:
        """Take conversations over (see ``Notes.adopt``)."""
        with self._records.writing() as connection:
            for one in conversations:
                same = and_(CONVERSATIONS.c.owner == one.owner, CONVERSATIONS.c.key == one.key)
                connection.execute(delete(CONVERSATIONS).where(same))
                connection.execute(
                    insert(CONVERSATIONS).values(
                        owner=one.owner, key=one.key, name=one.name, changed=one.changed, body=one.body
                    )
                )


def _one(owner: str, key: str) -> ColumnElement[bool]:
    return and_(CONVERSATIONS.c.owner == owner_digest(owner), CONVERSATIONS.c.key == key)
