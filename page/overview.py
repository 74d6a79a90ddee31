"""What the articles are about, in numbers: years, publications, authors, topics."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from corpus.article import Article
from rag.store import ArticleRow
from rag.words import fold, stems

TOPICS = 24
READ_FOR_TOPICS = 400
"""Articles whose text is looked into for topics: more would not change them, only take longer."""

_BEFORE_A_NOUN = re.compile(
    r"(?<!\w)(?:[ld]['’]|(?:le|la|les|une?|des?|du|aux?|cet?|cette|ces|son|sa|ses|leurs?|the|an?|of|this|these|its|their"
    r"|el|los|las|una|del|al|sus?)\s)$"
)
NOUN_SHARE = 0.4
"""Least share of a word's places in the texts that follow an article or the like, for it to be a noun: a heading's verb
("naissent", "permet") is no topic."""

_WORD = re.compile(r"[^\W\d_]{4,}(?:-[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the articles; ``years`` has every year from the first to the last, also those without any."""

    articles: int
    passages: int
    years: tuple[tuple[int, int], ...]
    undated: int
    publications: tuple[tuple[str, int], ...]
    authors: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    topics: tuple[tuple[str, int], ...]


def survey(rows: Sequence[ArticleRow], article: Callable[[str], Article]) -> Overview:
    """Count ``rows``; topics are looked for in their texts."""
    return Overview(
        len(rows),
        sum(row.passages for row in rows),
        years(rows),
        sum(row.date is None for row in rows),
        _ranked(row.publication for row in rows),
        _ranked(row.author for row in rows),
        _ranked(row.language for row in rows),
        topics([article(row.id) for row in rows[:READ_FOR_TOPICS]]),
    )


def years(rows: Sequence[ArticleRow]) -> tuple[tuple[int, int], ...]:
    """How many articles of each year there are, from the first year to the last."""
    counted = Counter(row.date.year for row in rows if row.date)
    return tuple((year, counted[year]) for year in range(min(counted), max(counted) + 1)) if counted else ()


def topics(articles: Sequence[Article]) -> tuple[tuple[str, int], ...]:
    """The words of titles and headings that most articles share, each as most often written, with their number.

    Ranked by how many articles name the word in a title or heading, weighted by how few hold it anywhere: what
    every text says is no topic.
    """
    written: dict[str, Counter[str]] = {}
    named = Counter(stem for article in articles for stem in _named(article, written))
    holding = Counter(stem for article in articles for stem in set(stems(article.text, article.language)))
    scores = {
        stem: number * math.log(1 + len(articles) / holding[stem])
        for stem, number in named.items()
        if number > 1 and holding[stem]
    }
    ranked = sorted(scores, key=lambda stem: (-scores[stem], stem))
    words = ((written[stem].most_common(1)[0][0], holding[stem]) for stem in ranked)
    text = "\n".join(article.text for article in articles).lower()
    return tuple(islice((topic for topic in words if _is_noun(topic[0].lower(), text)), TOPICS))


def _is_noun(word: str, text: str) -> bool:
    starts = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    after = sum(bool(_BEFORE_A_NOUN.search(text[max(0, start - 8) : start])) for start in starts)
    return after >= NOUN_SHARE * len(starts)


def _named(article: Article, written: dict[str, Counter[str]]) -> set[str]:
    """The stems in title and headings; how they are written is counted in ``written``."""
    lines = [article.title, *(article.text[span.start : span.end] for span in article.headings)]
    found: set[str] = set()
    for line in lines:
        for first, word in enumerate(_WORD.findall(line)):
            stemmed = stems(word, article.language)
            if len(stemmed) == 1:
                found.add(stemmed[0])
                # A capital at the start of a line is no name, capitals further on are.
                plain = word if first or word[1:] != word[1:].lower() else word.lower()
                written.setdefault(stemmed[0], Counter())[plain] += 1
    return found


def _ranked(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    named: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for value in values:
        if value:
            key = fold(value).strip()
            named.setdefault(key, value)
            counted[key] += 1
    return tuple((named[key], number) for key, number in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
