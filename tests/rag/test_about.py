"""Questions about the articles themselves."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.article import Article
from rag.about import day
from rag.answer import Assistant
from rag.shelf import add


def ask(assistant, question):
    return assistant.ask(question, use_model=False)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Qui a écrit l'article « Un salon change de nom » ?", "Jeanne Martin"),
        ("Qui est l'auteur de l'article sur le salon Téléphonia ?", "Jeanne Martin"),
        ("Quand l'article « Un salon change de nom » a-t-il été publié ?", "10 avril 2012"),
        ("Dans quel magazine l'article sur la guerre des prix a-t-il paru ?", "Le Journal des Plateaux"),
        ("Quel magazine a rendu compte de l'article sur la guerre des prix ?", "Le Journal des Plateaux"),
        ("Who wrote the article about the salon Téléphonia?", "Jeanne Martin"),
        ("¿Quién escribió el artículo «Un salon change de nom»?", "Jeanne Martin"),
    ],
)
def test_who_wrote_an_article_when_and_where_comes_first_and_is_cited(assistant, question, told):
    answer = ask(assistant, question)
    assert told in answer.sentences[0].text
    assert answer.sentences[0].citations == (1,)
    cited = answer.citations[0]
    assert cited.quote == assistant.article(cited.article).text[cited.start : cited.end]


def test_an_event_in_a_title_means_its_article(store, encoder):
    told = "Cent cinquante décideurs y étaient ; un sociologue a réveillé la salle."
    article = Article("f", "Ceux qui relient… Forum Davos 2013", told, "H Durand", "Le Casque", None, "fr", "f")
    add(store, encoder, article, "f")
    asked = ask(Assistant(store, encoder), "Qui a raconté le Forum Davos 2013, et pour quel magazine ?")
    assert asked.sentences[0].text == "L’article est signé H Durand et a paru dans Le Casque."


def test_a_list_speaks_the_language_of_its_question(assistant):
    assert ask(assistant, "Which articles speak of Téléphonia?").language == "en"
    assert ask(assistant, "¿Qué artículos hablan de Téléphonia?").language == "es"


def test_an_author_nobody_knows_is_not_made_up(assistant):
    assert not ask(assistant, "Qui a écrit l'article « La guerre des prix » ?").answer.startswith("L’article est signé")


@pytest.mark.parametrize(
    "question", ["Qui exige des tarifs plus bas ?", "Quand le salon Téléphonia a-t-il été vendu ?"]
)
def test_a_question_about_the_matter_is_answered_from_the_text(assistant, question):
    answer = ask(assistant, question)
    assert "signé" not in answer.answer
    assert "paru" not in answer.answer


def test_articles_that_speak_of_something_are_listed_by_title(assistant):
    answer = ask(assistant, "Quels articles parlent du salon Téléphonia ?")
    assert answer.answer.startswith("« Un salon change de nom » (Jeanne Martin, La Gazette du Casque, 10 avril 2012)")
    assert len({citation.article for citation in answer.citations}) == len(answer.citations)


def test_the_latest_article_is_the_latest(assistant):
    answer = ask(assistant, "Quel est l'article le plus récent sur les prestataires ?")
    assert [citation.article for citation in answer.citations] == ["prix"]


def test_how_many_articles_there_are(assistant):
    assert ask(assistant, "Combien d'articles as-tu ?").answer.startswith("Il y a 2 articles, de 2 publications")


@pytest.mark.parametrize(
    ("language", "written"),
    [("fr", "1er mai 2004"), ("en", "1 May 2004"), ("es", "1 de mayo de 2004")],
)
def test_dates_are_written_as_the_language_does(language, written):
    assert day(date(2004, 5, 1), language) == written
