"""On the shipped articles both engines find the same passages with the same scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stand_ins import WordEncoder
from store_kinds import place

from corpus.read import read_article
from rag.build import content_digest, indexed_passages
from rag.migrate import migrate
from rag.opening import open_place
from rag.places import Place
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore
from rag.words import stems

ROOT = Path(__file__).parents[2]


class NarrowEncoder(WordEncoder):
    """Vectors short enough for hundreds of passages."""

    name = "words:narrow"
    dimension = 256


@pytest.fixture(scope="module")
def questions() -> list[str]:
    lines = (ROOT / "evaluation" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [question for line in lines[::8] if (question := json.loads(line)["question"]).strip()]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The shipped articles in SQLite, and their copy in Milvus Lite."""
    folder, encoder = tmp_path_factory.mktemp("agreement"), NarrowEncoder()
    with place("milvus-lite", folder, None) as lite:
        one, other = open_place(Place(folder / "sqlite"), encoder), open_place(lite, encoder)
        with one.writing():
            for file in sorted((ROOT / "corpus" / "articles").glob("*.md")):
                article = read_article(file)
                one.put(article, str(file), content_digest(article), indexed_passages(article, encoder))
        migrate(one, other, "the copy")
        yield one, other, encoder
        one.close()
        other.close()


def test_every_passage_has_the_same_three_scores(both, questions):
    one, other, encoder = both
    everything = sum(row.passages for row in one.articles())
    for question in questions[::4]:
        vector, terms = encoder.encode_queries([question])[0], stems(question)
        found, again = (
            {(hit.row.id, hit.passage): hit.scores for hit in store.search(vector, terms, everything)}
            for store in (one, other)
        )
        assert len(found) == everything
        assert found.keys() == again.keys()
        for key, scores in found.items():
            assert again[key].dense == pytest.approx(scores.dense, abs=1e-5)
            assert again[key].sentence == pytest.approx(scores.sentence, abs=1e-5)
            assert again[key].words == pytest.approx(scores.words, rel=1e-6)  # float32 in SQLite


def test_the_first_hits_are_the_same(both, questions):
    """What each search puts forward may differ where two scores are alike but for rounding."""
    one, other, encoder = both
    ranked = [
        [
            [(hit.article, hit.passage) for hit in Retriever(store, encoder).search(question).hits[:5]]
            for store in (one, other)
        ]
        for question in questions
    ]
    assert all(found for found, _ in ranked)
    assert sum(found[0] == again[0] for found, again in ranked) >= 0.97 * len(ranked)
    assert sum(len({*found} & {*again}) for found, again in ranked) >= 0.97 * sum(len(found) for found, _ in ranked)


def test_both_know_the_same_words(both):
    one, other, _ = both
    assert isinstance(one, SqliteStore)
    assert other.vocabulary() == one.vocabulary()
