import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import metrics

ARTICLES = st.lists(st.sampled_from("abcdefghijklmno"), max_size=20)
RELEVANT = st.sets(st.sampled_from("abcdefghijklmno"), max_size=5)
RANKED = (metrics.hit_at, metrics.recall_at, metrics.mrr_at, metrics.ndcg_at)


def test_an_article_ranks_where_its_best_hit_does():
    assert metrics.rank_articles(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("metric", "k", "expected"),
    [
        pytest.param(metrics.hit_at, 1, 0.0, id="hit@1: the first is not relevant"),
        pytest.param(metrics.hit_at, 2, 1.0, id="hit@2: the second is"),
        pytest.param(metrics.recall_at, 2, 0.5, id="recall@2: one of two"),
        pytest.param(metrics.recall_at, 4, 1.0, id="recall@4: both"),
        pytest.param(metrics.mrr_at, 10, 0.5, id="mrr@10: the first relevant is second"),
        pytest.param(metrics.mrr_at, 1, 0.0, id="mrr@1: it is beyond the cut"),
        pytest.param(
            metrics.ndcg_at,
            10,
            (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)),
            id="ndcg@10: ranks 2 and 4 of an ideal 1 and 2",
        ),
        pytest.param(metrics.ndcg_at, 1, 0.0, id="ndcg@1: nothing gained"),
    ],
)
def test_ranking_by_hand(metric, k, expected):
    assert metric(["x", "a", "y", "b"], {"a", "b"}, k) == pytest.approx(expected)


@pytest.mark.parametrize("metric", RANKED)
def test_without_relevant_articles_a_ranking_metric_does_not_apply(metric):
    assert metric(["a"], set(), 10) is None


@given(ARTICLES, RELEVANT.filter(bool), st.integers(1, 12))
def test_ranking_metrics_stay_between_0_and_1_and_all_but_ndcg_never_fall_with_k(hits, relevant, k):
    ranking = metrics.rank_articles(hits)
    for metric in RANKED:
        assert 0 <= metric(ranking, relevant, k) <= 1 + 1e-12
        if metric is not metrics.ndcg_at:
            assert metric(ranking, relevant, k) <= metric(ranking, relevant, k + 1)


@given(ARTICLES, RELEVANT.filter(bool), st.integers(1, 12))
def test_ndcg_is_the_gain_over_that_of_the_best_of_all_orders(hits, relevant, k):
    ranking = metrics.rank_articles(hits)

    def gain(order):
        return sum((2 ** (name in relevant) - 1) * math.log(2) / math.log(i + 2) for i, name in enumerate(order[:k]))

    best = gain(sorted({*ranking, *relevant}, key=lambda name: name not in relevant))
    assert metrics.ndcg_at(ranking, relevant, k) == pytest.approx(gain(ranking) / best)


@given(RELEVANT.filter(bool))
def test_a_perfect_ranking_scores_1(relevant):
    ranking = sorted(relevant)
    assert metrics.ndcg_at(ranking, relevant, 10) == pytest.approx(1)
    assert metrics.mrr_at(ranking, relevant, 10) == metrics.recall_at(ranking, relevant, 10) == 1


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        pytest.param("Il a été revendu à TARSUS.", "revendu  a Tarsus", True, id="case, accents and spaces folded"),
        pytest.param("l’accord d’hier", "l'accord", True, id="apostrophes folded"),
        pytest.param("La fin est vendue à", "vendue à Tarsus", True, id="the passage ends within the phrase"),
        pytest.param("à Tarsus l'an dernier", "vendue à Tarsus", True, id="the passage begins within the phrase"),
        pytest.param("Il parle à", "à Tarsus", False, id="one shared small word is no overlap"),
        pytest.param("Rien de tel", "vendue à Tarsus", False, id="nothing shared"),
        pytest.param("Rien", "", False, id="an empty phrase"),
    ],
)
def test_evidence_overlaps(text, phrase, expected):
    assert metrics.overlaps(text, phrase) is expected


def test_evidence_beyond_the_first_k_hits_does_not_count():
    texts = ["un", "deux", "la preuve"]
    assert metrics.evidence_hit_at(texts, ["preuve"], 2) == 0
    assert metrics.evidence_hit_at(texts, ["preuve"], 3) == 1
    assert metrics.evidence_hit_at(texts, [], 3) is None


@pytest.mark.parametrize(
    ("answer", "alternative", "expected"),
    [
        pytest.param("Vendu à Tarsus [1].", "tarsus", True, id="case"),
        pytest.param("Elle est arrivée", "ELLE EST ARRIVEE", True, id="accents"),
        pytest.param("l’opérateur", "l'operateur", True, id="apostrophe"),
        pytest.param("1\u00a0500 agents", "1 500", True, id="no-break space in a number"),
        pytest.param("1\u202f500 agents", "1500", True, id="grouped and ungrouped digits"),
        pytest.param("1500 agents", "1 500 agents", True, id="ungrouped and grouped digits"),
        pytest.param("en 2012", "12", False, id="a number within a longer one"),
        pytest.param("12,5 %", "12", False, id="a whole number within a decimal"),
        pytest.param("Il y en a 12.", "12", True, id="a number before a full stop"),
        pytest.param("Vendu [8].", "8", False, id="a citation mark is no figure"),
        pytest.param("8 premières éditions", "8 premi", True, id="an alternative may be a stem"),
        pytest.param("œuvre", "oeuvre", True, id="ligature"),
    ],
)
def test_a_fact_is_found_in_the_answer(answer, alternative, expected):
    assert metrics.states(answer, alternative) is expected


def test_fact_recall_counts_facts_not_alternatives_and_refusals_meet_none():
    facts = [["Tarsus"], ["2005", "deux mille cinq"], ["SFR"]]
    assert metrics.fact_recall("Tarsus, en 2005", facts) == pytest.approx(2 / 3)
    assert metrics.fact_recall("Tarsus, en 2005", facts, refused=True) == 0
    assert metrics.fact_recall("Tarsus", []) is None


def test_rates_by_hand():
    outcomes = [(True, False), (True, False), (True, True), (False, True), (False, False)]
    assert metrics.answered_of_answerable(outcomes) == pytest.approx(2 / 3)
    assert metrics.error_rate(outcomes) == pytest.approx(1 / 3)
    assert metrics.refused_of_unanswerable(outcomes) == 0.5
    assert metrics.hallucination_rate(outcomes) == 0.5
    assert metrics.hallucination_rate([(True, True)]) is None
    assert metrics.error_rate([(False, True)]) is None


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(3, 8, True), (2, 8, False), (-7, -2, False), (None, None, False), (3, 3, False), (3, 99, False)],
)
def test_a_quote_is_verbatim_only_with_its_exact_span(start, end, expected):
    text = "Le salon a"
    assert metrics.is_verbatim("salon", start, end, text) is expected
    assert metrics.is_verbatim("salon", start, end, None) is False


def test_percentiles_are_numpys():
    np = pytest.importorskip("numpy")
    values = [3.0, 1.0, 2.0, 10.0]
    for percent in (0, 25, 50, 95, 100):
        assert metrics.percentile(values, percent) == pytest.approx(np.percentile(values, percent))
    assert metrics.percentile([None, 4.0], 50) == 4.0
    assert metrics.percentile([None], 50) is None


def test_the_mean_leaves_out_what_does_not_apply():
    assert metrics.mean([None, 1.0, False]) == 0.5
    assert metrics.mean([None]) is None
