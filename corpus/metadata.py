"""Title, author, publication, date and language of an article, from where they stand."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from corpus.bylines import Byline, envoy, read_byline, signature
from corpus.dates import find_date, parse_date
from corpus.names import ordinary_case, publication, stated_author
from corpus.titles import site_after

if TYPE_CHECKING:
    from lingua import LanguageDetector

_COPYRIGHT = re.compile(
    r"(?:©|copyright|\(c\))\s*(?:copyright\s*)?(?:\d{4}(?:\s*[-–]\s*\d{4})?)?[\s,:-]*(?P<name>[^.,|\d–]{3,50})", re.I
)
_HEADER_LINES = 12
_FARTHEST = 60
_SHORT = 60
"""Letters below which the language is not guessed."""
_SAMPLE = 600
"""Characters that the language is guessed from."""
DEFAULT_LANGUAGE = "fr"
_LANGUAGES = ("FRENCH", "ENGLISH", "GERMAN", "SPANISH", "ITALIAN", "PORTUGUESE", "DUTCH", "ARABIC")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the lines around a text say about it."""

    author: str | None
    publication: str | None
    date: date | None


def find_facts(
    lines: Sequence[str],
    bounds: tuple[int, int],
    title: int | None,
    fields: Mapping[str, str],
    hints: Mapping[str, str],
) -> Facts:
    """Return author, publication and date.

    ``fields`` win, then by-lines above the text, then what the title's line adds, then lines below the text, then
    ``hints``. ``bounds`` are the indices of the first line of prose and one past the last. A date in the midst of
    the text is never taken for the article's.
    """
    first, end = bounds
    above = [found for line in lines[:first][:_FARTHEST] if line and (found := read_byline(line))]
    below = [found for line in lines[end:][-_FARTHEST:] if line and (found := read_byline(line)) and found.lead]
    title_line = lines[title] if title is not None else ""
    authors = [
        # What a person wrote in the front matter stands, "Rédaction X" too.
        stated_author(fields.get("author", "")) or " ".join(fields.get("author", "").split()),
        *(found.author for found in above),
        _envoy_name([title_line, *lines[: min(first + 1, _HEADER_LINES)]]),
        *(found.author for found in below),
        _signature(lines, end),
        stated_author(hints.get("author", "")) if " " in hints.get("author", "").strip() else None,
    ]
    publications = [
        fields.get("publication"),
        *(site_after(line, title_line) for line in lines[: min(first, _HEADER_LINES)]),
        _title_site(title_line),
        *(found.publication for found in above + below),
        *(publication(line) for line in lines[: min(first, _HEADER_LINES)] if line),
        _copyright(lines, end),
    ]
    dates = [
        parse_date(fields["date"]) if "date" in fields else None,
        *_days(above),
        *_days(below),
        find_date(title_line),
    ]
    return Facts(*(next(filter(None, found), None) for found in (authors, publications, dates)))  # type: ignore[arg-type]


def _title_site(title: str) -> str | None:
    parts = re.split(r"\s+[-–—|]\s+", title)
    return publication(parts[-1]) if len(parts) > 1 else None


def _days(bylines: Sequence[Byline]) -> list[date | None]:
    ordered = sorted(bylines, key=lambda found: (found.updated, not found.lead))
    return [found.day for found in ordered]


def _envoy_name(lines: Sequence[str]) -> str | None:
    return next((found[0] for line in lines if line and (found := envoy(line))), None)


def _signature(lines: Sequence[str], end: int) -> str | None:
    body = "\n".join(lines)
    vocabulary = frozenset(re.findall(r"(?<![^\W\d_])[^\W\d_A-ZÀ-Þ]{2,}", body[:200_000]))
    filled = [line for line in lines if line]
    signed = [
        name for line in filled[-20:] if line.lower().startswith("sign") and (name := signature(line, vocabulary))
    ]
    if signed:
        return signed[-1]
    # A signature follows the text at once; further down names belong to other articles.
    return next((name for line in [ln for ln in lines[end:] if ln][:2] if (name := signature(line, vocabulary))), None)


def _copyright(lines: Sequence[str], end: int) -> str | None:
    for line in reversed([line for line in lines[end:] if line]):
        found = _COPYRIGHT.match(line)
        name = re.split(r"\s+-\s+|tous droits", found["name"], flags=re.I)[0].strip(" -!|") if found else ""
        if name and len(name.split()) <= 5:
            return ordinary_case(name) if not name.isupper() else name
    return None


def find_language(text: str, stated: str | None) -> str:
    """Return the ISO 639-1 code of ``text``: the one stated, else a guess; short texts are French."""
    if stated and re.fullmatch(r"[A-Za-z]{2}(?:[-_].*)?", stated.strip()):
        return stated.strip()[:2].lower()
    if sum(map(str.isalpha, text[:_SAMPLE])) < _SHORT:
        return DEFAULT_LANGUAGE
    guess = _detector().detect_language_of(text[:_SAMPLE])
    return guess.iso_code_639_1.name.lower() if guess else DEFAULT_LANGUAGE


@functools.cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder

    # The languages of the trade press within reach; all 75 would take a gigabyte.
    languages = [getattr(Language, name) for name in _LANGUAGES]
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
