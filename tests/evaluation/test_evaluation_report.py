from html.parser import HTMLParser

import pytest
from evaluation_fake import GOLD, INVENTED, REFUSED, SOLD, Replay, hit, replay, result
from hypothesis import given
from hypothesis import strategies as st

from evaluation.gold import GoldQuestion
from evaluation.plots import Bin, bars, expected_calibration_error, histogram, percent, reliability_bins
from evaluation.report import faults, render
from evaluation.run import evaluate


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_every_question_with_what_was_expected_and_given():
    page = Page(render(evaluate(replay(), GOLD, True, False, name="gold.jsonl")))
    for said in (
        "À qui le SECA a-t-il été vendu ?",
        "« Tarsus »; « 2005 »",
        "Le SECA a été vendu à Tarsus [1].",
        "Le salon SECA a été vendu à Tarsus en 2005.",
        "faits manquants : 2005",
        "répondue alors que les articles ne contiennent pas la réponse",
        "un refus : les articles ne contiennent pas la réponse",
        "2 à revoir sur 3",
    ):
        assert said in page.text


def test_the_page_fetches_nothing_and_escapes_everything():
    evil = '<script>alert(1)</script><img src="http://evil.example/x">'
    answer = result(
        evil, sentences=[(evil, [1], 0.5)], citations=[{**SOLD["citations"][0], "quote": evil, "title": evil}]
    )
    gold = [
        GoldQuestion(id=evil, kind=evil, question=evil, facts=((evil,),), articles=(evil,), history=(("user", evil),))
    ]
    page = Page(render(evaluate(Replay(deque_of(answer)), gold, True, False, name=evil)))
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in ("src", "href") or name.startswith("on")]


def deque_of(*answers):
    from collections import deque

    return deque(answers)


def test_an_interrupted_run_without_a_single_answer_still_makes_a_page():
    outcome = evaluate(Replay(deque_of(KeyboardInterrupt())), GOLD, True, False)
    assert outcome["n"] == 0
    assert "sans objet" in render(outcome)


def test_faults_name_what_is_wrong():
    def of(answer, question, hits=()):
        return faults(evaluate(Replay(deque_of(answer), deque_of(hits)), [question], True, False)["questions"][0])

    sold = GoldQuestion(id="a", question="À qui ?", articles=("salon",), facts=(("Tarsus",),))
    assert of(SOLD, sold, (hit("salon"),)) == []
    assert of(SOLD, sold, (hit("davos"),)) == ["aucun bon article parmi les dix premiers"]
    assert of(REFUSED, sold, (hit("salon"),)) == ["refusée à tort"]
    assert of(RuntimeError("panne"), sold, (hit("salon"),)) == ["aucune réponse : ask: panne"]
    nothing = GoldQuestion(id="b", question="Combien ?", answerable=False)
    assert of(REFUSED, nothing) == []
    assert of(INVENTED, nothing) == [
        "répondue alors que les articles ne contiennent pas la réponse",
        "phrase non étayée par ses citations",
        "citation d'un article non attendu",
    ]


def test_reliability_by_hand():
    bins = reliability_bins([(0.05, False), (0.95, True), (1.0, False)])
    assert bins == [Bin(1, 0.05, 0.0), Bin(2, pytest.approx(0.975), 0.5)]
    assert expected_calibration_error(bins) == pytest.approx((0.05 + 2 * 0.475) / 3)
    assert expected_calibration_error([]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_every_prediction_falls_into_one_bin(predictions):
    bins = reliability_bins(predictions)
    assert sum(one.count for one in bins) == len(predictions)
    assert len(bins) <= 10
    assert all(0 <= one.predicted <= 1 and 0 <= one.observed <= 1 for one in bins)


def test_drawings_of_extremes():
    assert "sans objet" in bars({"a": None, "b": 1.0}, "x")
    assert "100\u202f%" in bars({"a": None, "b": 1.0}, "x")
    assert "<svg" in histogram([0.0, 0.0], "x")
    assert "Aucune mesure" in histogram([], "x")
    assert percent(0.925) == "92,5\u202f%"
