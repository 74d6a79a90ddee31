"""Two runs compared: the parts add up to the summary, and the bootstrap tells a difference from none."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.compare import CompareError, compare, parts, read_questions, table
from evaluation.run import main
from evaluation.score import RETRIEVAL, summarise

shares = st.one_of(st.none(), st.floats(0, 1))
flags = st.booleans()
entries = st.builds(
    lambda answerable, refused, facts, found, citations, sentences, verbatim, language: {
        "answerable": answerable,
        "scores": {
            "refused": refused, "fact_recall": facts, "language_match": language, "verbatim": verbatim,
            "retrieval": found, "sentences": [{"supported": one} for one in sentences],
            "citations": [{"relevant": one, "supports": other} for one, other in citations],
        },
    },
    flags, flags, shares, st.one_of(st.none(), st.fixed_dictionaries(dict.fromkeys(RETRIEVAL, shares))),
    st.lists(st.tuples(flags, flags), max_size=3), st.lists(flags, max_size=3), st.lists(flags, max_size=3), shares,
)  # fmt: skip


@given(st.lists(entries, min_size=1, max_size=8))
def test_the_parts_of_all_questions_make_the_summary(some):
    summary = summarise(some)
    for name, value in {**summary["retrieval"], **summary["answers"]}.items():
        total, count = (sum(parts(one)[name][place] for one in some) for place in (0, 1))
        assert (total / count if count else None) == (None if value is None else pytest.approx(value))


def entry(number, fact, *, refused=False, answerable=True):
    scores = {"refused": refused, "fact_recall": fact, "language_match": 1.0, "verbatim": [True], "retrieval": None}
    return {"id": f"q{number}", "answerable": answerable, "scores": {**scores, "sentences": [], "citations": []}}


def run_of(facts):
    return {f"q{number}": entry(number, fact) for number, fact in enumerate(facts)}


def named(differences):
    return {one.name: one for one in differences}


def test_a_run_does_not_differ_from_itself():
    run = run_of([0.0, 1.0, 0.5] * 10)
    assert all(one.low == one.high == 0 and one.by_chance for one in compare(run, run))


def test_an_improvement_of_every_question_is_no_chance_and_one_of_a_single_question_may_be():
    before = run_of([0.2] * 30)
    better = named(compare(before, run_of([0.5] * 30)))["fact_recall"]
    assert not better.by_chance
    assert better.second - better.first == pytest.approx(0.3)
    single = named(compare(before, run_of([0.2] * 29 + [1.0])))["fact_recall"]
    assert single.by_chance


def test_pairing_takes_out_what_is_hard_about_a_question():
    chance = random.Random(4)
    hard = [chance.random() * 0.8 for _ in range(60)]
    found = named(compare(run_of(hard), run_of([fact + 0.05 for fact in hard])))["fact_recall"]
    # Alone, either mean is sure to about 0.06 only.
    assert found.low == pytest.approx(0.05)
    assert found.high == pytest.approx(0.05)


def test_only_questions_that_both_runs_have_count():
    found = named(compare(run_of([1.0, 0.0]), run_of([0.0])))
    assert (found["fact_recall"].first, found["fact_recall"].second) == (1.0, 0.0)
    assert "refused_of_unanswerable" not in found  # nothing unanswerable was asked
    with pytest.raises(CompareError, match="share no question"):
        compare(run_of([1.0]), {})


def written(folder, name, run):
    file = folder / name
    file.write_text(json.dumps({"questions": list(run.values())}), encoding="utf-8")
    return str(file)


def test_the_command_prints_the_table(tmp_path, capsys):
    files = written(tmp_path, "a.json", run_of([0.2] * 9)), written(tmp_path, "b.json", run_of([0.5] * 9))
    assert main(["--compare", *files]) == 0
    printed = "".join(capsys.readouterr())
    assert "9 questions in both runs" in printed
    assert "more than chance" in printed


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"questions": 3}', '{"questions": [{"id": "a"}]}', "\x00"])
def test_a_file_that_is_no_run_is_named(tmp_path, capsys, content):
    broken = tmp_path / "broken.json"
    broken.write_text(content, encoding="utf-8")
    assert main(["--compare", str(broken), str(broken)]) == 2
    assert "broken.json is no run" in "".join(capsys.readouterr())
    assert main(["--compare", str(tmp_path / "none.json"), str(broken)]) == 2


def test_a_gold_file_is_wanted_where_nothing_is_compared(capsys):
    assert main([]) == 2
    assert "GOLD" in "".join(capsys.readouterr())


def test_reading_keeps_the_order_of_the_questions(tmp_path):
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"questions": [entry(2, 1.0), entry(1, 0.0)]}), encoding="utf-8")
    assert list(read_questions(file)) == ["q2", "q1"]
    assert "first" in table(compare(read_questions(file), read_questions(file)), 2)
