"""What the articles on sizing calculate is what the formulas give."""

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.worked import examples

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.article}: {example.phrase[:50]}")
def test_a_worked_example_stands_in_its_article(example):
    text = (ROOT / "corpus" / "articles" / f"{example.article}.md").read_text(encoding="utf-8")
    assert example.phrase in text


@pytest.mark.parametrize("article", sorted({example.article for example in examples()}))
def test_the_article_names_the_command_that_computes_it(article):
    text = (ROOT / "corpus" / "articles" / f"{article}.md").read_text(encoding="utf-8")
    assert 'command: "python -m corpus.worked"' in text.split("---\n")[1]


def test_the_command_prints_every_example():
    done = subprocess.run([sys.executable, "-m", "corpus.worked"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(example.article in done.stdout and example.phrase in done.stdout for example in examples())
