"""The statements that the check of answers is measured on are well formed and about shipped articles."""

import json
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [json.loads(line) for line in (ROOT / "evaluation" / "claims.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_kind_is_there_and_every_article_is_shipped():
    counts = Counter(row["kind"] for row in ROWS)
    assert counts["true"] >= 60
    assert sum(counts.values()) - counts["true"] >= 60
    assert {"number", "name", "negation", "roles", "merged", "invented"} <= set(counts)
    assert all((ROOT / "corpus" / "articles" / f"{row['article']}.md").is_file() for row in ROWS)


def test_statements_differ_and_only_true_ones_are_supported():
    assert len({row["id"] for row in ROWS}) == len({row["claim"] for row in ROWS}) == len(ROWS)
    assert all((row["verdict"] == "supported") == (row["kind"] == "true") for row in ROWS)
