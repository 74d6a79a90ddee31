"""The shipped articles are complete and our own words, and the gold questions fit the articles they name."""

import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "corpus" / "articles"
ORIGINALS = ROOT.parent / "shared" / "articles"
GOLD = ROOT / "evaluation" / "gold.jsonl"
FIVE = ROOT / "evaluation" / "five.jsonl"
PRESS = ROOT / "evaluation" / "press.jsonl"

FIELDS = {"id", "kind", "question", "language", "answerable", "articles", "evidence", "facts", "history"}
ANSWERABLE_KINDS = {"factual", "metadata", "paraphrase", "cross-lingual", "multi", "follow-up"}
UNANSWERABLE_KINDS = {"unanswerable", "false-premise", "off-topic", "attack"}
# A fact may be worded in another language than the article, or stand in its metadata alone.
FACTS_OUTSIDE_TEXT = {"cross-lingual", "metadata"}
COPIED_RUN = 8

needs_originals = pytest.mark.skipif(
    not ORIGINALS.is_dir(), reason="the press articles (../shared/articles) are not part of the repository"
)
every_gold = pytest.mark.parametrize(
    ("gold", "folder"),
    [
        pytest.param(GOLD, SHIPPED, id="gold"),
        pytest.param(FIVE, SHIPPED, id="five"),
        pytest.param(PRESS, ORIGINALS, id="press", marks=needs_originals),
    ],
)
every_article = pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.md")), ids=lambda path: path.stem)


def straighten(text: str) -> str:
    """One kind of apostrophe and of white space (a no-break space included)."""
    return " ".join(text.replace("’", "'").split())


def fold(text: str) -> str:
    """Like the evaluation compares facts: without case, accents, kinds of apostrophe and of white space."""
    decomposed = unicodedata.normalize("NFKD", straighten(text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def front_matter_and_body(path: Path) -> tuple[dict, str]:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def article_texts(folder: Path) -> dict[str, str]:
    texts = {path.stem: front_matter_and_body(path)[1] for path in folder.glob("*.md")}
    return texts | {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}


def questions(gold: Path) -> list[dict]:
    return [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]


def test_articles_are_shipped():
    assert len(list(SHIPPED.glob("*.md"))) >= 5


@every_article
def test_front_matter_is_complete(path):
    front, body = front_matter_and_body(path)
    for field in ("title", "author", "publication"):
        assert isinstance(front[field], str), field
        assert front[field].strip(), field
    assert isinstance(front["date"], date)
    assert front["language"] == "fr"
    assert all(isinstance(topic, str) for topic in front["topics"])
    assert front["topics"]
    assert len(body.split()) >= 250


@every_article
def test_sources_are_named(path):
    front, body = front_matter_and_body(path)
    assert front["sources"]
    for source in front["sources"]:
        assert source["title"]
        if source.get("address") or source.get("command"):
            continue
        # An original that cannot be looked up is told in the text itself.
        for field in ("author", "publication"):
            assert straighten(source.get(field, "")) in straighten(body), f"the text itself names the {field}"


@needs_originals
@every_article
def test_no_sentence_is_copied(path):
    front, body = front_matter_and_body(path)
    text = " ".join(words(body))
    for source in front["sources"]:
        text = text.replace(" ".join(words(source["title"])), "|")
    ours = text.split()
    for original in ORIGINALS.glob("*.txt"):
        theirs = f" {' '.join(words(original.read_text(encoding='utf-8')))} "
        runs = (" ".join(ours[i : i + COPIED_RUN]) for i in range(len(ours) - COPIED_RUN + 1))
        assert [run for run in runs if f" {run} " in theirs] == []


@pytest.mark.parametrize("gold", [GOLD, FIVE, PRESS], ids=lambda path: path.stem)
def test_gold_lines_follow_the_contract(gold):
    lines = questions(gold)
    assert len({line["id"] for line in lines}) == len(lines)
    assert len({(line["question"], str(line["history"])) for line in lines}) == len(lines)
    for line in lines:
        assert set(line) == FIELDS, line["id"]
        assert line["kind"] in (ANSWERABLE_KINDS if line["answerable"] else UNANSWERABLE_KINDS), line["id"]
        assert line["language"] in {"fr", "en", "es"}, line["id"]
        assert bool(line["history"]) == (line["kind"] == "follow-up"), line["id"]
        assert all(turn["role"] in {"user", "assistant"} and turn["content"] for turn in line["history"]), line["id"]
        if line["answerable"]:
            assert line["articles"], line["id"]
            assert line["facts"], line["id"]
            assert all(all(alternatives) and alternatives for alternatives in line["facts"]), line["id"]
        else:
            assert line["articles"] == line["evidence"] == line["facts"] == [], line["id"]


@pytest.mark.parametrize(("gold", "answerable", "unanswerable"), [(GOLD, 120, 40), (FIVE, 40, 20), (PRESS, 30, 10)])
def test_gold_is_large_enough(gold, answerable, unanswerable):
    lines = questions(gold)
    assert sum(line["answerable"] for line in lines) >= answerable
    assert sum(not line["answerable"] for line in lines) >= unanswerable


def test_the_frozen_questions_are_on_the_five_articles_of_the_gate():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = {article for line in questions(FIVE) for article in line["articles"]}
    assert len(named) == 5
    assert all(article in gate for article in named)


@every_gold
def test_gold_fits_its_articles(gold, folder):
    texts = article_texts(folder)
    for line in questions(gold):
        missing = set(line["articles"]) - set(texts)
        assert not missing, line["id"]
        joined = "\n".join(texts[article] for article in line["articles"])
        for phrase in line["evidence"]:
            assert straighten(phrase) in straighten(joined), (line["id"], phrase)
        if line["kind"] not in FACTS_OUTSIDE_TEXT:
            for alternatives in line["facts"]:
                assert any(fold(one) in fold(joined) for one in alternatives), (line["id"], alternatives)
