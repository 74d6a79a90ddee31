"""What readers leave in the store."""

from dataclasses import replace

import pytest

from rag import notes as module
from rag.notes import Conversation, Feedback


@pytest.fixture
def store(any_store):
    return any_store


FEEDBACK = Feedback("t", "bad", "", "Qui ?", "Lui [1].", "answered", [{"n": 1, "quote": "« lui »"}], None, {"a": "1"})


def test_a_conversation_is_found_again_by_its_owner_alone(store):
    notes = store.notes
    notes.keep("alice", "k", "Première question", "[1]")
    notes.keep("alice", "k", "autre nom", "[1, 2]")
    assert notes.read("alice", "k") == ("Première question", "[1, 2]")
    assert [kept.name for kept in notes.kept("alice")] == ["Première question"]
    assert notes.kept("bob") == []
    assert notes.read("bob", "k") is None
    notes.rename("bob", "k", "à moi")
    notes.drop("bob", "k")
    assert notes.read("alice", "k") == ("Première question", "[1, 2]")


def test_a_conversation_is_renamed_and_forgotten(store):
    notes = store.notes
    notes.keep("alice", "k", "nom", "[]")
    notes.rename("alice", "k", "Le SECA")
    notes.keep("alice", "k", "nom", "[1]")
    assert notes.read("alice", "k") == ("Le SECA", "[1]")
    notes.drop("alice", "k")
    assert notes.kept("alice") == []


def test_only_the_latest_conversations_are_kept_and_no_others_suffer(store, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    store.notes.keep("bob", "b", "b", "[]")
    for key in "123":
        store.notes.keep("alice", key, key, "[]")
    assert [kept.key for kept in store.notes.kept("alice")] == ["3", "2"]
    assert [kept.key for kept in store.notes.kept("bob")] == ["b"]


@pytest.mark.parametrize("owner", ["alice", "s3cret-of-a-browser"])
def test_the_owner_is_not_readable_in_the_store(store, owner, tmp_path):
    store.notes.keep(owner, "k", "nom", "[]")
    (kept,) = store.notes.conversations()
    assert owner.encode() not in kept.owner
    store.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert all(owner.encode() not in file.read_bytes() for file in files)


def test_a_judgement_is_kept_with_everything_and_replaced_by_the_next(store):
    store.notes.judge(FEEDBACK)
    store.notes.judge(replace(FEEDBACK, reason="la source est fausse", at=5.0))
    (kept,) = store.notes.feedback()
    assert kept == replace(FEEDBACK, reason="la source est fausse", at=5.0)


def test_conversations_of_another_store_are_taken_over(store):
    taken = [Conversation(b"o" * 16, "k", "nom", 5.0, "[1]"), Conversation(b"p" * 16, "k", "autre", 6.0, "[]")]
    store.notes.adopt(taken)
    store.notes.adopt(taken)
    assert list(store.notes.conversations()) == taken
