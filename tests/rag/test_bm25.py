"""BM25, by hand."""

from __future__ import annotations

import math

import pytest

from rag.bm25 import K1, B, bm25, idf


def test_idf_of_a_word_in_half_of_the_passages_still_counts():
    assert idf(2, 4) == pytest.approx(math.log(2))
    assert idf(4, 4) > 0


def test_a_passage_of_average_length():
    fields = ("", "", "", "salon vendu ici la")
    assert bm25({"salon": 2.0}, fields, 4.0) == pytest.approx(2.0 * (K1 + 1) / (1 + K1))


def test_a_longer_passage_scores_less():
    short, long = ("", "", "", "salon vendu"), ("", "", "", "salon vendu " + "mot " * 20)
    assert bm25({"salon": 1.0}, short, 10.0) > bm25({"salon": 1.0}, long, 10.0)
    normal = K1 * (1 - B + B * 22 / 10)
    assert bm25({"salon": 1.0}, long, 10.0) == pytest.approx((K1 + 1) / (1 + normal))


def test_title_and_body_add_up():
    assert bm25({"salon": 1.0}, ("salon", "", "", "salon"), 1.0) > bm25({"salon": 1.0}, ("", "", "", "salon"), 1.0)


def test_nothing_shared_scores_nothing():
    assert bm25({"salon": 1.0}, ("prix", "", "", "tarif"), 1.0) == 0.0
