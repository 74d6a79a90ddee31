"""A refusal says which articles come nearest and proposes a question that they answer."""

from dataclasses import replace

import pytest
from stand_ins import Replay

from rag.answer import Assistant
from rag.evidence import ScoredSentence
from rag.refusal import advice


@pytest.fixture
def ask(filled, encoder, monkeypatch):
    """An assistant to which only questions about what the articles say are answerable."""

    def likely(retrieval, *_):
        return 0.9 if "articles" in retrieval.question else 0.0

    monkeypatch.setattr("rag.answer.signals", likely)
    monkeypatch.setattr("rag.answer.undecided", lambda values, with_model: False)
    monkeypatch.setattr("rag.answer.probability", lambda values: values)
    return Assistant(filled, encoder, Replay("")).ask


def test_the_nearest_article_and_a_question_it_answers(ask):
    answer = ask("Pourquoi le salon Téléphonia a-t-il fermé ?")
    assert answer.status == "not_found"
    nearest, proposed = answer.notices
    assert nearest.startswith("Articles les plus proches : « Un salon change de nom »")
    question = proposed.removeprefix("Vous pourriez demander : ")
    assert ask(question).status == "extractive"


def test_the_nearest_passage_of_an_article_is_the_one_to_ask_about(filled, encoder):
    hits = Assistant(filled, encoder).hits("Le salon a-t-il changé de nom ?")
    near, far = replace(hits[0], heading="Un nom", dense=0.9), replace(hits[0], heading="Un lieu", dense=0.5)
    sentences = [ScoredSentence(hit, 0, hit.sentences[0], "", 0.9, 1.0, 0.9) for hit in (far, near)]
    *_, proposed = advice("fr", sentences, lambda question, article: True)
    assert "Un nom" in proposed


def test_nothing_near_names_no_article(ask):
    (only,) = ask("Quelle météo fera-t-il demain à Oslo ?").notices
    question = only.removeprefix("Vous pourriez demander : ")
    answer = ask(question)
    assert answer.status == "answered"
    assert "articles" in answer.answer


def test_an_article_whose_title_the_question_names_is_near(filled, encoder):
    hit = replace(Assistant(filled, encoder).hits("Le salon a-t-il changé de nom ?")[0], title="Voxia : un groupe")
    sentences = [ScoredSentence(hit, 0, hit.sentences[0], "", 0.1, 0.0, 0.1)]
    assert len(advice("fr", sentences, lambda question, article: True)) == 1
    nearest, _ = advice("fr", sentences, lambda question, article: True, {"voxia"})
    assert "« Voxia : un groupe »" in nearest


@pytest.mark.parametrize(
    ("question", "beginning"),
    [("Why did the Téléphonia fair close?", "Nearest"), ("¿Por qué cerró el salón Téléphonia?", "Artículos")],
)
def test_advice_is_in_the_language_of_the_question(ask, question, beginning):
    assert ask(question).notices[0].startswith(beginning)
