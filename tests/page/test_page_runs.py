import json

import pytest

from page.languages import ENGLISH, FRENCH
from page.runs import failures_html, figures_html, list_runs, read_run, what_failed


def run(fact_recall: float, hallucination_rate: float) -> dict:
    def entry(answerable: bool, refused: bool, met: list[bool], result: dict | None) -> dict:
        scores = {"refused": refused, "facts_met": met}
        facts = [["Tarsus"], ["1997", "mille"]] if answerable else []
        return {
            "question": "À qui <b> ?", "kind": "factual", "answerable": answerable, "facts": facts,
            "result": result, "scores": scores,
        }  # fmt: skip

    answer = {"answer": "À <i>Tarsus</i> [1]."}
    return {
        "gold": "gold.jsonl",
        "n": 4,
        "settings": {"use_model": False},
        "retrieval": {"hit@1": 0.8},
        "answers": {"fact_recall": fact_recall, "hallucination_rate": hallucination_rate, "error_rate": None},
        "questions": [
            entry(True, False, [True, True], answer),
            entry(True, False, [True, False], answer),
            entry(True, True, [False, False], answer),
            entry(False, False, [], answer),
            entry(True, False, [], None),
        ],
    }


def test_what_failed_is_said_in_words():
    said = [what_failed(entry, FRENCH) for entry in run(0.5, 0.2)["questions"]]
    assert said == ["", "Manque\u00a0: 1997 / mille", FRENCH.wrongly_refused, FRENCH.wrongly_answered, FRENCH.no_result]
    html = failures_html(run(0.5, 0.2), FRENCH)
    assert "Questions manquées (4)" in html
    assert "<b> ?" not in html
    assert "<i>Tarsus" not in html


def test_two_runs_show_which_is_better_also_where_lower_is():
    html = figures_html(run(0.6, 0.1), run(0.5, 0.2), ENGLISH)
    assert '<span class="better">▲ +10.0</span>' in html
    assert '<span class="better">▲ -10.0</span>' in html
    assert "60%" in html
    assert "Quotes only" in html


def test_only_runs_of_the_folder_are_read(tmp_path):
    folder, outside = tmp_path / "runs", tmp_path / "secret.json"
    folder.mkdir()
    for file in (outside, folder / "a.json"):
        file.write_text(json.dumps(run(0.5, 0.2)))
    (folder / "b.json").write_text("[1]")
    assert {one.name for one in list_runs(folder)} == {"a.json", "b.json"}
    assert read_run(folder, "a.json")["n"] == 4
    assert read_run(folder, "b.json") is None


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "", None, "none.json"])
def test_a_name_that_is_no_run_reads_nothing(tmp_path, name):
    (tmp_path / "runs").mkdir()
    (tmp_path / "secret.json").write_text(json.dumps(run(0.5, 0.2)))
    assert read_run(tmp_path / "runs", name) is None
    assert list_runs(tmp_path / "nowhere") == []
