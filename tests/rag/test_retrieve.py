"""Search over a real store."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followup import Turn
from rag.retrieve import BEST, Retriever, fuse, supported
from rag.store import Scores


@pytest.fixture
def retriever(filled, encoder):
    return Retriever(filled, encoder)


def test_hits_are_ranked_from_one_by_falling_score(retriever):
    hits = retriever.search("À qui le salon Téléphonia a-t-il été vendu ?").hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].article == "salon"


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("a qui le salon telephonia a ete vendu", "salon"),
        ("TARIFS DES DONNEURS D'ORDRES", "prix"),
        ("Qu'a écrit Jeanne Martin ?", "salon"),
        ("septembre 2015", "prix"),
        ("Le Journal des Plateaux", "prix"),
    ],
    ids=["no accents", "capitals", "author", "date", "publication"],
)
def test_questions_as_people_type_them(retriever, question, article):
    assert retriever.search(question).hits[0].article == article


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_a_blank_question_finds_nothing(retriever, question):
    assert retriever.search(question).hits == ()


@pytest.mark.parametrize("question", ['"', "a AND (b", "*", "NEAR(x)", "col:on", "' OR 1=1 --", "\x00", "🙂"])
def test_search_syntax_is_only_text(retriever, question):
    hits = retriever.search(question).hits
    assert {hit.article for hit in hits} == {"salon", "prix"}


def test_a_follow_up_is_searched_in_the_light_of_the_history(retriever):
    history = [Turn("user", "Qui exige des tarifs plus bas ?"), Turn("assistant", "Les donneurs d'ordres.")]
    found = retriever.search("Et où partent-ils ?", history)
    assert found.search_question.startswith("Qui exige")
    assert found.hits[0].article == "prix"


def test_questions_are_encoded_by_what_is_given_for_them(filled, encoder):
    class Recording:
        def __init__(self):
            self.asked = []

        def encode_queries(self, texts):
            self.asked += texts
            return encoder.encode_queries(texts)

    questions = Recording()
    retriever = Retriever(filled, encoder, tuned=questions)
    assert retriever.search("TARIFS DES DONNEURS D'ORDRES").hits[0].article == "prix"
    assert retriever.search("What do the clients of the call centers pay by the hour?").hits
    assert questions.asked == ["TARIFS DES DONNEURS D'ORDRES"]  # it learnt from French questions alone


def hits_of(retriever, *scored):
    one = retriever.search("À qui le salon Téléphonia a-t-il été vendu ?").hits[0]
    return [replace(one, article=article, passage=place, score=score) for place, (article, score) in enumerate(scored)]


def test_an_article_with_several_good_passages_comes_before_one_with_a_single_better_one(retriever):
    hits = hits_of(retriever, ("alone", 0.70), ("rich", 0.68), ("rich", 0.66), ("rich", 0.64))
    assert [hit.article for hit in supported(hits)][:2] == ["rich", "rich"]
    assert [hit.article for hit in supported(hits, 0.0)][:2] == ["alone", "rich"]
    assert [hit.rank for hit in supported(hits)] == [1, 2, 3, 4]


def test_a_much_better_passage_stays_first_and_more_than_the_best_do_not_count(retriever):
    many = [("rich", 0.5)] * (BEST + 6)
    assert supported(hits_of(retriever, ("alone", 0.9), *many))[0].article == "alone"
    assert {round(hit.score, 6) for hit in supported(hits_of(retriever, *many))} == {0.5}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), max_size=12), st.floats(0, 2))
def test_support_keeps_scores_between_0_and_1_and_the_order_within_an_article(scored, support):
    scored.sort(key=lambda pair: -pair[1])
    made = supported([SimpleHit(article, score, place) for place, (article, score) in enumerate(scored)], support)
    assert all(0 <= hit.score <= 1 + 1e-9 for hit in made)
    for article in "abc":
        own = [hit.place for hit in made if hit.article == article]
        assert own == sorted(own)


@dataclass(frozen=True)
class SimpleHit:
    article: str
    score: float
    place: int
    rank: int = 0


def candidates(scores):
    return [Scores(key, *three) for key, three in enumerate(scores)]


def test_fusion_by_hand():
    fused = fuse(candidates([(0.9, 0.8, 4.0), (0.8, 0.9, 0.0), (0.7, 0.7, 2.0)]), (0.5, 0.25, 0.25))
    assert [(candidate.key, round(score, 3)) for score, candidate in fused] == [(0, 0.875), (1, 0.5), (2, 0.125)]


def test_fusion_of_nothing_and_of_one():
    assert fuse([]) == []
    assert len(fuse(candidates([(0.8, 0.8, 1.0)]))) == 1


@given(st.lists(st.tuples(*[st.floats(-1, 1)] * 2, st.floats(0, 30)), min_size=1, max_size=20))
def test_fused_scores_fall_and_lose_nobody(scores):
    fused = fuse(candidates(scores))
    assert sorted(candidate.key for _, candidate in fused) == list(range(len(scores)))
    values = [score for score, _ in fused]
    assert values == sorted(values, reverse=True)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in values)
