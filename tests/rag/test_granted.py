"""What a question takes for granted, as the verifier finds it in the best sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from corpus.article import Article
from embeddings.encoder import load_encoder
from embeddings.reader import Reading, load_verifier
from rag.build import indexed_passages
from rag.evidence import score_sentences, term_weights
from rag.granted import asks_whether, granted
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore


@dataclass
class Believer:
    """A verifier that finds everything said, or nothing."""

    score: float
    name: str = "believer"
    passages: list[tuple[str, str]] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.claims.append(question)
        self.passages += passages
        return [Reading(self.score, 0, 0, np.zeros((0, 2), np.int64), np.zeros(0, np.float32)) for _ in passages]


def sentences(question, store, encoder):
    retrieval = Retriever(store, encoder).search(question)
    return score_sentences(retrieval, store, term_weights(store, retrieval.terms))


@pytest.fixture
def best(filled, encoder):
    return sentences("À qui le salon Téléphonia a-t-il été vendu ?", filled, encoder)


@pytest.mark.parametrize(("odds", "signal"), [(2.5, 0.5), (-2.5, -0.5), (60.0, 1.0), (-60.0, -1.0)])
def test_the_signal_is_a_fifth_of_the_odds_within_one(best, odds, signal):
    assert granted("Pourquoi le salon a-t-il été vendu ?", best, Believer(odds)) == (signal, signal)
    assert granted("À qui le salon a-t-il été vendu ?", best, Believer(odds)) == (signal, 0)


def test_without_a_verifier_or_a_sentence_it_tells_nothing(best):
    assert granted("?", best, None) == (0, 0)
    assert granted("?", [], Believer(9.0)) == (0, 0)


def test_it_reads_the_question_and_the_sentence_that_it_takes_for_granted(best):
    verifier = Believer(1.0)
    granted("Pourquoi le salon a-t-il été vendu ?", best, verifier)
    assert verifier.claims == ["Pourquoi le salon a-t-il été vendu ?", "Le salon a été vendu."]


def test_it_reads_the_best_sentence_with_its_neighbours_and_title(best):
    verifier = Believer(1.0)
    granted("?", best, verifier)
    title, text = verifier.passages[0]
    assert len(verifier.passages) == min(len(best), 6)
    assert title == best[0].hit.title
    assert best[0].text in text
    assert len(text) > len(best[0].text)
    assert text in best[0].hit.text


DEAL = (
    "Fondé à Lille en 1991 par Anne Roux, le groupe Altéo a été racheté en 2007 par le norvégien Fjord. Le centre de "
    "Lille emploie 320 conseillers, contre 410 à Rabat."
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        ("En quelle année Fjord a-t-il racheté Altéo ?", "En quelle année Altéo a-t-il racheté Fjord ?"),
        ("Quand Anne Roux a-t-elle fondé Altéo ?", "Quand Anne Roux a-t-elle fondé Fjord ?"),
        ("Pourquoi Rabat a-t-il plus de conseillers que Lille ?", "Pourquoi Lille a-t-il fermé son centre de Rabat ?"),
    ],
)
def test_the_real_verifier_tells_what_holds(tmp_path, holds, fails):
    encoder = load_encoder()
    store = SqliteStore(tmp_path, encoder.name, encoder.dimension)
    article = Article("alteo", "Altéo", DEAL, None, None, None, "fr", "alteo")
    with store.writing():
        store.put(article, "alteo", "alteo", indexed_passages(article, encoder))
    verifier = load_verifier(encoder)
    found = [granted(question, sentences(question, store, encoder), verifier) for question in (holds, fails)]
    assert found[0] > found[1]


@pytest.mark.parametrize(
    ("question", "whether"),
    [
        ("Le démarchage est-il encore autorisé ?", True),
        ("Faut-il prévenir le client ?", True),
        ("Est-ce que Bloctel existe encore ?", True),
        ("Est-ce qu’on peut appeler le samedi ?", True),
        ("Is cold calling still allowed?", True),
        ("Pourquoi Voxia a-t-elle fermé ?", False),
        ("À qui le salon a-t-il été vendu ?", False),
        ("Est-ce que tu sais pourquoi Voxia a fermé ?", False),
        ("Qu’est-ce que Bloctel ?", False),
        ("Où part-on ?", False),
        ("Bloctel", False),
    ],
)
def test_what_is_answered_by_yes_or_no(question: str, whether: bool) -> None:
    assert asks_whether(question) is whether
