"""What the reader's look at the hits changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embeddings.reader import Reading
from rag.answer import Assistant
from rag.build import index
from rag.evidence import quotable, score_sentences, term_weights
from rag.reread import FIRST, MOST, reread
from rag.retrieve import Retriever


class TableReader:
    """Log odds by a word that the passage holds; the answer is that word."""

    name = "table"

    def __init__(self, odds: dict[str, float]) -> None:
        self.odds = odds
        self.read_texts: list[str] = []

    def read(self, question, passages):
        self.read_texts += [text for _, text in passages]
        return [self._reading(text) for _, text in passages]

    def _reading(self, text):
        word = next((word for word in self.odds if word in text), None)
        start = text.index(word) if word else 0
        end = start + len(word or text)
        return Reading(self.odds.get(word, -9.0), start, end, np.array([[start, end]]), np.ones(1, np.float32))


@pytest.fixture
def hits(filled, encoder):
    one = Retriever(filled, encoder).search("Qui a racheté le salon ?").hits[0]
    return [replace(one, passage=n, text=f"texte{n:02d}", score=1 - n / 30, rank=n + 1) for n in range(20)]


def test_what_answers_comes_first_and_scores_fall(hits):
    found = reread(TableReader({"texte07": 4.0, "texte02": 1.0}), "?", hits)
    assert [hit.passage for hit in found][:2] == [7, 2]
    assert [hit.rank for hit in found] == list(range(1, 21))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert sorted(hit.passage for hit in found) == list(range(20))


def test_hits_beyond_those_read_keep_their_order_and_say_that_they_were_not_read(hits):
    found = reread(TableReader({}), "?", hits)
    assert [hit.passage for hit in found[MOST:]] == list(range(MOST, 20))
    assert all(hit.answers is None and hit.reading is None for hit in found[MOST:])
    assert all(hit.answers is not None for hit in found[:MOST])


def test_a_sure_answer_ends_the_reading(hits):
    reader = TableReader({"texte01": 9.0})
    reread(reader, "?", hits)
    assert len(reader.read_texts) == FIRST
    unsure = TableReader({})
    reread(unsure, "?", hits)
    assert len(unsure.read_texts) == MOST


def test_the_sentence_that_the_reader_points_at_is_quoted(filled, encoder, monkeypatch):
    monkeypatch.setattr("rag.evidence.QUOTED_SHARE", 0.6)  # of so few sentences, most are quoted otherwise
    reader = TableReader({"Aucun stand ne parlait de recrutement": 8.0})
    assistant = Assistant(filled, encoder, reader=reader)
    answer = assistant.ask("Qui a racheté le salon Téléphonia ?", use_model=False)
    assert any("recrutement" in citation.quote for citation in answer.citations)
    plain = Assistant(filled, encoder).ask("Qui a racheté le salon Téléphonia ?", use_model=False)
    assert not any("recrutement" in citation.quote for citation in plain.citations)


def test_no_hit_is_nothing_to_read():
    assert reread(TableReader({}), "?", []) == ()


def test_a_question_is_never_quoted_as_an_answer(store, encoder, tmp_path):
    article = tmp_path / "bloctel.md"
    article.write_text(
        "---\ntitle: Une liste\nlanguage: fr\n---\nBloctel sera-t-il enfin efficace ? "
        "Bloctel est une liste d'opposition au démarchage téléphonique.\n",
        encoding="utf-8",
    )
    index(store, encoder, [article])
    retrieval = Retriever(store, encoder).search("Bloctel est-il une liste efficace ?")
    weights = term_weights(store, retrieval.terms)
    quoted = [one.text for one in quotable(score_sentences(retrieval, store, weights))]
    assert quoted == ["Bloctel est une liste d'opposition au démarchage téléphonique."]
