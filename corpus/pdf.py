"""A PDF with a text layer → its paragraphs."""

from __future__ import annotations

import logging
import re
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.draft import Draft, UnreadableArticle, printable

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 500
_LARGEST_STREAM = 10_000_000
"""Bytes of one decoded stream: text of a page takes some ten thousand."""
_LONGEST = 8.0
"""Seconds for a file."""
_LIMITS: dict[str, Any] = {
    f"{decoder}_maximum_output_length": _LARGEST_STREAM
    for decoder in ("zlib", "lzw", "run_length", "jbig2", "array_based_stream")
}
_FURNITURE_DEPTH = 2
"""Lines at the top and the foot of a page among which running titles are looked for."""


def read_pdf(path: Path) -> Draft:
    """Return the text of a PDF, lines joined into paragraphs, running titles and page numbers left out.

    Raises UnreadableArticle: protected, damaged, a scan without text, or too large.
    """
    from pypdf import PasswordType, PdfReader, apply_configuration
    from pypdf.errors import DependencyError, LimitReachedError

    # pypdf warns about every scar of a file; the user hears once whether it could be read.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with apply_configuration(**_LIMITS):
            reader = PdfReader(path)
            if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
                raise UnreadableArticle(path, "is protected by a password: save it without one and index that copy.")
            pages = _pages(path, reader)
            hints = _properties(reader)
    except (UnreadableArticle, MemoryError):
        raise
    except DependencyError as error:
        raise UnreadableArticle(path, "is encrypted: save it without protection and index that copy.") from error
    except LimitReachedError as error:
        raise UnreadableArticle(path, "unpacks to far more than an article holds: split it up.") from error
    except Exception as error:
        # pypdf raises whatever a damaged file makes its code raise, beside its own errors.
        why = f"is a damaged PDF ({printable(str(error))[:80] or type(error).__name__}): export it again."
        raise UnreadableArticle(path, why) from error
    if not any(page.strip() for page in pages):
        raise UnreadableArticle(path, "is a PDF without text, probably a scan: run it through OCR first.")
    return Draft("\n\n".join(_reflow(page) for page in _without_running_titles(pages)), hints=hints)


def _pages(path: Path, reader: PdfReader) -> list[str]:
    begun = time.monotonic()
    texts = []
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES or time.monotonic() - begun > _LONGEST:
            raise UnreadableArticle(path, f"is a PDF that takes too long to read (page {number}): split it up.")
        texts.append(page.extract_text())
    return texts


def _properties(reader: PdfReader) -> dict[str, str]:
    stated = reader.metadata
    if stated is None:
        return {}
    values = {"title": stated.title, "author": stated.author}
    return {name: value.strip() for name, value in values.items() if isinstance(value, str) and value.strip()}


def _without_running_titles(pages: list[str]) -> list[list[str]]:
    """Return each page's lines without those that stand at the edge of several pages, and page numbers."""
    split = [page.splitlines() for page in pages]
    edges = [set(map(_key, _edge(lines))) for lines in split]
    often = Counter(key for edge in edges for key in edge)
    running = {key for key, count in often.items() if count >= max(2, len(pages) / 2)} | {"#", "page #", "#/#", ""}
    cleaned = []
    for lines in split:
        edge = {id(line) for line in _edge(lines)}
        cleaned.append([line for line in lines if id(line) not in edge or _key(line) not in running])
    return cleaned


def _edge(lines: list[str]) -> list[str]:
    filled = [line for line in lines if line.strip()]
    return filled[:_FURNITURE_DEPTH] + filled[-_FURNITURE_DEPTH:]


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.lower().split()))


def _reflow(lines: list[str]) -> str:
    """Join the lines of a page into paragraphs: a line that ends a sentence short of the margin ends one."""
    lengths = [len(line) for line in lines if line.strip()]
    if not lengths:
        return ""
    margin = statistics.quantiles(lengths, n=10)[-1] if len(lengths) > 1 else lengths[0]
    text = ""
    for line in (line.strip() for line in lines):
        if not line:
            text = text.rstrip() + "\n\n"
        elif text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        elif not text or text.endswith("\n"):
            text += line
        else:
            text += " " + line
        # A heading or a last line is short; a line of running text reaches the margin.
        if line and len(line) < 0.75 * margin and (line[-1] in ".!?…»:" or len(line) < 0.5 * margin):
            text += "\n\n"
    return text
