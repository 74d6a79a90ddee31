"""The statements for the verifier stand on texts that are there, and those made wrong are wrong."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Span
from corpus.read import read_article

torch = pytest.importorskip("torch")

from training.claims import ROOT, WRITTEN, Source, Statement, changed, examples, split  # noqa: E402

TEXT = "Altéo est né à Lille en 1991. Fjord l'a racheté en 2007. Il emploie 320 personnes. Rabat en compte 410."


def source(title: str = "Altéo") -> Source:
    start = TEXT.index("Fjord")
    statements = (Statement("Fjord a repris Altéo en 2007.", "true"), Statement("Altéo a repris Fjord.", "roles"))
    return Source(title, TEXT, Span(start, TEXT.index(" Rabat")), statements)


@given(st.integers(0, 10_000))
def test_a_window_holds_its_sentences_and_only_whole_ones(seed: int) -> None:
    window = source().window(random.Random(seed))
    assert source().window() in window
    assert window in TEXT
    assert window.endswith(".")
    assert window[0].isupper()


@given(st.integers(0, 10_000))
def test_what_is_changed_differs_in_one_number_or_name(seed: int) -> None:
    claim = "En 2007, le groupe Fjord a repris Altéo."
    wrong = changed(claim, TEXT, "Belmont a vendu à Metz, dit Paul Roux.", random.Random(seed))
    assert wrong is not None
    assert wrong != claim
    assert len(wrong.split()) >= len(claim.split())


def test_a_claim_without_number_or_name_is_left_alone() -> None:
    assert changed("il a été repris depuis.", TEXT, TEXT, random.Random(1)) is None


def test_each_statement_comes_once_and_the_made_ones_are_false_but_for_the_texts_own_sentences() -> None:
    sources = [source(), Source("Rabat", TEXT.replace("Lille", "Metz"), Span(0, 30), source().statements)]
    found = list(examples(sources, random.Random(3)))
    assert [one.claim for one in found].count("Altéo a repris Fjord.") == 2
    for one in found:
        assert one.truth is (one.kind in ("true", "holds"))
        assert one.kind in {"true", "roles", "negation", "changed", "elsewhere"}


def test_whole_titles_are_kept_apart() -> None:
    learnt, kept = split([source(f"Titre {number // 2}") for number in range(40)])
    assert kept
    assert not {one.title for one in learnt} & {one.title for one in kept}
    assert len(learnt) + len(kept) == 40


def test_the_statements_on_shipped_articles_stand_on_their_sentences() -> None:
    lines = [json.loads(line) for line in (WRITTEN / "trade.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 100
    for line in lines:
        text = read_article(ROOT / "corpus" / "articles" / f"{line['article']}.md").text
        window = text[line["start"] : line["end"]]
        assert len(window.split()) > 20
        assert len(line["true"]) >= 4
        assert not set(line["true"]) & {one for some in line["false"].values() for one in some}
