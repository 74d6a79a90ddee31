"""What the reader learns from: questions with the passage that answers them and passages that only seem to.

The passages come from the training split of PIAF (``benchmarks.squad``) and from the shipped articles, found by the
product's own splitter and search; the questions are PIAF's and those written for this in ``training/questions/``, many
of which say it in other words than the passage. Unanswerable pairs are made by construction (the right passage without
the sentence that answers, or under a question about another name or year) and written: questions that only seem
answered.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import squad
from embeddings.encoder import Encoder
from rag.build import index
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore
from rag.words import fold

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = Path(__file__).with_name("questions")
FOUND = 24
"""Passages searched for negatives."""
UNCLEAR = 12
"""First passages that are no negatives of a question whose own passage is not among those found: it says too little."""
DEVELOPMENT = 120
"""The first examples, which are not trained on."""
KEPT_SEED = 3
LATER = tuple(f"press-{number}-" for number in range(9, 15))
"""Beginnings of the names of the texts that the shipped question encoder has not met."""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage with its title; ``answer`` is the span of the answer in ``text``, if it is known to be there."""

    title: str
    text: str
    answer: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passage that answers it, the hard negatives best first, and passages made unanswerable."""

    question: str
    right: Text
    wrong: tuple[Text, ...]
    cropped: tuple[Text, ...]
    swapped: tuple[str, ...]


def mined(data: squad.SquadSet, encoder: Encoder, work: Path) -> tuple[list[Asked], list[Asked]]:
    """The training examples of PIAF's questions and of those written for the reader, kept in ``work`` once made."""
    return (
        _kept(work / "asked.jsonl", lambda: _of_piaf(data.questions, data, encoder, work)),
        _kept(work / "written.jsonl", lambda: _written(data, encoder, work)),
    )


