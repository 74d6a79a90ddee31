"""What a quote supports, and what it must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.build import index
from rag.cite import SUPPORTED, Citer, answer_sentences, without_marks
from rag.quotes import denies, names
from rag.retrieve import Retriever


@pytest.fixture
def citer(filled, encoder):
    hits = Retriever(filled, encoder).search("salon Téléphonia vendu prix de l'heure prestataires").hits
    return Citer(hits, filled.sentence_vectors, encoder, "À qui le salon a-t-il été vendu ?")


@pytest.fixture
def citer_of(store, encoder, tmp_path):
    """Makes a citer of a store with one article, of the text given."""

    def made(text, question=""):
        (tmp_path / "article.md").write_text(f"# Titre\n\n{text}\n", encoding="utf-8")
        index(store, encoder, [tmp_path / "article.md"])
        return Citer(Retriever(store, encoder).search(text).hits, store.sentence_vectors, encoder, question)

    return made


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Le salon Téléphonia a été vendu à Borealis en 2012.", "Borealis en 2012."),
        ("Les exposants étaient 240.", "240 cette année-là."),
        ("Selon Paul Durand, le prix de l'heure est passé de 28 à 22 euros.", "22 euros."),
        ("Aucun stand ne parlait de recrutement.", "Aucun stand ne parlait de recrutement."),
    ],
)
def test_a_true_sentence_gets_its_verbatim_quote(citer, filled, sentence, quote):
    support = citer.support([sentence])[0]
    assert support is not None
    assert support.score >= SUPPORTED
    text = filled.article(support.hit.article).text[support.span.start : support.span.end]
    assert text.endswith(quote)


@pytest.mark.parametrize(
    "sentence",
    [
        "Le salon Téléphonia a été vendu à Borealis en 2013.",
        "Les exposants étaient 340.",
        "Le salon Téléphonia a été vendu à Meridion en 2012.",
        "Le salon Téléphonia n'a pas été vendu à Borealis en 2012.",
        "Les stands parlaient de recrutement.",
        "La tour Eiffel mesure 300 mètres.",
        "Les abeilles produisent du miel.",
    ],
    ids=["year", "number", "name", "denied", "denial dropped", "invented", "off topic"],
)
def test_a_false_sentence_finds_no_support(citer, sentence):
    support = citer.support([sentence])[0]
    assert support is None or support.score < SUPPORTED


def test_nothing_supports_nothing(encoder, filled):
    assert Citer([], filled.sentence_vectors, encoder).support(["Une phrase."]) == [None]


def test_a_changed_number_contradicts(citer):
    found = citer.contradiction("Les exposants étaient 340 cette année-là.")
    assert found is not None
    assert "240" in found.hit.text[found.span.start - found.hit.start : found.span.end - found.hit.start]


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (
            "Chez les prestataires français, le taux d'attrition des conseillers débutants est en baisse.",
            "Chez les prestataires français, le taux d'attrition des conseillers débutants est en hausse.",
        ),
        ("Le groupe compte 2,6 millions de clients fidèles.", "Le groupe compte 2,6 milliards de clients fidèles."),
        (
            "La loi contre les fraudes aux aides publiques a été promulguée le 30 juillet 2025.",
            "La loi contre les fraudes aux aides publiques a été promulguée le 30 juin 2025.",
        ),
    ],
    ids=["opposite", "magnitude", "month"],
)
def test_an_opposite_a_magnitude_or_a_month_contradicts(citer_of, claim, text):
    told = citer_of(text)
    support = told.support([claim])[0]
    assert support is None or support.score < SUPPORTED
    assert told.contradiction(claim) is not None
    support = told.support([text])[0]
    assert support is not None
    assert support.score >= SUPPORTED


def test_a_month_told_before_stands(citer_of):
    told = citer_of("Le salon a eu lieu le 5 février 2013. Environ 150 décideurs assistaient au salon de 2013 à Lille.")
    for month, holds in (("février", True), ("juin", False)):
        support = told.support([f"Environ 150 décideurs assistaient en {month} 2013 au salon à Lille."])[0]
        assert (support is not None and support.score >= SUPPORTED) is holds


def test_another_topic_does_not_contradict(citer):
    assert citer.contradiction("La tour Eiffel mesure 300 mètres.") is None


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Il n'a pas été vendu.", True),
        ("Aucun stand ne parlait.", True),
        ("Il ne restait que dix stands.", False),
        ("Le démarchage n’est permis qu’en semaine.", False),
        ("Elle n’a pas dit qu’il vend.", True),
        ("It was not sold.", True),
        ("It wasn't sold.", True),
        ("Non seulement il a été vendu, mais il grandit.", False),
        ("Le nouveau salon nie tout.", False),
        ("Fue vendido sin acuerdo.", True),
    ],
)
def test_denials(text, denied):
    assert denies(text) is denied


def test_names_leave_the_first_word_and_function_words_out():
    assert names("Selon Paul Durand, le SECA de Lyon… Il ment.") == {"paul", "durand", "seca", "lyon"}
    assert names("SFR baisse ses prix.") == {"sfr"}


@pytest.mark.parametrize("marked", ["Vrai [1].", "Vrai [1, 2].", "Vrai[1][2].", "Vrai [1-3].", "Vrai [ 1 ; 2 ]."])
def test_the_models_own_marks_are_dropped(marked):
    assert without_marks(marked) == "Vrai."


def test_sentences_of_an_answer_without_markup():
    text = "**Le salon** a été vendu [1].\n\n- Il a changé de nom [2] ;\n2. M. Durand le dit."
    assert answer_sentences(text, "fr") == ["Le salon a été vendu.", "Il a changé de nom ;", "M. Durand le dit."]


@given(st.text(max_size=300))
def test_any_text_of_a_model_is_taken_apart_without_error(text):
    for sentence in answer_sentences(text, "fr"):
        assert sentence.strip()
        denies(sentence)
        names(sentence)


def test_nobody_plays_a_part_that_the_passage_does_not_name(citer_of):
    text = "Paul Durand a fondé Voxia en 1990. Anne Petit dirige la société depuis 2020."
    citer = citer_of(text, "Qui est la femme de Paul Durand ?")
    assert not supported(citer, "La femme de Paul Durand est Anne Petit.")
    text = "Paul Durand a fondé Voxia en 1990 avec sa femme, Anne Petit."
    assert supported(citer_of(text, "Qui est la femme de Paul Durand ?"), "La femme de Paul Durand est Anne Petit.")


def test_a_clause_that_denies_says_nothing_of_the_others(citer_of):
    citer = citer_of("Mais, avec sa veste rouge et son grand chapeau noir, l'orateur n'appartient pas au syndicat.")
    assert supported(citer, "Il portait une veste rouge et un grand chapeau noir.")
    assert not supported(citer, "Il n'avait pas de veste rouge ni de grand chapeau noir.")
    assert not supported(citer, "L'orateur appartient au syndicat.")


def test_a_figure_of_one_name_is_not_lent_to_another(citer_of):
    citer = citer_of(
        "Selon Voxia, le taux moyen du secteur va de 5 à 8 %. Le cabinet Rami se montre plus strict et conseille 2 %."
    )
    assert supported(citer, "Le cabinet Rami conseille un taux moyen de 2 %.")
    assert not supported(citer, "Le cabinet Voxia conseille un taux moyen de 2 %.")


def test_the_year_of_one_event_is_not_lent_to_another(citer_of):
    claim, question = "Voxia a été vendu à Rami en 2022.", "Pourquoi Voxia a-t-il été vendu à Rami ?"
    text = "Avant d'être vendu à Rami, Voxia tentait Belnor. La fusion de Voxia et de Belnor a échoué en 2022."
    assert not supported(citer_of(text, question), claim)
    assert supported(citer_of("Voxia a été vendu à Rami. La vente date de 2022.", question), claim)


def test_the_year_of_a_deal_is_that_of_a_quote_that_tells_of_one(citer_of):
    claim, question = "Voxia a été vendu à Rami en 2022.", "Pourquoi Voxia a-t-il été vendu ?"
    text = "Rami s'intéressait à Voxia. En 2022, Voxia a réalisé deux milliards d'euros."
    assert not supported(citer_of(text, question), claim)
    assert supported(citer_of("Voxia a été cédé à Rami en 2022.", question), claim)


def test_a_figure_of_a_clause_belongs_to_whom_the_clause_names(citer_of):
    text = "Voxia, fondé en 1999, comptait 750 agents sur 10 plateaux ; Rami en comptait 500 sur 21 plateaux."
    citer = citer_of(text, "Combien d'agents compte Voxia ?")
    assert supported(citer, "Voxia comptait 750 agents sur 10 plateaux.")
    assert not supported(citer, "Voxia comptait 500 agents sur 21 plateaux.")


def test_there_is_where_the_question_asks(citer_of):
    claim = "Rami s'y est installé en 2016."
    text = "Altona attire les prestataires, comme Brémont avant elle. Rami s'y est installé en 2016."
    assert supported(citer_of(text, "Quand Rami s'est-il installé à Altona ?"), claim)
    assert not supported(citer_of("Rami s'y est installé en 2016.", "Quand Rami s'est-il installé à Brémont ?"), claim)
    assert supported(citer_of(text, "Quand Rami s'est-il installé ?"), "Il y a en 2016 un Rami installé.")


def supported(citer, sentence):
    (support,) = citer.support([sentence])
    return support is not None and support.score >= SUPPORTED
