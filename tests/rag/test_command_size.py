"""``standardiste size`` as a planner meets it."""

from __future__ import annotations

import json

import pytest

from rag import cli

FLOW = ["size", "--calls", "300", "--per", "60", "--handling", "180"]


def test_three_hundred_calls_an_hour_need_nineteen_agents(capsys):
    assert cli.main([*FLOW, "--target", "0.8", "--within", "20", "--shrinkage", "0.3"]) == 0
    said = capsys.readouterr().out
    assert "15.00 erlangs" in said
    assert "19 agents" in said
    assert "28 agents scheduled" in said


def test_patience_needs_fewer_and_json_says_so(capsys):
    assert cli.main([*FLOW, "--patience", "120", "--json"]) == 0
    size = json.loads(capsys.readouterr().out)
    assert (size["model"], size["agents"], size["scheduled"]) == ("erlang-a", 17, 17)
    assert 0 < size["abandonment"] < 0.1


@pytest.mark.parametrize(
    "arguments",
    [["--target", "1"], ["--shrinkage", "1"], ["--patience", "0"], ["--per", "nan"], ["--within", "-1"]],
    ids=lambda arguments: arguments[0],
)
def test_nonsense_is_one_sentence_and_code_two(arguments, capsys):
    assert cli.main([*FLOW, *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
