import json
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import deque

import pytest
from evaluation_fake import GOLD, REFUSED, SOLD, Replay, citation, hit, replay, result

from evaluation.gold import GoldQuestion
from evaluation.run import add_arguments, evaluate, main, run


@pytest.fixture
def outcome():
    return evaluate(replay(), GOLD, use_model=False, progress=False, name="gold.jsonl")


def call(gold_file, *options, assistant=None):
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(gold_file), *options]), lambda: assistant or replay())


@pytest.fixture
def gold_file(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(one.to_json()) + "\n" for one in GOLD), encoding="utf-8")
    return path


def test_the_figures_are_those_computed_by_hand(outcome):
    assert outcome["retrieval"] == {
        "hit@1": 0.0,
        "hit@5": 1.0,
        "hit@10": 1.0,
        "recall@10": 1.0,
        "mrr@10": 0.5,
        "ndcg@10": pytest.approx(0.6309, abs=1e-4),
        "evidence_hit@5": 1.0,
    }
    assert outcome["answers"] == {
        "fact_recall": 0.5,
        "answered_of_answerable": 1.0,
        "refused_of_unanswerable": 0.5,
        "hallucination_rate": 0.5,
        "error_rate": 0.0,
        "citation_precision": 0.5,
        "citation_recall": 0.5,
        "verbatim_quotes": 1.0,
        "language_match": 1.0,
    }
    assert outcome["seconds"] == {
        "retrieve_p50": 0.01,
        "retrieve_p95": 0.01,
        "first_token_p50": 1.0,
        "total_p50": 2.0,
    }


def test_the_keys_are_the_contracts(outcome):
    assert list(outcome) == [
        "gold", "n", "settings", "retrieval", "answers", "by_kind", "seconds", "questions",
    ]  # fmt: skip
    assert outcome["gold"] == "gold.jsonl"
    assert outcome["n"] == 3
    assert outcome["settings"] == {"model": "replay", "encoder": "none", "use_model": False, "notices": []}
    assert list(outcome["by_kind"]) == ["factual", "unanswerable", "off-topic"]
    first = outcome["questions"][0]
    assert {**GOLD[0].to_json(), "result": SOLD}.items() <= first.items()
    assert first["scores"]["ranking"] == ["davos", "salon"]


def test_what_does_not_apply_to_a_kind_is_null(outcome):
    moon = outcome["by_kind"]["off-topic"]
    assert moon["n"] == 1
    assert set(moon["retrieval"].values()) == {None}
    assert moon["answers"] == {
        "fact_recall": None,
        "answered_of_answerable": None,
        "refused_of_unanswerable": 1.0,
        "hallucination_rate": 0.0,
        "error_rate": None,
        "citation_precision": None,
        "citation_recall": None,
        "verbatim_quotes": None,
        "language_match": 1.0,
    }


def test_history_and_mode_reach_the_assistant():
    assistant = replay()
    evaluate(assistant, GOLD, use_model=False, progress=False)
    assert assistant.asked[0] == (GOLD[0].question, ["Parle-moi du SECA."], False)


def test_a_corrected_false_premise_is_a_refusal_and_its_citation_may_support():
    corrected = {**SOLD, "status": "corrected"}
    gold = [GoldQuestion(id="p", kind="false-premise", question="Pourquoi Reed ?", answerable=False)]
    answers = evaluate(Replay(deque([corrected])), gold, True, False)["answers"]
    assert answers["refused_of_unanswerable"] == 1
    assert answers["citation_precision"] == 1


def test_unused_and_unlisted_citations_lower_precision_and_support_0_lowers_recall():
    quote = "Le salon SECA a été vendu à Tarsus en 2005."
    answer = result(
        "…",
        sentences=[("Le SECA a été vendu à Tarsus.", [1, 7], 0.9), ("Le salon SECA a été vendu.", [1], 0.0)],
        citations=[citation(1, "salon", quote), citation(2, "davos", "Le forum de Davos")],
    )
    entry = evaluate(Replay(deque([answer])), GOLD[:1], True, False)["questions"][0]
    assert [one["supported"] for one in entry["scores"]["sentences"]] == [True, False]
    assert [(one["n"], one["relevant"], one["supports"]) for one in entry["scores"]["citations"]] == [
        (1, True, True),
        (7, False, False),
        (1, True, False),
        (2, False, False),
    ]


def test_a_quote_that_is_not_the_articles_text_is_not_verbatim():
    wrong = {**SOLD, "citations": [{**SOLD["citations"][0], "start": 1}]}
    assert evaluate(Replay(deque([wrong])), GOLD[:1], True, False)["answers"]["verbatim_quotes"] == 0


def test_a_question_that_fails_counts_against_every_rate_and_costs_no_other(gold_file, capsys):
    assistant = Replay(deque([RuntimeError("the model\nis gone"), ValueError("no"), REFUSED]), deque([()]))
    assert call(gold_file, "--json", "-", assistant=assistant) == 1
    out, err = capsys.readouterr()
    written = json.loads(out)
    assert written["answers"]["error_rate"] == 1
    assert written["answers"]["fact_recall"] == 0
    assert written["answers"]["hallucination_rate"] == 0.5
    assert written["questions"][0]["result"] is None
    assert written["questions"][0]["error"] == "ask: the model is gone"
    assert "Answering failed on 2 of 3 questions: sold, size." in err


