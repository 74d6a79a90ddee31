"""An evaluation that breaks off and is gone on with, and one that asks several questions at once."""

import json
import threading
from argparse import ArgumentParser
from collections import deque

import pytest
from evaluation_fake import GOLD, REFUSED, SOLD, Replay, hit, replay

from evaluation.journal import journal_of
from evaluation.run import add_arguments, run


def call(gold_file, *options, assistant):
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(gold_file), *options]), lambda: assistant)


@pytest.fixture
def gold_file(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(one.to_json()) + "\n" for one in GOLD), encoding="utf-8")
    return path


@pytest.fixture
def broken_off(gold_file, tmp_path):
    """Where the figures of a run go that was ended after its first question."""
    out = tmp_path / "out.json"
    assistant = Replay(deque([SOLD, KeyboardInterrupt()]), deque([(hit("salon"),)]))
    assert call(gold_file, "--json", str(out), assistant=assistant) == 1
    return out


def test_what_was_answered_is_not_asked_again(gold_file, broken_off):
    whole = replay()
    # Only what is left is there to be asked.
    rest = Replay(deque(list(whole.answers)[1:]), deque(list(whole.hits)[1:]))
    assert call(gold_file, "--json", str(broken_off), "--resume", assistant=rest) == 0
    written = json.loads(broken_off.read_text())
    assert [one["id"] for one in written["questions"]] == [one.id for one in GOLD]
    assert written["questions"][0]["result"]["answer"] == SOLD["answer"]
    assert not journal_of(str(broken_off)).exists()


def test_a_line_that_was_cut_off_is_asked_again(gold_file, broken_off):
    journal = journal_of(str(broken_off))
    journal.write_text(journal.read_text()[:-20])
    assert call(gold_file, "--json", str(broken_off), "--resume", assistant=replay()) == 0
    assert json.loads(broken_off.read_text())["n"] == 3


def test_the_journal_of_another_run_is_refused_and_kept(gold_file, broken_off, capsys, monkeypatch):
    monkeypatch.setattr(Replay, "describe", lambda self: {"model": "another"})
    before = journal_of(str(broken_off)).read_text()
    assert call(gold_file, "--json", str(broken_off), "--resume", assistant=replay()) == 2
    assert "other questions or settings: leave out --resume" in capsys.readouterr().err
    assert journal_of(str(broken_off)).read_text() == before
    # Without --resume it is begun anew.
    assert call(gold_file, "--json", str(broken_off), assistant=replay()) == 0


@pytest.mark.parametrize(
    ("options", "said"), [(["--resume"], "--resume needs --json OUT"), (["--jobs", "0"], "--jobs must be 1 or more")]
)
def test_options_that_make_no_sense(gold_file, options, said, capsys):
    assert call(gold_file, *options, assistant=replay()) == 2
    assert said in capsys.readouterr().err


def test_several_questions_are_asked_at_once_and_told_in_their_order(gold_file, tmp_path, monkeypatch):
    together = threading.Barrier(3, timeout=10)
    answers = {one.id: answer for one, answer in zip(GOLD, replay().answers, strict=True)}

    class Slow(Replay):
        def ask(self, question, history=(), use_model=True, **_):
            # Answered only when all three have been asked.
            together.wait()
            (name,) = [one.id for one in GOLD if one.question == question]
            return Replay(deque([answers[name]]), deque()).ask(question)

        def search(self, question, history=(), **_):
            return question, (hit("salon"),)

    out = tmp_path / "out.json"
    assert call(gold_file, "--json", str(out), "--jobs", "3", assistant=Slow(deque(), deque())) == 0
    written = json.loads(out.read_text())
    assert [one["id"] for one in written["questions"]] == [one.id for one in GOLD]
    assert written["questions"][-1]["result"]["answer"] == list(answers.values())[-1]["answer"]
    assert REFUSED["answer"] in {one["result"]["answer"] for one in written["questions"]}
