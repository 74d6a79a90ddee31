"""A draft's lines → the article: furniture out, title first, headings marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from corpus.article import Article, Span
from corpus.bylines import signature
from corpus.clean import clean_characters, furniture, is_item, is_prose, prose_bounds
from corpus.draft import Draft, UnreadableArticle, printable
from corpus.furniture import fold
from corpus.metadata import find_facts, find_language
from corpus.names import people
from corpus.titles import before_title, find_title, sentence_case, tidy_title, title_from_file

_LONGEST_HEADING = 120
_MOST_WORDS = 16
_MOST_WORDS_ASKED = 12


def assemble(path: Path, draft: Draft, lines: Sequence[str], repeated: frozenset[str]) -> Article:
    """Return the article that ``lines`` (those of the draft, with clean characters) hold.

    Raises UnreadableArticle if nothing is left.
    """
    stated = " ".join(clean_characters(draft.fields.get("title", "")).split())
    dropped = furniture(lines, repeated) - _stated_lines(lines, stated)
    bounds = prose_bounds(lines, dropped)
    place = _stated_place(lines, stated, bounds[0]) if stated else find_title(lines, dropped, bounds[0], repeated)
    if not stated and place is None:
        stated = _hinted_title(draft.hints.get("title", ""))
    facts = find_facts(lines, bounds, place, draft.fields, draft.hints)
    kept = _kept(lines, dropped, place, bounds[0], repeated)
    body = "\n".join(lines[i] for i in kept)
    raw = stated or (lines[place] if place is not None else "")
    title = (
        sentence_case(tidy_title(raw, facts.publication) if not draft.fields.get("title") else raw, body) if raw else ""
    )
    same = {fold(raw), fold(title)} - {""}
    kept = [i for i in kept if not (i <= bounds[0] and len(lines[i]) <= 250 and fold(lines[i]) in same)]
    marked = frozenset(clean_characters(line) for line in draft.headings)
    text, headings = _join(title, [lines[i] for i in kept], marked)
    if not any(char.isalnum() for char in text[len(title) :]) and not any(char.isalnum() for char in title):
        raise UnreadableArticle(path, "has no text left once the page around it is removed: save the article's text.")
    return Article(
        id=printable(f"{path.stem}-{draft.entry}" if draft.entry else path.stem),
        title=title or title_from_file(path, text),
        text=text,
        author=facts.author,
        publication=facts.publication,
        date=facts.date,
        language=find_language(text, draft.fields.get("language")),
        source=printable(draft.fields.get("source") or path.name),
        headings=headings,
        entry=draft.entry,
    )


def _stated_lines(lines: Sequence[str], stated: str) -> set[int]:
    """Return the lines that are the title although they look like furniture ("Newsletter")."""
    return {i for i, line in enumerate(lines[:10]) if stated and fold(line) == fold(stated)}


def _stated_place(lines: Sequence[str], stated: str, first: int) -> int | None:
    return next((i for i, line in enumerate(lines[: first + 1]) if line and fold(line) == fold(stated)), None)


def _hinted_title(hint: str) -> str:
    shown = " ".join(clean_characters(hint).split())
    unlike = re.search(
        r"\.(?:docx?|pdf|txt|indd|qxd|odt)\b|^(?:microsoft word|untitled|sans titre|document\d*$)", shown, re.I
    )
    return "" if unlike or len(shown) > 200 or len(shown.split()) < 2 else shown


def _kept(
    lines: Sequence[str], dropped: set[int], place: int | None, first: int, repeated: frozenset[str]
) -> list[int]:
    kept = [i for i, line in enumerate(lines) if line and i not in dropped and i != place]
    if place is None:
        return kept
    return [i for i in kept if i > place or not before_title(lines[i], lines[place], repeated)]


def _join(title: str, lines: Sequence[str], marked: frozenset[str]) -> tuple[str, tuple[Span, ...]]:
    """Return the text, paragraphs apart and items of a list together, and the spans of its headings."""
    parts, headings = [title], [Span(0, len(title))] if title else []
    length = len(title)
    for index, line in enumerate(lines):
        if length:
            parts.append("\n" if index and is_item(line) and is_item(lines[index - 1]) else "\n\n")
            length += len(parts[-1])
        if line in marked or (index + 1 < len(lines) and _is_heading(lines, index)):
            headings.append(Span(length, length + len(line)))
        parts.append(line)
        length += len(line)
    return "".join(parts), tuple(headings)


def _is_heading(lines: Sequence[str], index: int) -> bool:
    """Tell whether an unmarked line is a heading: short, no sentence, with prose or a heading right below."""
    line = lines[index]
    words = len(line.split())
    if len(line) > _LONGEST_HEADING or words > _MOST_WORDS or is_item(line) or line[0] in '*(«“"[—–':
        return False
    if line[-1] in ".,;:…»)" or re.search(r"[.!?…] \w", line) or not line[0].isalnum():
        return False
    if line[-1] in "?!" and words > _MOST_WORDS_ASKED:
        return False
    if people(line) and signature(line, frozenset()) and index > len(lines) - 4:
        return False
    return any(is_prose(other) for other in lines[index + 1 : index + 4])
