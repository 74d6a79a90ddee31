"""What a question takes for granted, held against the articles."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Quand le salon Téléphonia a-t-il été vendu à Microsoft ?", "Borealis"),
        ("Pourquoi le salon Téléphonia a-t-il été vendu au groupe Orange ?", "Borealis"),
    ],
)
def test_a_wrong_name_is_corrected_with_the_sentence_that_has_the_right_one(assistant, question, quoted):
    answer = assistant.ask(question, use_model=False)
    assert answer.status == "corrected"
    assert quoted in answer.citations[0].quote
    assert quoted in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "Quand le salon Téléphonia a-t-il été vendu à Borealis ?",
        "À qui le salon Téléphonia a-t-il été vendu ?",
        "Pourquoi le salon Téléphonia plaît-il à Google et à Orange ?",
        "Quand Microsoft a-t-il été fondé ?",
    ],
    ids=["right name", "no name", "two strangers", "nothing else in common"],
)
def test_what_is_not_plainly_another_name_for_it_is_left_alone(assistant, question):
    assert assistant.ask(question, use_model=False).status != "corrected"
