"""The five scraped articles that the project was given; they are read from beside the repository, never copied."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.read import article_files, read_articles

FOLDER = Path(__file__).parents[2].parent / "shared" / "articles"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the scraped articles are not beside the repository")


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    found = {}
    for path, article in read_articles(article_files([FOLDER])):
        assert isinstance(article, Article)
        found[path.name[:3]] = article
    return found


@pytest.mark.parametrize(
    ("number", "title", "author", "publication", "day"),
    [
        ("000", "Salon Stratégie Clients", None, None, None),
        (
            "001",
            "La Consolidation dans les Centres d’Appels dans le Nouvel Economiste",
            None,
            "GoodMorning Client",
            None,
        ),
        ("002", "Mutation", "François Rouffiac", None, None),
        ("003", "Le «Trésor» des centres de contacts!", "Stefanie Mogemasson", None, None),
        (
            "004",
            "Les liens qui unissent… Forum Davos 2013 de la relation client",
            "H Caufield",
            "En-Contact",
            date(2013, 2, 6),
        ),
    ],
)
def test_facts(
    number: str, title: str, author: str | None, publication: str | None, day: date | None, articles: dict[str, Article]
) -> None:
    article = articles[number]
    assert (article.title, article.author, article.publication, article.date) == (title, author, publication, day)
    assert article.language == "fr"
    assert article.text.startswith(f"{title}\n\n")
    assert article.text.split("\n").count(title) == 1


@pytest.mark.parametrize(
    ("number", "paragraphs", "last_word"),
    [
        ("000", 12, "longtemps."),
        ("001", 11, "absolu."),
        ("002", 3, "Rouffiac"),
        ("003", 2, "consommateurs."),
        ("004", 18, "Régulièrement."),
    ],
)
def test_every_paragraph_stays_and_nothing_else(
    number: str, paragraphs: int, last_word: str, articles: dict[str, Article]
) -> None:
    text = articles[number].text
    assert len(text.split("\n\n")) == paragraphs
    assert text.endswith(last_word)


_WORDS = (
    "Twitter viadeo Netvibes Print Imprimer Recherche Lecture Comment commentaire [audio: ambush abonner Abonnez "
    "connecter messagerie septembre × Publié"
)


@pytest.mark.parametrize("word", _WORDS.split())
def test_no_furniture_is_left(word: str, articles: dict[str, Article]) -> None:
    assert [number for number, article in articles.items() if word in article.text] == []


def test_headings(articles: dict[str, Article]) -> None:
    article = articles["001"]
    headings = [article.text[span.start : span.end] for span in article.headings]
    assert [heading.split()[0] for heading in headings[1:]] == ["Bloctel,", "Restrictions", "Consolidation,"]
    assert "En lançant Bloctel" in article.text
    assert all(len(articles[number].headings) == 1 for number in ("000", "002", "003", "004"))


def test_notes_and_title(articles: dict[str, Article]) -> None:
    text = articles["004"].text
    assert "\n\n*Un forum Davos" in text
    assert "\n\n**Stabulation libre" in text
    assert "TRÉSOR" not in articles["003"].text
    assert "MOGEMASSON" not in articles["003"].text
