"""Articles on their way into the library: read, corrected by whoever brings them, indexed in the background."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread

from corpus.apart import read_articles_apart
from corpus.article import Article, Span
from corpus.draft import UnreadableArticle
from page.assistant import Assistant, AssistantUnavailable
from page.chat import Refused
from page.texts import Texts
from rag import shelf
from rag.shelf import Removed
from rag.store import StoreError

log = logging.getLogger(__name__)

AT_ONCE = 10
"""Files taken at once: each is shown with fields of its own."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: its article, or a sentence about why it has none."""

    name: str
    article: Article | None
    error: str = ""


def read_files(files: Sequence[Path]) -> Iterator[Read]:
    """Read each file in a process of its own, which a hostile one can only take down with itself."""
    for file in files:
        for _, article in read_articles_apart([file]):
            if isinstance(article, UnreadableArticle):
                # The browser knows the file by its name, not by where the server keeps it.
                yield Read(file.name, None, str(article).replace(str(file), file.name))
            else:
                yield Read(file.name, article)


def corrected(article: Article, fields: Sequence[str | None], texts: Texts) -> Article:
    """Take what somebody says of an article: title, author, publication, date ("2013-02-06", or blank).

    Raises ``Refused`` when the title is blank or the date is none.
    """
    title, author, publication, day = (" ".join((field or "").split()) for field in fields)
    if not title:
        raise Refused(texts.title_needed)
    try:
        when = date.fromisoformat(day) if day else None
    except ValueError:
        raise Refused(texts.bad_date.format(date=day)) from None
    return replace(_retitled(article, title), author=author or None, publication=publication or None, date=when)


def _retitled(article: Article, title: str) -> Article:
    if not article.titled:
        return replace(article, title=title)
    moved = len(title) - len(article.title)
    headings = tuple(Span(span.start + moved if span.start else 0, span.end + moved) for span in article.headings)
    return replace(article, title=title, text=title + article.text[len(article.title) :], headings=headings)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the indexing is: how many wait, what was added, what failed and why."""

    waiting: int = 0
    added: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Batch:
    """Articles handed over together by one person, and what became of them."""

    total: int
    added: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def progress(self) -> Progress:
        """How far it is."""
        added, failed = tuple(self.added), tuple(self.failed)
        return Progress(self.total - len(added) - len(failed), added, failed)


class Adder:
    """Indexes what it is given, one article after the other, in a thread that starts with the first."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._jobs: SimpleQueue[tuple[Batch, Article, str]] = SimpleQueue()
        self._lock = Lock()
        self._running = False

    def submit(self, articles: Iterable[tuple[Article, str]]) -> Batch:
        """Have articles indexed, each with its file's name."""
        jobs = list(articles)
        batch = Batch(len(jobs))
        for article, name in jobs:
            self._jobs.put((batch, article, name))
        with self._lock:
            if not self._running:
                Thread(target=self._work, name="add-articles", daemon=True).start()
                self._running = True
        return batch

    def _work(self) -> None:
        while True:
            batch, article, name = self._jobs.get()
            try:
                shelf.add(self.assistant.store, self.assistant.encoder, article, name)
            except (StoreError, AssistantUnavailable) as error:
                batch.failed.append((name, str(error)))
            except Exception as error:
                log.exception("An article could not be added")
                batch.failed.append((name, type(error).__name__))
            else:
                batch.added.append(article.title)

    def remove(self, article: str) -> Removed:
        """Take an article out of the library. Raises ``StoreError``."""
        return shelf.remove(self.assistant.store, article)

    def restore(self, removed: Removed) -> None:
        """Put it back. Raises ``StoreError``."""
        shelf.restore(self.assistant.store, self.assistant.encoder, removed)
