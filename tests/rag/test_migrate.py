"""One store copied into another, and both compared."""

from __future__ import annotations

import json

import pytest
from stand_ins import WordEncoder
from store_kinds import place as place_of_kind

from rag.build import untold
from rag.cli import main
from rag.migrate import migrate
from rag.notes import Feedback
from rag.opening import open_place
from rag.sqlite import SqliteStore
from rag.store import Finding, StoreDamaged, StoreError
from rag.words import stems

JUDGED = [
    Feedback(f"t{n}", "bad", "", "Qui ?", "Lui [1].", "answered", [{"n": 1}], None, {"a": "1"}, 5.0) for n in "12"
]


@pytest.fixture
def noted(filled: SqliteStore) -> SqliteStore:
    """The filled store, with what two readers left."""
    for owner in ("alice", "bob"):
        filled.notes.keep(owner, "k", "Première question", f'["{owner}"]')
    for feedback in JUDGED:
        filled.notes.judge(feedback)
    return filled


def answers(store, encoder: WordEncoder) -> list[tuple]:
    question = "le prix du salon Borealis"
    found = store.search(encoder.encode_queries([question])[0], stems(question), 10)
    return sorted(
        (one.row.id, one.passage, round(one.scores.dense, 5), round(one.scores.sentence, 5), round(one.scores.words, 5))
        for one in found
    )


def test_there_and_back_nothing_is_lost_and_nothing_embedded(noted, encoder, place, tmp_path):
    encoder.embedded.clear()
    target = open_place(place, encoder)
    moved = migrate(noted, target, "there")
    assert (moved.articles, moved.conversations, moved.judgements) == (2, 2, 2)
    assert (moved.passages, moved.vectors) == (2, 10)
    assert answers(target, encoder) == answers(noted, encoder)
    assert all(finding.ok for finding in target.check())
    back = SqliteStore(tmp_path / "back", encoder.name, encoder.dimension)
    assert migrate(target, back, "back").words == moved.words
    assert answers(back, encoder) == answers(noted, encoder)
    assert back.notes.read("bob", "k") == ("Première question", '["bob"]')
    assert [feedback.token for feedback in back.notes.feedback()] == ["t2", "t1"]
    assert all(finding.ok for finding in back.check())
    assert encoder.embedded == []
    target.close()


def test_an_interrupted_copy_is_gone_on_with(noted, encoder, place):
    target = open_place(place, encoder)

    def stop_after_one(total):
        def advance(articles, passages):
            raise KeyboardInterrupt

        return advance

    with pytest.raises(KeyboardInterrupt):
        migrate(noted, target, "there", stop_after_one)
    assert len(target.articles()) == 1
    asked: list[int] = []
    migrate(noted, target, "there", lambda total: asked.append(total) or untold)
    assert asked == [1]
    assert target.articles() == noted.articles()
    target.close()


def test_a_store_with_other_articles_is_left_alone(noted, encoder, place):
    target = open_place(place, encoder)
    migrate(noted, target, "there")
    with noted.writing():
        noted.remove("prix")
    with pytest.raises(StoreError, match="there is not empty.*“prix”"):
        migrate(noted, target, "there")
    assert {row.id for row in target.articles()} == {"salon", "prix"}
    target.close()


def test_a_copy_that_differs_is_not_called_a_copy(noted, encoder, tmp_path, monkeypatch):
    target = SqliteStore(tmp_path / "target", encoder.name, encoder.dimension)
    put = target.put

    def spoil(article, path, digest, passages):
        for indexed in passages:
            indexed.vectors[-1, 0] += 1e-6
        put(article, path, digest, passages)

    monkeypatch.setattr(target, "put", spoil)
    with pytest.raises(StoreDamaged, match=r"A passage of the article .* there"):
        migrate(noted, target, "there")


@pytest.fixture
def run(monkeypatch, encoder, capsys):
    """Run a command; gives its code and what it printed."""
    monkeypatch.setattr("rag.opening.open_encoder", lambda settings: encoder)
    monkeypatch.setattr("rag.opening._weights", lambda name: Finding(f"weights {name}", True, "there"))
    monkeypatch.setenv("STANDARDISTE_MODEL", "none")

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_the_command_copies_and_the_setting_changes_over(run, noted, monkeypatch, tmp_path):
    noted.close()
    with place_of_kind("milvus-lite", tmp_path, None) as place:
        where = ("--index", noted.folder)
        code, out, _ = run(*where, "migrate", "--to", place)
        assert code == 0
        assert "2 articles in 2 passages, 10 vectors" in out
        assert "nothing was embedded" in out
        monkeypatch.setenv("STANDARDISTE_STORE", str(place))
        code, out, _ = run(*where, "doctor", "--mend", "--json")
        assert code == 0
        assert [finding["what"] for finding in json.loads(out)["findings"]][1:] == [
            "milvus", "records", "words", "vectors", "articles",
        ]  # fmt: skip
        code, out, _ = run(*where, "search", "Borealis", "--json")
        assert json.loads(out)["hits"][0]["article"] == "salon"
        code, _, err = run(*where, "backup", tmp_path / "saved.db")
        assert (code, "migrate --to sqlite:FOLDER" in err) == (1, True)
        code, _, err = run(*where, "migrate", "--to", place)
        assert (code, "name another store" in err) == (2, True)
        code, _, _ = run(*where, "migrate", "--to", f"sqlite:{tmp_path / 'back'}")
        assert code == 0
    assert len(SqliteStore(tmp_path / "back", WordEncoder.name, WordEncoder.dimension).articles()) == 2


@pytest.mark.parametrize("store", ["redis://x", "milvus:vectors", "milvus://host"])
def test_a_store_that_is_none_is_wrong_usage(run, tmp_path, store, monkeypatch):
    code, _, err = run("--index", tmp_path, "migrate", "--to", store)
    assert (code, "--to" in err) == (2, True)
    monkeypatch.setenv("STANDARDISTE_STORE", store)
    code, _, err = run("--index", tmp_path, "articles")
    assert (code, "STANDARDISTE_STORE" in err) == (2, True)
