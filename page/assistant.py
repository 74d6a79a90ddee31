"""What the page needs of an assistant, and one that opens while the page already shows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Protocol

from corpus.article import Article
from embeddings.encoder import Encoder
from rag.followup import Turn
from rag.hits import Filters
from rag.result import Event
from rag.store import ArticleRow, Store

log = logging.getLogger(__name__)

NO_FILTERS = Filters()


class Assistant(Protocol):
    """What the page asks of ``rag.answer.Assistant``; called from several threads."""

    @property
    def store(self) -> Store:
        """Where the articles are, and what readers leave beside them."""

    @property
    def encoder(self) -> Encoder:
        """What embeds articles that are added."""

    def describe(self) -> Mapping[str, Any]:
        """Name the models that answer."""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        use_model: bool = True,
    ) -> Iterator[Event]:
        """Answer: one ``Found``, any number of ``Draft``, one ``Finished``."""

    def articles(self) -> Sequence[ArticleRow]:
        """List what is indexed."""

    def article(self, article: str) -> Article:
        """Give the article with that id."""

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""


class AssistantUnavailable(Exception):
    """The articles or the models could not be opened; the message is one sentence for the reader."""


class OpeningAssistant:
    """An assistant that opens in the background; every call waits until it is open.

    An opening that failed is tried again by the next call, so that mending it needs no restart.
    """

    def __init__(self, open_assistant: Callable[[], Assistant]) -> None:
        """Remember how to open it; ``start`` or the first call does."""
        self._open = open_assistant
        self._lock = Lock()
        self._assistant: Assistant | None = None

    def start(self) -> None:
        """Open and warm up the assistant in a thread of its own."""
        Thread(target=self._warm, name="open-assistant", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether it is open, so that a question does not wait for that."""
        return self._assistant is not None

    def _warm(self) -> None:
        with suppress(AssistantUnavailable):
            assistant = self.opened()
            try:
                assistant.warm()
            except Exception:
                # Whatever is wrong, the first question meets it and says so.
                log.exception("The assistant could not be warmed up")

    def opened(self) -> Assistant:
        """Wait for the open assistant; raises ``AssistantUnavailable`` when it cannot be opened."""
        with self._lock:
            if self._assistant is None:
                try:
                    self._assistant = self._open()
                except Exception as error:
                    log.exception("The assistant could not be opened")
                    raise AssistantUnavailable(_first_line(error)) from error
            return self._assistant

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        use_model: bool = True,
    ) -> Iterator[Event]:
        """Do as ``Assistant.stream``."""
        return self.opened().stream(question, history, filters, use_model)

    @property
    def store(self) -> Store:
        """Do as ``Assistant.store``."""
        return self.opened().store

    @property
    def encoder(self) -> Encoder:
        """Do as ``Assistant.encoder``."""
        return self.opened().encoder

    def describe(self) -> Mapping[str, Any]:
        """Do as ``Assistant.describe``."""
        return self.opened().describe()

    def articles(self) -> Sequence[ArticleRow]:
        """Do as ``Assistant.articles``."""
        return self.opened().articles()

    def article(self, article: str) -> Article:
        """Do as ``Assistant.article``."""
        return self.opened().article(article)

    def warm(self) -> None:
        """Do as ``Assistant.warm``."""
        self.opened().warm()


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
