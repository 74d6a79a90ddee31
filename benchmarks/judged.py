"""Questions with the articles that answer them, and the product's own index of those articles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import squad
from embeddings.encoder import Encoder
from evaluation.gold import load_gold
from rag.build import index
from rag.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Judged:
    """A question and the ids of the articles that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Collection:
    """An index and the questions asked of it."""

    name: str
    store: SqliteStore
    questions: Sequence[Judged]


def collection(path: Path, encoder: Encoder, work: Path, *, held_out: bool, every: int) -> Collection:
    """The collection in ``path``: a SQuAD-format file, or a folder with ``articles/`` and ``gold.jsonl``.

    ``held_out`` asks only the questions kept for judging (SQuAD format); every article is searched either way.
    ``every`` asks one question in so many. Raises ``OSError`` if there is no such file.
    """
    if path.is_dir():
        digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
        store = SqliteStore(work / f"index-{digest}-{encoder.name.replace(':', '-')}", encoder.name, encoder.dimension)
        index(store, encoder, [path / "articles"], prune=True)
        gold = [line for line in load_gold(path / "gold.jsonl") if line.answerable and not line.history]
        return Collection(path.name, store, [Judged(g.question, frozenset(g.articles)) for g in gold][::every])
    data = squad.load(path)
    kept = data.part("held out")
    asked = [
        Judged(question.text, frozenset({question.paragraph}))
        for question in data.questions
        if question.group in kept or not held_out
    ]
    return Collection(path.stem, squad.indexed(data, encoder, work), asked[::every])
