"""A language model as a second judge."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import pytest
from evaluation_fake import GOLD, replay
from fault_server import DONE, FaultServer, chunk, status, stream

from evaluation.judge import Judge
from evaluation.report import render
from evaluation.run import add_arguments, evaluate, run, table
from rag.model import ModelUnavailable


class Says:
    """A model with one reply to everything; an exception is raised."""

    name = "judge"

    def __init__(self, reply):
        self.reply = reply
        self.asked = []

    def stream(self, messages, max_tokens):
        self.asked.append(messages[0]["content"])
        if isinstance(self.reply, Exception):
            raise self.reply
        yield self.reply


def judged(reply):
    model = Says(reply)
    return evaluate(replay(), GOLD, use_model=False, progress=False, judge=Judge(model)), model


def test_a_judge_who_agrees_to_everything():
    outcome, model = judged("Yes.")
    assert (outcome["judge"]["right"], outcome["judge"]["supported"]) == (1.0, 1.0)
    assert outcome["judge"]["unjudged"] == 0
    # The rules call half of these sentences supported.
    assert outcome["judge"]["agreement"] == outcome["answers"]["citation_recall"] == 0.5
    assert any("Tarsus" in text and "Must say" in text for text in model.asked)
    assert any("Quotation (Titre salon" in text for text in model.asked)


def test_a_judge_who_agrees_to_nothing():
    outcome, _ = judged("non")
    assert (outcome["judge"]["right"], outcome["judge"]["supported"]) == (0.0, 0.0)


@pytest.mark.parametrize("reply", ["perhaps", "", ModelUnavailable("slow", "too slow")])
def test_a_judge_who_does_not_judge_is_counted(reply):
    outcome, model = judged(reply)
    assert outcome["judge"]["right"] is outcome["judge"]["supported"] is None
    assert outcome["judge"]["unjudged"] == len(model.asked)


def test_the_rules_figures_stay_as_they_are():
    outcome, _ = judged("no")
    alone = evaluate(replay(), GOLD, use_model=False, progress=False)
    assert outcome["answers"] == alone["answers"]
    assert "judge" not in alone
    assert "Un second avis" in render(outcome)
    assert "Un second avis" not in render(alone)
    assert "judge judge: right 0.000" in table(outcome)


def called(tmp_path, *options):
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(one.to_json()) + "\n" for one in GOLD), encoding="utf-8")
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(gold), "--json", str(tmp_path / "out.json"), *options]), replay)


@pytest.mark.parametrize(
    ("behaviour", "right"), [(stream(chunk("yes"), chunk(None, "stop"), DONE), 1.0), (status(500), None)]
)
def test_a_judge_behind_an_address(tmp_path, behaviour, right):
    server = FaultServer(behaviour)
    try:
        assert called(tmp_path, "--judge", server.address) == 0
    finally:
        server.close()
    outcome = json.loads((tmp_path / "out.json").read_text())
    assert outcome["judge"]["right"] == right
    assert server.asked > 0


def test_an_address_that_is_none_is_refused_before_anything_is_asked(tmp_path, capsys):
    assert called(tmp_path, "--judge", "localhost:8000") == 2
    assert "http://localhost:8000/v1" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
