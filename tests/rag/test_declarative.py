"""The sentence that a question takes for granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.declarative import declarative


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Pourquoi Voxia a-t-il racheté Rami ?", "Voxia a racheté Rami."),
        ("En quelle année la loi a-t-elle été votée ?", "La loi a été votée."),
        ("Pourquoi Rami préfère-t-il Salé ?", "Rami préfère Salé."),
        ("Quand est-ce que Voxia a fermé ?", "Voxia a fermé."),
        ("Pourquoi est-ce qu’Anne Roux est partie ?", "Anne Roux est partie."),
        ("À quel prix Voxia a-t-elle acheté Rami ?", "Voxia a acheté Rami."),
        ("Et pourquoi, selon elle, les clients partent-ils ?", "Selon elle, les clients partent."),
        ("Why did Voxia close its plant?", "Voxia close its plant."),
        ("In what year was Rami founded?", "Rami founded."),
        ("¿Por qué Voxia cerró en 2012?", "Voxia cerró en 2012."),
        ("Combien de sites Voxia a-t-elle ?", None),
        ("À qui le salon a-t-il été vendu ?", None),
        ("Voxia a-t-elle fermé ?", None),
        ("Bloctel", None),
        ("Pourquoi ?", None),
        ("", None),
    ],
)
def test_the_sentence_of_a_question(question: str, sentence: str | None) -> None:
    assert declarative(question) == sentence


@given(st.text(max_size=60))
def test_any_text_can_be_asked(text: str) -> None:
    told = declarative(f"Pourquoi {text} ?")
    assert told is None or told.endswith(".")
