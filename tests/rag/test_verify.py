"""Somebody's text against the articles."""

from __future__ import annotations

import pytest

from rag.verify import Claim, ClaimsError, read_claims, verify


def judge(assistant, claim, passages=None):
    return next(iter(verify([Claim("a", claim, passages)], assistant)))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Le salon Téléphonia a été vendu au groupe Borealis en 2012.", "supported"),
        ("Les exposants étaient 340 cette année-là.", "contradicted"),
        ("Le groupe Borealis a été vendu au salon Téléphonia en 2012.", "contradicted"),
        ("Des stands parlaient de recrutement, au salon Téléphonia.", "not_found"),
        ("La tour Eiffel mesure 300 mètres.", "not_found"),
        ("", "not_found"),
    ],
)
def test_verdicts(assistant, claim, verdict):
    judged = judge(assistant, claim)
    assert judged.verdict == verdict
    assert bool(judged.quote) == (verdict != "not_found")
    if judged.article:
        assert judged.quote in assistant.article(judged.article).text


def test_given_passages_alone_count(assistant):
    claim = "Le salon Téléphonia a été vendu au groupe Borealis en 2012."
    assert judge(assistant, claim, ("Les abeilles font du miel.",)).verdict == "not_found"
    assert judge(assistant, claim, ()).verdict == "not_found"
    judged = judge(assistant, "Le miel vient des abeilles.", ("Les abeilles font du miel. Il pleut.",))
    assert judged.article is None


def test_claims_come_from_jsonl_or_from_the_sentences_of_a_text(tmp_path):
    (tmp_path / "claims.jsonl").write_text('{"id": 7, "claim": "Un."}\n\n{"claim": "Deux.", "passages": ["x"]}\n')
    assert read_claims(tmp_path / "claims.jsonl") == [Claim("7", "Un."), Claim("3", "Deux.", ("x",))]
    (tmp_path / "draft.txt").write_text("Le salon a été vendu hier matin. Les prix baissent encore cette année.")
    assert [claim.claim for claim in read_claims(tmp_path / "draft.txt")] == [
        "Le salon a été vendu hier matin.", "Les prix baissent encore cette année.",
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"claim": 3}', '{"claim": "a", "passages": "b"}'])
def test_a_broken_line_is_named(tmp_path, line):
    (tmp_path / "claims.jsonl").write_text('{"claim": "Un."}\n' + line + "\n")
    with pytest.raises(ClaimsError, match="Line 2"):
        read_claims(tmp_path / "claims.jsonl")