def _kept(file: Path, make: Callable[[], list[Asked]]) -> list[Asked]:
    if not file.exists():
        lines = [json.dumps(asdict(example), ensure_ascii=False) for example in make()]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [_asked(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _of_piaf(questions: Sequence[squad.Question], data: squad.SquadSet, encoder: Encoder, work: Path) -> list[Asked]:
    store = squad.indexed(data, encoder, work)
    try:
        return mine(replace(data, questions=list(questions)), data.part("training"), Retriever(store, encoder))
    finally:
        store.close()


def _written(data: squad.SquadSet, encoder: Encoder, work: Path) -> list[Asked]:
    """The written questions; those without an answer go with the others on the same text."""
    questions, seeming = written_on_piaf(data)
    made = _with_seeming(_of_piaf(questions, data, encoder, work), questions, seeming)
    return made + _of_trade(encoder, work)


def written_on_piaf(data: squad.SquadSet) -> tuple[list[squad.Question], dict[str, list[str]]]:
    """The questions written on PIAF's paragraphs, and by paragraph those that only seem answered."""
    questions, seeming = [], defaultdict[str, list[str]](list)
    for row in _lines("piaf.jsonl"):
        name = row["paragraph"]
        if row["start"] is None:
            seeming[name].append(row["question"])
        else:
            answer = data.paragraphs[name][row["start"] : row["end"]]
            questions.append(squad.Question(row["question"], name, data.groups[name], (answer,)))
    return questions, seeming


def _of_trade(encoder: Encoder, work: Path) -> list[Asked]:
    store, trade = trade_set(encoder, work)
    made = mine(trade, frozenset(trade.groups.values()), Retriever(store, encoder))
    store.close()
    seeming = defaultdict[str, list[str]](list)
    for line in _trade_lines():
        if line["answer"] is None:
            seeming[line["article"]].append(line["question"])
    return _with_seeming(made, trade.questions, seeming)


def trade_set(encoder: Encoder, work: Path) -> tuple[SqliteStore, squad.SquadSet]:
    """The shipped articles and the passages written for this, in one index, with the questions that they answer."""
    folder = work / "press"
    folder.mkdir(parents=True, exist_ok=True)
    for row in _lines("press.jsonl"):
        front = json.dumps({"title": row["title"], "language": "fr"}, ensure_ascii=False)
        (folder / f"{row['id']}.md").write_text(f"---\n{front}\n---\n{row['text']}\n", encoding="utf-8")
    store = SqliteStore(work / "index-trade", encoder.name, encoder.dimension)
    index(store, encoder, [ROOT / "corpus" / "articles", folder], prune=True)
    rows = store.articles()
    texts = {row.id: store.article(row.id).text for row in rows}
    groups = {row.id: number for number, row in enumerate(rows)}
    questions = [
        squad.Question(line["question"], line["article"], groups[line["article"]], (line["answer"],))
        for line in _trade_lines()
        if line["answer"] is not None
    ]
    return store, squad.SquadSet(texts, groups, questions, {number: row.title for number, row in enumerate(rows)})


def kept_for_looking(articles: Iterable[str]) -> frozenset[str]:
    """A sixth of the texts of ``trade_set``, whose questions the question encoder does not learn from.

    Those written after the shipped question encoder was trained are drawn apart, so that the others stay the same.
    """
    names = sorted(set(articles), key=lambda name: (not name.startswith("press-"), name))
    later = [name for name in names if name.startswith(LATER)]
    earlier = [name for name in names if not name.startswith(LATER)]
    return frozenset(
        name for some in (earlier, later) for name in random.Random(KEPT_SEED).sample(some, len(some) // 6)
    )


def _trade_lines() -> list[dict[str, Any]]:
    """The questions on the shipped articles and on the passages written for this: article, question, answer."""
    lines = _lines("trade.jsonl")
    for row in _lines("press.jsonl"):
        lines += [{"article": row["id"], **one} for one in row["questions"]]
        lines += [{"article": row["id"], "question": one, "answer": None} for one in row["seeming"]]
    return lines


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (WRITTEN / name).read_text(encoding="utf-8").splitlines()]


def _with_seeming(
    made: Sequence[Asked], questions: Sequence[squad.Question], seeming: Mapping[str, Sequence[str]]
) -> list[Asked]:
    where = {question.text: question.paragraph for question in questions}
    return [replace(one, swapped=(*one.swapped, *seeming.get(where[one.question], ()))) for one in made]


def _asked(row: dict[str, Any]) -> Asked:
    def text(value: dict[str, Any]) -> Text:
        answer = value["answer"]
        return Text(value["title"], value["text"], (answer[0], answer[1]) if answer else None)

    wrong, cropped = (tuple(text(value) for value in row[name]) for name in ("wrong", "cropped"))
    return Asked(row["question"], text(row["right"]), wrong, cropped, tuple(row["swapped"]))


def mine(data: squad.SquadSet, training: frozenset[int], retriever: Retriever) -> list[Asked]:
    """The examples of the questions on the ``training`` groups, each with the passages that only seem to answer."""
    chance = random.Random(squad.SPLIT_SEED)
    names = _names(data, training)
    examples = []
    for question in data.questions:
        if question.group not in training:
            continue
        hits = retriever.search(question.text, k=FOUND, depth=40).hits
        found = [hit.text for hit in hits if hit.article == question.paragraph]
        passages = (indexed.passage.text for indexed in retriever.store.indexed(question.paragraph))
        own = [*found, *(text for text in passages if text not in found)]
        right = _right(question, own, data)
        if right is None:
            continue
        answers = [fold(answer) for answer in question.answers]
        wrong = tuple(
            Text(data.titles[data.groups[hit.article]], hit.text)
            for hit in (hits if right.text in found else hits[UNCLEAR:])
            if hit.article != question.paragraph and data.groups[hit.article] in training
            and not any(answer in fold(hit.text) for answer in answers)
        )  # fmt: skip
        other_half = tuple(
            Text(right.title, text)
            for text in own
            if text != right.text and not any(answer in fold(text) for answer in answers)
        )
        without = _without_answer(right)
        cropped = (*other_half[:1], *([without] if without else []))
        swapped = _swapped(question.text, right.text, names[question.group], chance)
        examples.append(Asked(question.text, right, wrong, cropped, swapped))
    return examples


def _right(question: squad.Question, own: Sequence[str], data: squad.SquadSet) -> Text | None:
    for answer in question.answers:
        for text in own:
            start = text.find(answer)
            if start >= 0:
                return Text(data.titles[question.group], text, (start, start + len(answer)))
    return None


def _without_answer(right: Text) -> Text | None:
    """The passage less the sentence of its answer; None where that is nearly all of it or the answer comes twice."""
    assert right.answer is not None
    answer = right.text[slice(*right.answer)]
    sentences = re.split(r"(?<=[.!?»])\s+(?=[A-ZÉÈÀÂÎÔ«])", right.text)
    rest = [sentence for sentence in sentences if answer not in sentence]
    text = " ".join(rest)
    return Text(right.title, text) if rest and len(rest) < len(sentences) and len(text) > 120 else None


_YEAR = re.compile(r"\b1\d{3}\b|\b20[0-2]\d\b")
_NAME = re.compile(r"(?<=[a-zéèàçù,’'] )[A-ZÉÈ][\wéèêàâîïôûç-]{3,}(?: [A-ZÉÈ][\wéèêàâîïôûç-]{2,})*")


def _names(data: squad.SquadSet, training: frozenset[int]) -> dict[int, list[str]]:
    names: dict[int, set[str]] = {group: set() for group in data.titles}
    for name, text in data.paragraphs.items():
        if data.groups[name] in training:
            names[data.groups[name]].update(_NAME.findall(text))
    everything = sorted({name for found in names.values() for name in found})
    chance = random.Random(squad.SPLIT_SEED)
    return {group: sorted(found) + chance.sample(everything, 5) for group, found in names.items()}


def _swapped(question: str, passage: str, names: Sequence[str], chance: random.Random) -> tuple[str, ...]:
    """The question about another year, or about a name that the passage does not hold."""
    made = []
    if year := _YEAR.search(question):
        other = str(int(year[0]) + chance.choice([-23, -12, -7, -4, -3, -2, -1, 1, 2, 3, 4, 6, 11, 20]))
        if other not in passage:
            made.append(question.replace(year[0], other))
    if name := _NAME.search(question):
        others = [other for other in names if fold(other) not in fold(passage) and other not in question]
        if others:
            made.append(question.replace(name[0], chance.choice(others)))
    return tuple(made)
