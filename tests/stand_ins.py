"""Fakes small enough to compute by hand."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from embeddings.encoder import Vectors
from rag.llm import ModelUnavailable
from rag.words import stems

SALON = """---
title: Un salon change de nom
author: Jeanne Martin
publication: La Gazette du Casque
date: 2012-04-10
language: fr
---
Le salon Téléphonia a été vendu au groupe Borealis en 2012. Borealis l'a rebaptisé Relation Totale.
Les exposants étaient 240 cette année-là.

## Ce que disent les visiteurs

Les visiteurs regrettent l'absence des prestataires. Aucun stand ne parlait de recrutement.
"""
PRICE = """---
title: La guerre des prix
publication: Le Journal des Plateaux
date: 2015-09-01
language: fr
---
Les donneurs d'ordres exigent des tarifs plus bas. Selon Paul Durand, le prix de l'heure est passé de 28 à 22 euros.
Les prestataires partent donc vers le Maroc et la Tunisie.
"""


class WordEncoder:
    """A vector of the stems a text holds: two texts are as alike as the words they share."""

    name = "words:1"
    dimension = 4096
    window = 512

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split()) + 2

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, dtype=np.float32)
        for stem in stems(text):
            vector[zlib.crc32(stem.encode()) % self.dimension] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class Replay:
    """A language model that says what it was given to say, a few letters at a time; an exception is raised."""

    name = "replay"
    doubted: float | None = None
    """What it tells of how near it was to finding nothing."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Sequence[dict[str, str]]] = []

    def stream(self, messages: Sequence[dict[str, str]], max_tokens: int) -> Iterator[str]:
        self.asked.append(messages)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            yield "Le début"
            raise answer
        for start in range(0, len(answer), 7):
            yield answer[start : start + 7]

    def doubt(self, messages: Sequence[dict[str, str]], sentence: str) -> float | None:
        return self.doubted

    def warm(self, messages: Sequence[dict[str, str]]) -> None:
        if not self.answers:
            raise ModelUnavailable("not loaded", "nothing to say")
