"""Questions on how things stand today, asked of articles that were written before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from rag.about import day
from rag.hits import Hit
from rag.retrieve import Retrieval
from rag.texts import DATED, say
from rag.words import fold

NEW = timedelta(days=30)
"""An article that old still tells of today."""
_NOW = re.compile(
    r"\b(aujourd'hui|en ce moment|actuellement|a l'heure actuelle|de nos jours|today|currently|right now|nowadays"
    r"|at the moment|hoy|actualmente|ahora)\b"
)


def dated(retrieval: Retrieval, cited: Sequence[Hit], today: date) -> list[str]:
    """Of what day the latest cited article is, where the question asks how things stand and that day is long past."""
    if not _NOW.search(fold(retrieval.search_question.replace("’", "'"))):
        return []
    latest = max((hit.date for hit in cited if hit.date), default=None)
    if latest is None or today - latest < NEW:
        return []
    return [say(DATED, retrieval.language, day=day(latest, retrieval.language))]
