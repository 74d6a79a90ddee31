"""What the reader learns from: the written questions stand on their texts, and nothing that answers is called wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.squad import Question, SquadSet
from rag.build import index
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore
from tests.stand_ins import WordEncoder
from training.pairs import FOUND, UNCLEAR, WRITTEN, mine

OTHERS = FOUND + 6
TOWNS = ("Nantes", "Lorient", "Roanne", "Guéret", "Vesoul", "Chinon")
ANSWER = "dans une ancienne filature"


def test_every_answer_stands_once_in_its_text() -> None:
    rows = [json.loads(line) for line in (WRITTEN / "press.jsonl").read_text(encoding="utf-8").splitlines()]
    lost = [
        (row["id"], one["answer"]) for row in rows for one in row["questions"] if row["text"].count(one["answer"]) != 1
    ]
    assert not lost
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    texts = {"own": f"Altéo a ouvert son plateau {ANSWER}. Il y loge 320 personnes. La mairie a payé les murs."}
    for number in range(OTHERS):
        texts[f"other-{number:02}"] = (
            f"Le centre de {TOWNS[number % len(TOWNS)]} est grand. Le centre compte {number} étages."
        )
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    encoder = WordEncoder()
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(store, encoder, [folder])
    return Retriever(store, encoder)


def asked(question: str, retriever: Retriever) -> SquadSet:
    rows = retriever.store.articles()
    groups = {row.id: number for number, row in enumerate(rows)}
    texts = {row.id: retriever.store.article(row.id).text for row in rows}
    titles = {number: row.title for number, row in enumerate(rows)}
    own = next(row.id for row in rows if "own" in row.id)
    return SquadSet(texts, groups, [Question(question, own, groups[own], (ANSWER,))], titles)


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        pytest.param("Où Altéo a-t-il ouvert son plateau ?", FOUND - 1, id="its passage is found"),
        pytest.param("Dans quoi le centre est-il grand ?", FOUND - UNCLEAR, id="it says too little to be found"),
    ],
)
def test_the_passage_of_a_question_is_never_among_the_wrong_ones(
    question: str, wrong: int, retriever: Retriever
) -> None:
    data = asked(question, retriever)
    [made] = mine(data, frozenset(data.groups.values()), retriever)
    assert made.right.answer is not None
    assert made.right.text[slice(*made.right.answer)] == ANSWER
    assert len(made.wrong) == wrong
    assert not any(ANSWER in text.text for text in (*made.wrong, *made.cropped))
