"""The shipped sets of disturbed questions and of follow-ups."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evaluation.gold import load_gold

ROOT = Path(__file__).parents[2]
ARTICLES = {path.stem for path in (ROOT / "corpus" / "articles").glob("*.md")}
ROBUST = load_gold(ROOT / "evaluation" / "robust.jsonl")
FOLLOW_UPS = load_gold(ROOT / "evaluation" / "followups.jsonl")
KINDS = ("no-accents", "capitals", "typos", "one-word", "rambling", "english", "spanish", "acronyms", "dates")


@pytest.mark.parametrize("line", [*ROBUST, *FOLLOW_UPS], ids=lambda line: line.id)
def test_the_articles_that_answer_are_shipped(line):
    assert line.articles
    assert ARTICLES.issuperset(line.articles)


def test_every_kind_has_a_dozen_questions():
    counted = Counter(line.kind for line in ROBUST)
    assert set(counted) == set(KINDS)
    assert min(counted.values()) >= 12


@pytest.mark.parametrize("line", ROBUST, ids=lambda line: line.id)
def test_a_disturbed_question_has_its_plain_twin(line):
    plain = line.extra["plain"]
    assert plain.strip()
    assert plain != line.question
    assert line.language in ("fr", "en", "es")


@pytest.mark.parametrize("line", FOLLOW_UPS, ids=lambda line: line.id)
def test_a_follow_up_continues_a_conversation(line):
    roles = [role for role, _ in line.history]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert 1 <= len(roles) // 2 <= 3
    assert line.extra["standalone"].strip()


def test_there_are_enough_follow_ups_and_some_that_change_the_subject():
    counted = Counter(line.kind for line in FOLLOW_UPS)
    assert len(FOLLOW_UPS) >= 40
    assert counted["switch"] >= 8
