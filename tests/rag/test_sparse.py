"""BM25 as a product of sparse vectors."""

import pytest

from rag.bm25 import bm25
from rag.sparse import DIMENSIONS, PIVOT, dimension, passage_weights, question_weights

WORDS = ("salon", "martin gazet", "", "salon vendu vendu tarsus")
IDF = {"salon": 0.5, "vendu": 1.5, "absent": 3.0, "gazet": 2.0}


def product(one: dict[int, float], other: dict[int, float]) -> float:
    return sum(weight * other.get(key, 0.0) for key, weight in one.items())


def test_the_product_is_bm25_where_the_mean_length_is_the_pivot():
    found = product(question_weights(IDF), passage_weights(WORDS))
    assert found == pytest.approx(bm25(IDF, WORDS, PIVOT))


def test_the_order_of_passages_of_one_length_does_not_depend_on_the_mean():
    others = [("", "", "", "salon a b tarsus"), ("", "", "salon", "vendu a b c"), ("vendu", "", "", "salon vendu b c")]
    by_product = sorted(others, key=lambda words: product(question_weights(IDF), passage_weights(words)))
    assert by_product == sorted(others, key=lambda words: bm25(IDF, words, 10 * PIVOT))


def test_a_passage_without_words_shares_none():
    weights = passage_weights(("", "", "", ""))
    assert weights
    assert product(question_weights(IDF), weights) == 0


def test_dimensions_are_those_that_milvus_takes_and_the_same_everywhere():
    assert all(0 < dimension(stem) < DIMENSIONS for stem in ("a", "salon", "é", "\ud800"))
    assert dimension("salon") == 4066964503 % (DIMENSIONS - 1) + 1
