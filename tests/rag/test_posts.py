"""A post at one firm is none at another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.posts import posted_elsewhere, posts

GREETED = "Anne Petit, dirigeante de Voxia, a salué l'entrée dans Rami comme une étape."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Anne Petit dirige Rami.", GREETED),
        ("Anne Petit est la présidente de Rami.", GREETED),
        ("La directrice générale de Rami est Anne Petit.", GREETED),
        ("Anne Petit leads Rami.", GREETED),
        ("Anne Petit dirige Rami.", "Rami a nommé Paul Roux. Anne Petit et son adjoint ont quitté leurs fonctions."),
        ("Paul Roux a fondé Rami.", "Le fondateur de Voxia, Paul Roux, a vendu ses parts à Rami."),
        ("Paul Roux est le PDG de Rami.", "Paul Roux, président-directeur général de Voxia, rachète Rami."),
    ],
)
def test_a_post_somewhere_else(claim, quote):
    assert posted_elsewhere(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Anne Petit dirige Voxia.", GREETED),
        ("Anne Petit est la patronne de Voxia.", GREETED),
        ("Paul Roux dirige Rami.", GREETED),
        ("Anne Petit a fondé Rami.", GREETED),
        (
            "Anne Petit dirige Rami.",
            "Anne Petit, qui dirigeait Voxia, dirige Rami depuis 2020. Anne Petit dirige Rami.",
        ),
        ("Anne Petit a salué Rami.", GREETED),
        ("Anne Petit dirige Rami.", "Paul Roux a quitté ses fonctions. Anne Petit dirige Rami."),
        ("Anne Petit, présidente de Rami, a quitté le groupe.", "Anne Petit, présidente de Rami, quitte le groupe."),
    ],
)
def test_the_same_post_or_none(claim, quote):
    assert not posted_elsewhere(claim, quote)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    assert not posted_elsewhere(text, text)
    assert all(post.who and post.what for post in posts("Anne Petit dirige Voxia. " + text)[:1])
