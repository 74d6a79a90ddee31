"""Where a model's own words give way to the quote that they rest on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from corpus.article import Span
from embeddings.reader import Reading
from rag.cite import Support
from rag.hits import Hit
from rag.quoting import guarded

TEXT = "Rami a ouvert un site à Salé, au Maroc. Il y loge 40 agents."
FIRST, SECOND = Span(0, 39), Span(40, 60)
CLAIM = "Le premier site de Rami a vu le jour au Maroc."


def hit(answers: float | None, language: str = "fr") -> Hit:
    return Hit(
        1, "rami", 0, 0.5, TEXT, 0, len(TEXT), "Rami", None, None, None, "rami.md", "", language, (FIRST, SECOND),
        0.9, 0.9, 5.0, answers,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "shared", "own"),
    [
        pytest.param(0.9, 0.7, True, id="the passage answers, and holds most of the words"),
        pytest.param(0.9, 0.5, False, id="half of the words are the question's alone"),
        pytest.param(0.2, 0.8, False, id="the passage may not answer"),
        pytest.param(0.2, 0.95, True, id="nearly the quote itself"),
        pytest.param(None, 0.8, False, id="a passage that the reader did not get to"),
    ],
)
def test_own_words_stand_where_the_quote_says_them(answers: float | None, shared: float, own: bool) -> None:
    cited = hit(answers)
    told, left = guarded([(CLAIM, Support(cited, FIRST, 0.8, shared))], [cited, hit(0.1)], "fr")
    [(sentence, support)] = told
    assert sentence == (CLAIM if own else "« Rami a ouvert un site à Salé, au Maroc. »")
    assert left == own
    assert support.quote == TEXT[:39]
    assert support.score == (0.8 if own else 1.0)


@pytest.mark.parametrize(
    "cited", [pytest.param(hit(None), id="nothing was read"), pytest.param(hit(0.1, "en"), id="another language")]
)
def test_without_words_to_compare_or_a_reader_nothing_changes(cited: Hit) -> None:
    kept = [(CLAIM, Support(cited, FIRST, 0.8, 0.1))]
    assert guarded(kept, [cited], "fr") == (kept, 1)


class Verifier:
    """Finds one odds in every pair."""

    name = "verifier"

    def __init__(self, odds: float) -> None:
        self.odds = odds

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        return [Reading(self.odds, 0, 0, np.zeros((0, 2), np.int64), np.zeros(0, np.float32)) for _ in passages]


@pytest.mark.parametrize(
    ("odds", "score", "own"),
    [
        pytest.param(-3.0, 0.8, False, id="read as not said"),
        pytest.param(-3.0, 0.95, True, id="the words agree nearly wholly"),
        pytest.param(-1.0, 0.8, True, id="not sure"),
    ],
)
def test_what_the_verifier_denies_stands_in_the_quotes_words(odds: float, score: float, own: bool) -> None:
    cited = hit(0.9)
    told, left = guarded([(CLAIM, Support(cited, FIRST, score, 1.0))], [cited], "fr", Verifier(odds))
    assert left == own
    assert (told[0][0] == CLAIM) is own


def test_a_quote_in_another_language_is_introduced() -> None:
    cited = hit(0.9)
    kept = [(CLAIM, Support(cited, span, 0.8, 1.0)) for span in (FIRST, SECOND)]
    told, own = guarded(kept, [cited], "en", Verifier(-3.0))
    assert own == 0
    assert [text for text, _ in told] == [
        "The articles say, in their own language: « Rami a ouvert un site à Salé, au Maroc. »",
        "« Il y loge 40 agents. »",
    ]


def test_a_quote_comes_once() -> None:
    cited = hit(0.1)
    kept = [("Un site.", Support(cited, FIRST, 0.8, 0.1)), ("Deux.", Support(cited, Span(0, 60), 0.8, 0.1))]
    told, own = guarded(kept, [cited], "fr")
    assert [support.span for _, support in told] == [FIRST]
    assert own == 0
