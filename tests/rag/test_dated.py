"""Whoever asks how things stand today is told how old the articles are that answer."""

from datetime import date

import pytest
from stand_ins import Replay

from rag.answer import Assistant
from rag.dated import dated
from rag.retrieve import Retriever

NOW = "À qui appartient aujourd’hui le salon Téléphonia, vendu au groupe Borealis ?"


def test_an_old_answer_to_a_question_on_today_tells_its_day(filled, encoder, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 1.0)
    answer = Assistant(filled, encoder, Replay("")).ask(NOW, use_model=False)
    assert any("10 avril 2012" in notice for notice in answer.notices)


def test_a_question_that_does_not_ask_for_today_is_told_nothing(filled, encoder, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 1.0)
    answer = Assistant(filled, encoder, Replay("")).ask(NOW.replace("aujourd’hui ", ""), use_model=False)
    assert not any("2012 : la situation" in notice for notice in answer.notices)


@pytest.mark.parametrize(("today", "told"), [(date(2012, 4, 20), 0), (date(2012, 8, 1), 1)])
def test_a_new_article_still_tells_of_today(filled, encoder, today, told):
    found = Retriever(filled, encoder).search(NOW)
    cited = [hit for hit in found.hits if hit.date == date(2012, 4, 10)]
    assert cited
    assert len(dated(found, cited, today)) == told
    assert dated(found, [], today) == []
