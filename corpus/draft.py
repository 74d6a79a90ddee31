"""What the readers hand to the cleaner: text as it stood in the file, and what its markup says about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class UnreadableArticle(Exception):
    """A file that cannot become an article; the message is one sentence that names it and the way out.

    ``why`` is the sentence without the name.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{printable(str(path))} {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's text before cleaning.

    ``fields`` (title, author, publication, date, language, source) were stated by front matter or by a web page
    about itself and win over anything found in the text; ``hints`` are the same from document properties, which
    are often stale, and serve where the text says nothing. ``headings`` are the lines that the markup calls so.
    ``entry`` names the draft among those of its file, "" where a file is one article.
    """

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()
    entry: str = ""


def printable(text: str) -> str:
    """Return ``text`` on one line, with a question mark for what a terminal could obey."""
    return "".join("?" if unicodedata.category(char)[0] == "C" else char for char in text)