def test_interrupted_keeps_what_was_done(gold_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    assistant = Replay(deque([SOLD, KeyboardInterrupt()]), deque([(hit("salon"),)]))
    assert call(gold_file, "--json", str(out), assistant=assistant) == 1
    assert json.loads(out.read_text())["n"] == 1
    assert "first 1 of 3 questions" in capsys.readouterr().err


def test_articles_that_are_not_indexed_are_told(gold_file, capsys, monkeypatch):
    monkeypatch.setattr(Replay, "article", lambda self, name: (_ for _ in ()).throw(KeyError(name)))
    assert call(gold_file) == 0
    assert "Not in the index, though the gold questions name them: salon." in capsys.readouterr().err


def test_json_and_report_are_written_whole(gold_file, tmp_path, capsys):
    out, page = tmp_path / "out.json", tmp_path / "out.html"
    out.write_text("old")
    assert call(gold_file, "--json", str(out), "--report", str(page)) == 0
    assert json.loads(out.read_text())["n"] == 3
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold.jsonl", "out.html", "out.json"]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "fact_recall" in printed.err


@pytest.mark.parametrize(
    ("limit", "code", "said"),
    [
        ("fact_recall=0.5", 0, ""),
        ("fact_recall=0.6", 1, "fact_recall is 0.5, below its limit: at least 0.6 is required."),
        ("hallucination_rate=0.5", 0, ""),
        ("hallucination_rate=0.4", 1, "hallucination_rate is 0.5, above its limit: at most 0.4 is allowed."),
        ("hit@1=0.1", 1, "hit@1 is 0, below"),
        ("fact_recal=0.6", 2, "There is no metric 'fact_recal'"),
        ("fact_recall=good", 2, "write a number from 0 to 1"),
        ("fact_recall=80", 2, "write a number from 0 to 1"),
        ("fact_recall=nan", 2, "write a number from 0 to 1"),
        ("fact_recall", 2, "not of the form NAME=VALUE"),
    ],
)
def test_limits_on_the_command_line(gold_file, capsys, limit, code, said):
    assert call(gold_file, "--fail-under", limit) == code
    assert said in capsys.readouterr().err


def test_a_limit_on_what_was_not_measured_is_not_held(tmp_path, capsys):
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a", "question": "?", "answerable": false}')
    assert call(path, "--fail-under", "fact_recall=0.1", assistant=Replay(deque([REFUSED]))) == 1
    assert "fact_recall could not be measured" in capsys.readouterr().err


def test_limits_from_a_file_and_the_command_line_before_it(gold_file, tmp_path, capsys):
    limits = tmp_path / "limits.toml"
    limits.write_text('fact_recall = 0.9\n"hit@5" = 1\n')
    assert call(gold_file, "--limits", str(limits)) == 1
    assert call(gold_file, "--limits", str(limits), "--fail-under", "fact_recall=0.1") == 0
    for text, said in [
        ("fact_recall = ", "not valid TOML"),
        ('fact_recall = "x"', "write a number"),
        ("[a]\nb = 1", "write a number"),
        ("other = 0.1", "There is no metric"),
    ]:
        limits.write_text(text)
        assert call(gold_file, "--limits", str(limits)) == 2
        assert said in capsys.readouterr().err
    assert call(gold_file, "--limits", str(tmp_path / "none.toml")) == 2


def test_the_limits_of_the_repository_can_be_read():
    from pathlib import Path

    import evaluation
    from evaluation.limits import load_limits

    assert load_limits(Path(evaluation.__file__).with_name("limits.toml"))


@pytest.mark.parametrize("content", [None, "", "{broken\n"], ids=["missing", "empty", "broken"])
def test_a_gold_file_that_cannot_be_used_is_one_sentence_and_2(tmp_path, capsys, content):
    path = tmp_path / "gold.jsonl"
    if content is not None:
        path.write_text(content)
    assert call(path) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert str(path) in err


def test_an_output_that_cannot_be_written_is_told_before_the_run(gold_file, tmp_path, capsys):
    def unwanted():
        raise AssertionError("opened")

    parser = ArgumentParser()
    add_arguments(parser)
    for out in (tmp_path / "no" / "out.json", tmp_path):
        assert run(parser.parse_args([str(gold_file), "--json", str(out)]), unwanted) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_help_is_quick_and_loads_nothing_heavy():
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "evaluation", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--fail-under" in done.stdout
    assert time.perf_counter() - began < 2
    heavy = "import sys, evaluation.run; print([m for m in ('numpy', 'tqdm', 'lingua', 'openai') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout == "[]\n"


def test_a_wrong_option_is_2():
    with pytest.raises(SystemExit) as stopped:
        main(["gold.jsonl", "--wrong"])
    assert stopped.value.code == 2
