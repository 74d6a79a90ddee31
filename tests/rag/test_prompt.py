"""What the model is told, and what its refusals look like."""

from __future__ import annotations

import pytest

from rag.prompt import NO_ANSWER, asks_how_to, asks_what, messages, opening, says_no_answer


@pytest.mark.parametrize("language", ["fr", "en", "es", "de"])
def test_instructions_open_every_prompt_of_a_language_and_name_the_refusal(language):
    first = opening(language)
    assert any(NO_ANSWER.get(language, NO_ANSWER["fr"]) in message["content"] for message in first)
    assert messages("Qui ?", [], language)[: len(first)] == first
    assert [message["role"] for message in first] == ["system", *["user", "assistant"] * 2]


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


@pytest.mark.parametrize(
    ("question", "how_to"),
    [
        ("Comment réduire le taux d'abandon ?", True),
        ("Et comment peut-on mieux mesurer la qualité ?", True),
        ("How do I work out how many agents I need?", True),
        ("¿Cómo calcular el dimensionamiento?", True),
        ("Comment Orange a-t-il racheté SFR ?", False),
        ("Comment s'appelle le salon ?", False),
        ("Pourquoi partir ?", False),
    ],
)
def test_how_something_is_done(question, how_to):
    assert asks_how_to(question) is how_to
