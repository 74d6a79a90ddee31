"""One store → another, with everything in it; nothing is embedded again, and both are compared afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rag.build import Advance, untold
from rag.store import ArticleRow, IndexedPassage, Store, StoreDamaged, StoreError


@dataclass(frozen=True, slots=True)
class Moved:
    """What both stores hold alike: ``words`` are the different stems."""

    articles: int
    passages: int
    vectors: int
    words: int
    conversations: int
    judgements: int
    seconds: float


def migrate(
    source: Store,
    target: Store,
    name: str,
    progress: Callable[[int], Advance] = lambda articles: untold,
) -> Moved:
    """Copy all articles and notes from ``source`` into ``target``, called ``name`` in errors, and compare them.

    A copy that was interrupted is gone on with: articles that are in ``target`` as they are in ``source`` stay.
    Both stores are held against other writers meanwhile. Raises ``StoreError`` when ``target`` holds anything else,
    ``StoreLocked`` when somebody writes to either, ``StoreDamaged`` when they differ in the end. ``progress`` is told
    the number of articles to copy, and what it returns each one with its passages.
    """
    started = time.perf_counter()
    with source.writing(), target.writing():
        rows = source.articles()
        missing = _missing(rows, target, name)
        advance = progress(len(missing))
        for row in missing:
            target.put(source.article(row.id), row.path, row.digest, source.indexed(row.id))
            advance(1, row.passages)
        _move_notes(source, target)
    return _compared(source, target, name, started)


def _missing(rows: list[ArticleRow], target: Store, name: str) -> list[ArticleRow]:
    known = {row.id: row for row in rows}
    there = target.articles()
    other = next((row for row in there if known.get(row.id) != row), None)
    if other is not None:
        raise StoreError(
            f"The store {name} is not empty: it holds the article “{other.id}”, which is not one of those to be "
            "copied; name an empty store."
        )
    done = {row.id for row in there}
    return [row for row in rows if row.id not in done]


def _move_notes(source: Store, target: Store) -> None:
    target.notes.adopt(list(source.notes.conversations()))
    known = {feedback.token for feedback in target.notes.feedback()}
    # The latest comes first; what was judged at the same moment must stay in its order.
    for feedback in reversed(source.notes.feedback()):
        if feedback.token not in known:
            target.notes.judge(feedback)


def _compared(source: Store, target: Store, name: str, started: float) -> Moved:
    rows = source.articles()
    if target.articles() != rows:
        raise _different("The list of articles", name)
    vectors = 0
    for row in rows:
        if target.article(row.id) != source.article(row.id):
            raise _different(f"The text of the article “{row.id}”", name)
        ours, theirs = source.indexed(row.id), target.indexed(row.id)
        if len(ours) != len(theirs) or not all(_same(*pair) for pair in zip(ours, theirs, strict=True)):
            raise _different(f"A passage of the article “{row.id}”", name)
        vectors += sum(len(one.vectors) for one in ours)
    words = source.vocabulary()
    if target.vocabulary() != words:
        raise _different("The count of words", name)
    conversations = list(source.notes.conversations())
    feedback = source.notes.feedback()
    if list(target.notes.conversations()) != conversations or target.notes.feedback() != feedback:
        raise _different("What readers left", name)
    return Moved(
        len(rows), sum(row.passages for row in rows), vectors, sum(map(len, words.values())), len(conversations),
        len(feedback), round(time.perf_counter() - started, 3),
    )  # fmt: skip


def _same(one: IndexedPassage, other: IndexedPassage) -> bool:
    """Whether two stored passages are equal to the last bit."""
    plain = (one.passage, one.digests, one.words) == (other.passage, other.digests, other.words)
    return plain and one.vectors.tobytes() == other.vectors.tobytes()


def _different(what: str, name: str) -> StoreDamaged:
    return StoreDamaged(
        f"{what} is not the same in {name}: the copy is not to be trusted; copy again into an empty store."
    )
