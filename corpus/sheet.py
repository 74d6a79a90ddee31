"""An article's file as its author wrote it, with line numbers: what the checks of a corpus look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Span
from corpus.frontmatter import load_front_matter
from corpus.sentences import sentence_spans

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend (``level`` "error") or to look at ("warning") in line ``line`` (from 1) of ``path``."""

    level: str
    rule: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A Markdown article: its front matter as YAML reads it, and its ``body``, at offset ``begin`` of ``text``."""

    path: Path
    text: str
    fields: Mapping[str, object]
    begin: int

    @property
    def name(self) -> str:
        """The article's id."""
        return self.path.stem

    @property
    def body(self) -> str:
        """The text below the front matter."""
        return self.text[self.begin :]

    @property
    def opening(self) -> int:
        """The line, from 1, on which the text begins."""
        return self.line(len(self.body) - len(self.body.lstrip()))

    def line(self, offset: int) -> int:
        """The line, from 1, of an offset in the body."""
        return self.text.count("\n", 0, self.begin + offset) + 1

    def field_line(self, field: str) -> int:
        """The line, from 1, on which a field of the front matter stands; 1 if it is missing."""
        found = re.search(rf"^{re.escape(field)}\s*:", self.text[: self.begin], re.MULTILINE)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1

    def sources(self) -> list[Mapping[str, object]]:
        """The entries of ``sources`` that are names and values."""
        stated = self.fields.get("sources")
        return [entry for entry in stated if isinstance(entry, dict)] if isinstance(stated, list) else []

    def sentences(self) -> Iterator[Span]:
        """Where the sentences of the body's paragraphs and lists stand; headings are none."""
        language = str(self.fields.get("language", "fr"))
        for span in sentence_spans(self.body, language):
            start = self.body.rfind("\n", 0, span.start) + 1
            if not self.body.startswith("#", start):
                yield span

    def error(self, rule: str, line: int, message: str) -> Finding:
        """An error in this file."""
        return Finding("error", rule, str(self.path), line, message)

    def warning(self, rule: str, line: int, message: str) -> Finding:
        """A warning on this file."""
        return Finding("warning", rule, str(self.path), line, message)


def load_sheet(path: Path) -> Sheet:
    """Read one article's file.

    Raises ValueError if it is not UTF-8, or its front matter not YAML, and OSError.
    """
    text = path.read_text(encoding="utf-8")
    fields, body = load_front_matter(text)
    return Sheet(path, text, fields, len(text) - len(body))


def words(text: str) -> list[str]:
    """The words of ``text``: letters, with hyphens and apostrophes inside; figures are none."""
    return _WORD.findall(text)
