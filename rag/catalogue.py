"""Which passages a filter lets through, told without reading the articles again for every question."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.hits import Filters
from rag.words import fold

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of the articles, and the article (its place) of each passage ``keys`` (n,), rising."""

    dates: list[str]
    publications: list[str]
    authors: list[str]
    keys: Keys
    articles: NDArray[np.int32]

    def allowed(self, filters: Filters) -> Keys:
        """The keys of the passages that pass, rising. An article without a date passes no period."""
        since, until = (day.isoformat() if day else "" for day in (filters.since, filters.until))
        publication, author = (fold(value or "").strip() for value in (filters.publication, filters.author))
        passing = np.fromiter(
            (
                (not since or day >= since)
                and (not until or "" < day <= until)
                and publication in ("", published)
                and author in ("", wrote)
                for day, published, wrote in zip(self.dates, self.publications, self.authors, strict=True)
            ),
            bool,
            len(self.dates),
        )
        return self.keys[passing[self.articles]] if len(self.keys) else self.keys


def catalogue_of(connection: sqlite3.Connection) -> Catalogue:
    """The catalogue of the state that ``connection`` sees."""
    places: dict[str, int] = {}
    dates, publications, authors = [], [], []
    for name, day, publication, author in connection.execute("SELECT id, date, publication, author FROM articles"):
        places[name] = len(places)
        dates.append(day or "")
        publications.append(fold(publication or "").strip())
        authors.append(fold(author or "").strip())
    rows = ((key, places[article]) for key, article in connection.execute("SELECT key, article FROM passages"))
    pairs = np.fromiter(rows, np.dtype((np.int64, 2)))
    pairs = pairs[np.argsort(pairs[:, 0])]
    return Catalogue(dates, publications, authors, np.ascontiguousarray(pairs[:, 0]), pairs[:, 1].astype(np.int32))
