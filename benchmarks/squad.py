"""A SQuAD-format file as an index of one article a paragraph, made by the product's own pipeline."""

from __future__ import annotations

import hashlib
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embeddings.encoder import Encoder
from rag.build import index
from rag.sqlite import SqliteStore

SHARED = Path(__file__).resolve().parents[2] / "shared"
PIAF = SHARED / "data" / "piaf" / "piaf-v1.1.json"
KEPT = 0.2
"""Share of the Wikipedia articles whose questions the reader is not trained on."""
Part = Literal["training", "calibration", "held out"]
SPLIT_SEED = 7


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the article id (``p00042``) of the paragraph that answers it, and the group (Wikipedia article)."""

    text: str
    paragraph: str
    group: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SquadSet:
    """Paragraph texts by article id, the group of each, and the questions."""

    paragraphs: dict[str, str]
    groups: dict[str, int]
    questions: list[Question]
    titles: dict[int, str]

    def part(self, name: Part) -> frozenset[int]:
        """The groups of one part of the set, the same in every run: a tenth to judge by, a tenth to calibrate on.

        Nothing is fitted on those to judge by, and the reader is trained on neither of the two.
        """
        names = sorted(set(self.groups.values()))
        kept = random.Random(SPLIT_SEED).sample(names, round(KEPT * len(names)))
        half = len(kept) // 2
        parts = {"calibration": kept[:half], "held out": kept[half:], "training": set(names) - set(kept)}
        return frozenset(parts[name])

    def of(self, group: int) -> list[Question]:
        """The questions of one group."""
        return [question for question in self.questions if question.group == group]


def load(file: Path = PIAF) -> SquadSet:
    """Read a SQuAD-format file; groups count its articles from 0."""
    paragraphs: dict[str, str] = {}
    groups: dict[str, int] = {}
    titles: dict[int, str] = {}
    questions = []
    for group, article in enumerate(json.loads(file.read_text(encoding="utf-8"))["data"]):
        titles[group] = re.sub(r"<[^>]+>", "", article.get("title", ""))
        for paragraph in article["paragraphs"]:
            name = f"p{len(paragraphs):05d}"
            paragraphs[name], groups[name] = paragraph["context"], group
            for asked in paragraph["qas"]:
                answers = tuple(answer["text"] for answer in asked["answers"])
                questions.append(Question(asked["question"], name, group, answers))
    return SquadSet(paragraphs, groups, questions, titles)


def indexed(squad: SquadSet, encoder: Encoder, work: Path) -> SqliteStore:
    """The set's paragraphs in a store under ``work``, indexed as text files unless that was done before."""
    digest = hashlib.sha256(json.dumps(squad.paragraphs).encode()).hexdigest()[:12]
    folder = work / f"articles-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in squad.paragraphs.items():
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    store = SqliteStore(work / f"index-{digest}-{encoder.name.replace(':', '-')}", encoder.name, encoder.dimension)
    index(store, encoder, [folder])
    return store
