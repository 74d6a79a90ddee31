import pytest

from evaluation.folding import fold, numbers
from evaluation.language import detect, language_match
from evaluation.support import Source, judge

SALON = Source(
    "Le salon SECA a été cédé à Tarsus, qui réunit dix-huit mille visiteurs et 4,5 % de hausse.",
    title="Salon Stratégie Clients",
    author="François Rouffiac",
    publication="En-Contact",
    date="2013-02-06",
    language="fr",
)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param("Le SECA a été cédé à Tarsus.", True, id="its words stand in the quote"),
        pytest.param("Le SECA a été cédé à Reed.", False, id="an invented name"),
        pytest.param("Le SECA a été cédé à Tarsus en 2012.", False, id="an invented year"),
        pytest.param("Le SECA a été cédé à Tarsus en février 2013.", True, id="the article's date counts"),
        pytest.param("Selon François Rouffiac, le SECA a été cédé.", True, id="the article's author counts"),
        pytest.param("Le SECA réunit 18 000 visiteurs.", True, id="a number that the quote writes in words"),
        pytest.param("La hausse du SECA est de 4,5 %.", True, id="a decimal"),
        pytest.param("La hausse du SECA est de 45 %.", False, id="another decimal"),
        pytest.param("Les agents préfèrent la formation continue.", False, id="nothing in common"),
        pytest.param("LE SALON SECA CEDE A TARSUS", True, id="capitals without accents"),
        pytest.param("SFR a cédé le salon.", False, id="capitals at the beginning are a name"),
    ],
)
def test_french_sentence_with_french_quote(sentence, expected):
    assert judge(sentence, [SALON], language="fr").supported is expected


def test_what_the_question_says_may_be_repeated():
    sentence = "En 2012, le SECA n'était pas encore cédé à Tarsus."
    assert not judge(sentence, [SALON], language="fr").supported
    assert judge(sentence, [SALON], question="Que devint le SECA en 2012 ?", language="fr").supported


def test_a_first_word_is_a_name_when_the_answer_capitalises_it_elsewhere():
    sentence = "Reed organise le salon SECA cédé."
    assert judge(sentence, [SALON], language="fr").missing_names == ()
    assert judge(sentence, [SALON], language="fr", answer=f"{sentence} C'est Reed.").missing_names == ("reed",)


def test_two_quotes_support_together_what_neither_does_alone():
    other = Source("Le forum de Davos est organisé par l'association française.", language="fr")
    sentence = "Le salon SECA a été cédé à Tarsus et le forum de Davos est organisé par l'association."
    assert judge(sentence, [SALON, other], language="fr").supported
    assert not judge(sentence, [SALON], language="fr").supported


def test_across_languages_only_numbers_and_names_are_judged():
    good = judge("SECA was sold to Tarsus in February 2013.", [SALON], language="en")
    assert good.supported
    assert good.content is None
    assert judge("SECA was sold to Reed.", [SALON], language="en").missing_names == ("reed",)
    assert judge("SECA was sold in 1999.", [SALON], language="en").missing_numbers == ("1999",)


def test_without_a_quote_nothing_is_supported():
    assert not judge("Oui.", []).supported


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 500 et 1\u202f500 et 1500 et 1.500 et 1,500", {"1500"}),
        ("4,80 ou 4.8", {"4.8"}),
        ("le 06/02/2013", {"6", "2", "2013"}),
        ("en 2012 300 agents", {"2012", "300"}),
        ("0,125", {"0.125"}),
    ],
)
def test_numbers_have_one_form(text, expected):
    assert numbers(text) == expected


def test_folding_is_idempotent():
    text = "« L’Œuvre » — 12\u00a0000\u202f€ d’ÉTÉ…"
    assert fold(fold(text)) == fold(text) == "\" l'oeuvre \" - 12000 € d'ete..."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Les articles ne disent pas à qui il a été revendu.", "fr"),
        ("SECA was sold to Tarsus and renamed Stratégie Clients [1].", "en"),
        ("Los artículos no contienen la respuesta.", "es"),
        ("Tarsus [1].", None),
        ("2012", None),
    ],
)
def test_the_language_of_an_answer(text, language):
    assert detect(text) == language


def test_names_alone_are_in_any_language_and_nothing_at_all_in_none():
    assert language_match("Tarsus [1].", "en") == 1
    assert language_match("", "fr") is None
    assert language_match("The articles do not say.", "fr") == 0
    quoted = "« Par la suite, le salon a été vendu à un groupe anglais, qui lui a donné un autre nom »"
    assert language_match(f"The article says this in French: {quoted} [1].", "en") == 1
    assert language_match(f"L’article le dit ainsi : {quoted} [1].", "en") == 0
    assert language_match(f"{quoted} [1]", "en") == 0
