"""What ``benchmarks.peers`` makes of what the systems report; the systems themselves run only in the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.peer_systems.environments import SYSTEMS, surroundings
from benchmarks.peer_systems.harness import WrongAnswer, check
from benchmarks.peer_table import COLUMNS, MarkersMissing, Measured, Task, markdown, measured, placed

ROOT = Path(__file__).parents[2]
TASK = Task(("a", "b", "c"), ("q1", "q2", "q3"), (0, 1, 2), counted=2, first="q0")
INDEXING = {"seconds": 0.5, "peak": 900.0}
ASKING = {"cold": 2.0, "milliseconds": [10.0, 30.0, 500.0], "found": [[0, 1], [2, 1], [0, 1]], "peak": 400.0}
OURS = Measured(1.0, 100.0, 5.0, 8.0, 200.0, 300.0, 0.9, 0.8, 4.0)
THEIRS = Measured(4.0, 20.0, 15.0, 20.0, 800.0, 900.0, 0.85, 0.82, 2.0)

COUNTING_PEER = """
import json
from pathlib import Path
from benchmarks.peer_systems.harness import main

class Counting:
    packages = ("pytest",)
    def load(self):
        pass
    def index(self, passages, folder):
        (folder / "passages.json").write_text(json.dumps(passages))
    def open(self, folder):
        self.passages = json.loads((folder / "passages.json").read_text())
    def search(self, question):
        shared = [len(set(question.split()) & set(text.split())) for text in self.passages]
        order = sorted(range(len(shared)), key=lambda place: -shared[place])
        return [(place, self.passages[place]) for place in order[:10]]

main(Counting())
"""


def cells(table, row):
    return [cell.strip() for cell in table.splitlines()[row].strip("|").split("|")]


def test_time_and_quality_of_the_questions_that_count_and_quality_of_the_others_apart():
    figures = measured(TASK, INDEXING, ASKING, disk=1.5)
    assert (figures.rate, figures.cold, figures.memory, figures.memory_indexing) == (6.0, 2.0, 400.0, 900.0)
    assert figures.p50 == 20.0
    # The first passage is right for q1, the second for q2, none for q3.
    assert figures.quality == pytest.approx((1 + 0.6309) / 2, abs=1e-4)
    assert figures.unseen == 0.0


def test_without_unseen_questions_there_is_no_figure_for_them():
    task = Task(TASK.passages, TASK.questions[:2], TASK.relevant[:2], counted=2, first="q0")
    figures = measured(task, INDEXING, {**ASKING, "found": ASKING["found"][:2]}, disk=1.5)
    assert figures.unseen is None
    assert cells(markdown({"we": [figures]}, "we"), 2)[8] == "–"


def test_a_figure_of_others_stands_beside_how_many_times_ours_it_is():
    table = markdown({"we": [OURS], "they": [THEIRS]}, "we")
    assert cells(table, 0)[:2] == ["system", "cold start, s"]
    assert cells(table, 2)[:3] == ["we", "1.0", "100.0"]
    they = cells(table, 3)
    assert they[:3] == ["they", "4.0 (×4.00)", "20.0 (×0.20)"]
    assert they[7:9] == ["0.850 (−0.050)", "0.820 (+0.020)"]


def test_the_median_of_the_rounds_counts():
    slow = Measured(9.0, 1.0, 90.0, 99.0, 999.0, 999.0, 0.9, 0.8, 4.0)
    assert cells(markdown({"we": [slow, OURS, OURS]}, "we"), 2)[1:3] == ["1.0", "100.0"]


def test_a_system_that_failed_keeps_its_row_and_without_ours_there_are_no_ratios():
    table = markdown({"they": [THEIRS], "broken": []}, "we")
    assert cells(table, 2)[1] == "4.0"
    assert cells(table, 3)[:2] == ["broken", "failed"]
    assert {len(line.split("|")) for line in table.splitlines()} == {len(COLUMNS) + 3}


def test_the_table_goes_between_the_markers_and_nothing_else_changes():
    document = "before\n<!-- peers -->\nold\n<!-- /peers -->\nafter\n"
    written = placed(document, "| new |")
    assert written == "before\n<!-- peers -->\n| new |\n<!-- /peers -->\nafter\n"
    assert placed(written, "| new |") == written


@pytest.mark.parametrize("document", ["no markers", "<!-- peers -->", "<!-- /peers --> <!-- peers -->"])
def test_without_a_place_for_it_the_table_is_refused(document):
    with pytest.raises(MarkersMissing, match="put both"):
        placed(document, "| new |")


def test_the_readme_has_a_place_for_it():
    assert "| new |" in placed((ROOT / "README.md").read_text(encoding="utf-8"), "| new |")


@pytest.mark.parametrize(
    ("hits", "why"),
    [
        pytest.param([], "different ones", id="nothing found"),
        pytest.param([(0, "Un."), (0, "Un.")], "different ones", id="a passage twice"),
        pytest.param([(0, "Deux.")], "not its own", id="another passage's text"),
        pytest.param([(0, "  ")], "not its own", id="no text"),
    ],
)
def test_a_system_that_returns_something_else_is_not_measured(hits, why):
    with pytest.raises(WrongAnswer, match=why):
        check(hits, ["Un.", "Deux."])


def test_typography_may_be_cleaned():
    check([(1, "l’appel ?")], ["Un.", "Voici l'appel\u00a0? Oui."])


def test_a_process_indexes_and_another_one_answers_from_what_it_left(tmp_path):
    (tmp_path / "peer.py").write_text(COUNTING_PEER)
    task = {"passages": ["le chat dort", "le chien court"], "questions": ["qui court ?", "qui dort ?"]}
    (tmp_path / "task.json").write_text(json.dumps(task))
    (tmp_path / "index").mkdir()

    def run(mode):
        names = [mode, "task.json", "index", f"{mode}.json", repr(time.time()), "où est le chien ?"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "peer.py", *names], cwd=tmp_path, env=environment, check=True)
        return json.loads((tmp_path / f"{mode}.json").read_text())

    indexing, asking = run("index"), run("ask")
    assert indexing["seconds"] > 0
    assert asking["found"] == [[1, 0], [0, 1]]
    assert len(asking["milliseconds"]) == 2
    assert asking["cold"] > 0
    assert asking["peak"] > 5
    assert asking["versions"] == {"pytest": pytest.__version__}


def test_no_system_may_use_the_network_or_write_into_the_users_home(tmp_path):
    for system in SYSTEMS:
        variables = surroundings(system, tmp_path / "model", tmp_path)
        assert variables["HF_HUB_OFFLINE"] == "1"
        if system.requirements:
            assert Path(variables["HOME"]).is_relative_to(tmp_path)
