"""Training examples → tensors."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from embeddings.reader import joined
from rag.words import stems
from training.pairs import Asked, Text

QUESTIONS = 6
"""Questions in a batch: about 34 pairs."""
MEGABATCH = 20
"""Batches among which questions are sorted by length, so that little is padding."""


class Batch(NamedTuple):
    """Pairs of several questions. ``group`` numbers the question of each pair that competes for being the answer,
    -1 for those that do not; ``truth`` is 1 where the passage answers; ``start`` and ``end`` are token places, -1
    where there are none.
    """  # noqa: D205

    ids: Tensor
    kinds: Tensor
    mask: Tensor
    passage: Tensor
    group: Tensor
    truth: Tensor
    start: Tensor
    end: Tensor


@dataclass(frozen=True, slots=True)
class _Pair:
    ids: list[int]
    kinds: list[int]
    first: int
    last: int
    group: int
    truth: bool
    start: int = -1
    end: int = -1


class Pairer:
    """Tokenizes pairs as the reader does."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._begin, self._end = (int(tokenizer.token_to_id(mark) or 0) for mark in ("<s>", "</s>"))

    def pair(self, question: str, text: Text, group: int = 0, titled: bool = True) -> _Pair:
        """The pair of ``question`` and ``text``; true if the text has an answer."""
        asked, title, passage = self._tokenizer.encode_batch(
            [question, text.title + "." if titled and text.title else "", text.text], add_special_tokens=False
        )
        pair = joined(asked.ids, title.ids, passage.ids, self._begin, self._end)
        ids, kinds, first, last = pair.ids, pair.kinds, pair.first, pair.last
        if text.answer is None:
            return _Pair(ids, kinds, first, last, group, False)
        low, high = text.answer
        inside = [n for n, (start, end) in enumerate(passage.offsets) if end > low and start < high and end > start]
        if not inside or first + inside[-1] >= last:
            return _Pair(ids, kinds, first, last, group, True)
        return _Pair(ids, kinds, first, last, group, True, first + inside[0], first + inside[-1])

    def batch(self, pairs: Sequence[_Pair]) -> Batch:
        """``pairs`` padded to the longest."""
        longest = max(len(pair.ids) for pair in pairs)
        ids = torch.ones(len(pairs), longest, dtype=torch.long)
        kinds, mask, passage = (torch.zeros(len(pairs), longest, dtype=torch.long) for _ in range(3))
        for row, pair in enumerate(pairs):
            ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
            kinds[row, : len(pair.ids)] = torch.tensor(pair.kinds)
            mask[row, : len(pair.ids)] = 1
            passage[row, pair.first : pair.last] = 1
        columns = ([pair.group for pair in pairs], [pair.truth for pair in pairs], [pair.start for pair in pairs],
                   [pair.end for pair in pairs])  # fmt: skip
        group, truth, start, end = (torch.tensor(column, dtype=torch.long) for column in columns)
        return Batch(ids, kinds, mask, passage, group, truth, start, end)


def epoch(asked: Sequence[Asked], written: Sequence[Asked], pairer: Pairer, chance: random.Random) -> Iterator[Batch]:
    """In batches of ``QUESTIONS`` all that was ``written``, and of what was ``asked`` half as many.

    Where nothing was written it is all that was asked. Negatives and mistakes are others each time.
    """
    part = min(len(asked), len(written) // 2) if written else len(asked)
    order = [*written, *chance.sample(list(asked), part)]
    chance.shuffle(order)
    for begin in range(0, len(order), MEGABATCH * QUESTIONS):
        groups = [_group(asked, pairer, chance) for asked in order[begin : begin + MEGABATCH * QUESTIONS]]
        groups.sort(key=lambda pairs: max(len(pair.ids) for pair in pairs))
        batches = [groups[at : at + QUESTIONS] for at in range(0, len(groups), QUESTIONS)]
        chance.shuffle(batches)
        for batch in batches:
            yield pairer.batch([
                _Pair(p.ids, p.kinds, p.first, p.last, number if p.group == 0 else -1, p.truth, p.start, p.end)
                for number, pairs in enumerate(batch) for p in pairs
            ])  # fmt: skip


def _group(asked: Asked, pairer: Pairer, chance: random.Random) -> list[_Pair]:
    titled = chance.random() < 0.5
    question = mistyped(asked.question, chance) if chance.random() < 0.2 else asked.question
    hard, easy = list(asked.wrong[:8]), list(asked.wrong[8:])
    wrong = chance.sample(hard, min(3, len(hard))) + chance.sample(easy, min(1, len(easy)))
    pairs = [pairer.pair(question, text, 0, titled) for text in (asked.right, *wrong)]
    if asked.cropped and chance.random() < 0.4:
        pairs.append(pairer.pair(question, chance.choice(asked.cropped), -1, titled))
    if asked.swapped and chance.random() < 0.5:
        right = Text(asked.right.title, asked.right.text)
        pairs.append(pairer.pair(chance.choice(asked.swapped), right, -1, titled))
    return pairs


def mistyped(question: str, chance: random.Random) -> str:
    """The question as people type: without accents, in capitals, with a slip of the finger, or as key words."""
    way = chance.randrange(6)
    if way == 0:
        return "".join(c for c in unicodedata.normalize("NFD", question) if not unicodedata.combining(c))
    if way == 1:
        return question.lower().rstrip(" ?")
    if way == 2:
        return question.upper()
    if way == 3:
        words = [word for word in question.split() if stems(word, "fr")]
        return " ".join(words) or question
    letters = list(question)
    for _ in range(1 + way - 4):
        place = chance.randrange(max(len(letters) - 1, 1))
        slip = chance.randrange(3)
        if slip == 0:
            letters[place : place + 2] = reversed(letters[place : place + 2])
        elif slip == 1:
            del letters[place]
        else:
            letters.insert(place, letters[place])
    return "".join(letters)
