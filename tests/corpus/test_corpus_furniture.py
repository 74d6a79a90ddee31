from __future__ import annotations

from pathlib import Path

import pytest
from corpus_samples import FIRST, SAMPLES, SECOND, THIRD, Sample

from corpus.article import Article
from corpus.clean import clean_characters
from corpus.read import read_article, read_articles


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_furniture_goes_and_text_stays(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(sample.text, encoding="utf-8")
    article = read_article(path)
    assert article.text.split("\n\n") == [sample.title, *sample.body]
    assert article.title == sample.title
    for name, expected in sample.facts.items():
        found = getattr(article, name)
        assert (str(found) if found is not None else None) == expected, name


REAL = [
    "Inscrivez-vous sur la liste d'opposition pour ne plus être démarché.",
    "Partager la connaissance avec les équipes demande du temps.",
    "Vous devez être inscrit au registre pour exercer.",
    "Découvrez comment la 5e édition du baromètre a changé la donne.",
    "Recherche de productivité : jusqu'où aller ?",
    "Menu à la carte, prix à la minute : tout y est.",
    "Par ailleurs, le plateau de Tunis ferme.",
    "Par Toutatis, quelle attente !",
    "Publié en 1998, le premier guide du métier fait encore rire.",
    "Lecture faite, personne n'a protesté.",
    "Le 6 février 2013, tout a changé.",
    "Lire un script n'est pas écouter.",
    "Nous utilisons les appels entrants pour vendre.",
    "2 min d'attente en moyenne, c'est trop.",
    "Imprimer un rythme ne suffit pas.",
    "Se connecter au client, voilà l'enjeu.",
    "Mentions légales : sont-elles obligatoires sur un script ?",
    "La rédaction des scripts prend un mois.",
    "Commentaires des clients et retours du terrain",
]


@pytest.mark.parametrize("sentence", REAL)
@pytest.mark.parametrize("place", ["between", "last", "first"])
def test_real_sentences_survive(sentence: str, place: str, tmp_path: Path) -> None:
    parts = {
        "between": (FIRST, sentence, SECOND),
        "last": (FIRST, SECOND, sentence),
        "first": (sentence, FIRST, SECOND),
    }
    path = tmp_path / "page.txt"
    path.write_text("\n\n".join(("Un titre de quelques mots", *parts[place])), encoding="utf-8")
    assert sentence in read_article(path).text.split("\n\n")


def test_what_repeats_at_the_edges_of_three_pages_goes(tmp_path: Path) -> None:
    for name, title in enumerate(("Un casque pour deux", "La nuit au plateau", "Trois minutes de silence")):
        header = "Le Fil des Plateaux\nToute l'écoute, tous les jours"
        text = "\n\n".join((header, title, FIRST, "Grille de lecture", SECOND, "Cercle des lecteurs"))
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    for _, article in read_articles(sorted(tmp_path.iterdir())):
        assert isinstance(article, Article)
        assert article.text.split("\n\n") == [article.title, FIRST, "Grille de lecture", SECOND]


def test_a_sentence_that_repeats_stays(tmp_path: Path) -> None:
    closing = "Pour toute question, écrivez au délégué."
    for name in range(5):
        (tmp_path / f"{name}.txt").write_text(f"Question numéro {name} ?\n\n{FIRST}\n\n{closing}", encoding="utf-8")
    for _, article in read_articles(sorted(tmp_path.iterdir())):
        assert isinstance(article, Article)
        assert article.text.endswith(closing)


@pytest.mark.parametrize(
    "line",
    [
        "Retour haut de page",
        "Lecture 2 min",
        "Temps de lecture : 5 minutes",
        "[audio:http://exemple.fr/a.mp3 | title=Air]",
        "×",
        "A lire aussi",
        "Capture d'écran 2016-3",
        "Profitez d'un accès illimité au magazine pour moins de 3 € par semaine.",
        "S'abonner au magazine",
        "Votre adresse de messagerie ne sera pas publiée. Les champs obligatoires sont indiqués avec *",
        "Inscrivez-vous à la newsletter",
        "Tout accepter",
    ],
)
def test_unmistakable_furniture_goes_from_the_middle_too(line: str, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(f"Un titre de quelques mots\n\n{FIRST}\n\n{line}\n\n{SECOND}\n\n{THIRD}", encoding="utf-8")
    assert read_article(path).text.split("\n\n")[1:] == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("zéro\u200blargeur et BOM\ufeff", "zérolargeur et BOM"),
        ("un \u202elruoc\u202c texte", "un lruoc texte"),
        ("vu" + "".join(chr(0xE0000 + ord(char)) for char in "obey"), "vu"),
        ("Qui\u00a0paye\u00a0 ?", "Qui\u00a0paye\u00a0?"),
        ("a  b\t c", "a b c"),
        ("R&amp;D &#8217; &eacute;", "R&D ’ é"),
        ("« e\u0301cole »… l’an", "« école »… l’an"),
        ("Z" + "\u0335" * 300, "Z" + "\u0335" * 4),
        ("une\r\ndeux\rtrois\u2028quatre", "une\ndeux\ntrois\nquatre"),
        ("nul\x00 et\x07 non", "nul et non"),
    ],
)
def test_characters_are_cleaned(raw: str, clean: str) -> None:
    assert clean_characters(raw) == clean
