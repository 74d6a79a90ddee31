"""What the model is told, and what its refusals look like."""

from __future__ import annotations

import pytest

from rag.prompt import NO_ANSWER, asks_what, messages, says_no_answer, system


@pytest.mark.parametrize("language", ["fr", "en", "es"])
def test_instructions_are_in_the_language_and_name_the_refusal(language):
    assert NO_ANSWER[language] in system(language)
    assert messages("?", [], language)[0]["content"] == system(language)


@pytest.mark.parametrize(
    "text",
    [
        *NO_ANSWER.values(),
        "Les extraits ne le précisent pas.",
        "Le montant n'est pas mentionné dans les extraits.",
        "L'article ne donne pas cette information.",
        "The GoodMorning Client blog does not say.",
        "The price is not mentioned.",
        "Los artículos no lo mencionan.",
    ],
)
def test_a_refusal_in_other_words_is_one(text):
    assert says_no_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le SECA a été revendu à Tarsus.",
        "Les consommateurs n'ont plus confiance.",
        "Il ne faut pas réduire la relation client au prix.",
        "Les entreprises n'exploitent pas leurs informations.",
        "The brands do not use what they know.",
        "Nadie paga por el vínculo.",
    ],
)
def test_an_answer_that_denies_something_is_no_refusal(text):
    assert not says_no_answer(text)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("À qui le SECA a-t-il été revendu ?", True),
        ("Qu'est-ce que la CRMmania ?", True),
        ("Est-ce que le SECA a été revendu ?", False),
        ("Le SECA a-t-il été revendu ?", False),
        ("Was the show sold?", False),
        ("Which show was sold?", True),
    ],
)
def test_questions_that_ask_for_a_name(question, asks):
    assert asks_what(question) is asks
