"""Scraped text → the lines of the article: characters, line ends, furniture."""

from __future__ import annotations

import html
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from corpus.bylines import read_byline
from corpus.dates import ONLY_DATE
from corpus.furniture import (
    ANYWHERE,
    AT_THE_EDGES,
    COMMENT_SIGN,
    COMMENTS,
    LONGEST,
    RELATED,
    SHORTCODE,
    fold,
    is_caption,
)

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U0010ffff\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_ITEM = re.compile(r"\s*(?:[•·∙◦▪►*✓✔–—-]\s|\d{1,2}[.)]\s)")
_NOTE = re.compile(r"\s*(?:\*|\(\d{1,2}\)|\[\d{1,2}\]|[¹²³]|\d{1,2}[.)] |source|nb\b|note\b|\(\*)", re.IGNORECASE)
_REPEATED = 3
"""Files in which a line at the edge must stand to be taken for the site's own."""
_EDGE_LINES = 25
_FARTHEST = 200
"""Lines from the edge: menus are shorter, and each line is tried against every pattern."""


def clean_characters(text: str) -> str:
    """Return ``text`` in NFC with plain line ends, without characters that cannot be seen, spaces collapsed.

    Removed: controls, bidirectional overrides, zero-width and tag characters, private and unassigned planes.
    A run of spaces becomes one: the no-break space if there is one in it, since French sets it before ; : ! ?
    """
    text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    text = _BREAKS.sub("\n", text).replace("\u2029", "\n\n")
    text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", _INVISIBLE.sub("", text)))
    text = _SPACES.sub(_one_space, SHORTCODE.sub(" ", text))
    return "\n".join(line.strip() for line in text.split("\n")).strip("\n")


def _one_space(found: re.Match[str]) -> str:
    run = found.group()
    return next((char for char in run if char in "\u00a0\u202f"), " ")


def text_lines(text: str) -> list[str]:
    """Return the lines of clean ``text``, "" between paragraphs; hard-wrapped paragraphs are joined again."""
    lines = text.split("\n")
    if not _is_wrapped(lines):
        return lines
    paragraphs: list[list[str]] = []
    for line in lines:
        # A line that stops short of the margin ends its paragraph.
        goes_on = paragraphs and len(paragraphs[-1][-1]) >= 40 and line and not _ITEM.match(line)
        if goes_on:
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [" ".join(paragraph) for paragraph in paragraphs]


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Tell whether lines break where a margin was: alike in length, and in the middle of sentences."""
    inner = [line for line, after in zip(lines, lines[1:], strict=False) if line and after]
    if len(inner) < 4 or not 40 <= statistics.median(map(len, inner)) <= 100:
        return False
    broken = sum(1 for line in inner if line[-1] not in ".!?…:»;")
    return broken >= 0.6 * len(inner) and max(map(len, inner)) <= 120


def is_item(line: str) -> bool:
    """Tell whether ``line`` is an item of a list."""
    return _ITEM.match(line) is not None


def is_prose(line: str, least: int = 20) -> bool:
    """Tell whether ``line`` is running text: ``least`` words with a full stop, or twice as many."""
    words = len(line.split())
    if words < least:
        return False
    return words >= 2 * least or line[-1] in '.!?…:»”)"'


def prose_bounds(lines: Sequence[str], dropped: Iterable[int] = ()) -> tuple[int, int]:
    """Return the index of the first line of prose and one past the last.

    Without prose of 20 words, sentences of 8 count; without those either, nothing lies between the edges.
    """
    out = set(dropped)
    for least in (20, 8):
        prose = [i for i, line in enumerate(lines) if i not in out and is_prose(line, least)]
        if prose:
            return prose[0], prose[-1] + 1
    return len(lines), 0


def repeated_lines(documents: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return the folded short lines that stand at the edges of three documents or more: the sites' own."""
    return repeated_edges(map(edges_of, documents))


def edges_of(lines: Sequence[str]) -> list[str]:
    """Return the folded short lines at the edges of one document, each once."""
    first, end = prose_bounds(lines)
    edges = set(lines[:first][:_EDGE_LINES]) | set(lines[end:][-_EDGE_LINES:])
    return sorted({shape(line) for line in edges if line and len(line) <= 120})


def repeated_edges(documents: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return what stands at the edges, as ``edges_of`` gives them, of three documents or more."""
    counts = Counter(line for edges in documents for line in edges)
    return frozenset(line for line, count in counts.items() if count >= _REPEATED and line)


def shape(line: str) -> str:
    """Return ``line`` folded, figures made alike: what repeats from page to page."""
    return re.sub(r"\d+", "0", fold(line))


def furniture(lines: Sequence[str], repeated: frozenset[str] = frozenset()) -> set[int]:
    """Return the indices of the lines that are not the article's: the page's furniture, by-lines included."""
    folded = [fold(line) if 0 < len(line) <= LONGEST else "" for line in lines]
    dropped = {i for i, line in enumerate(folded) if line and ANYWHERE.fullmatch(line)}
    dropped |= _captions(lines)
    dropped |= _comments(lines, folded, dropped)
    first, end = prose_bounds(lines, dropped)
    edges = [i for i in range(len(lines)) if (i < first or i >= end) and lines[i]]
    if len(edges) > 2 * _FARTHEST:
        edges = edges[:_FARTHEST] + edges[-_FARTHEST:]
    dropped |= {i for i in edges if folded[i] and AT_THE_EDGES.fullmatch(folded[i])}
    dropped |= {i for i in edges if _is_repeated(lines[i], repeated)}
    dropped |= {i for i in edges if _is_byline(lines[i], head=i < first)}
    dropped |= _related(lines, folded, end)
    dropped |= _menus(lines, dropped, edges)
    return dropped | _between(lines, dropped, end)


def _captions(lines: Sequence[str]) -> set[int]:
    shapes = Counter(re.sub(r"\d+", "#", line) for line in lines if 0 < len(line) <= 90)
    often = frozenset(line for line, count in shapes.items() if count > 1)
    filled = [i for i, line in enumerate(lines) if line]
    return {i for i in filled[1:] if len(lines[i]) <= 90 and is_caption(lines[i], often)}


def _comments(lines: Sequence[str], folded: Sequence[str], dropped: set[int]) -> set[int]:
    """Return everything from the heading of the readers' comments on, if that is what follows it."""
    first, end = prose_bounds(lines, dropped)
    for i, line in enumerate(folded):
        if i <= first or not line or not COMMENTS.fullmatch(line):
            continue
        after = [folded[j] for j in range(i + 1, len(lines)) if lines[j]]
        signs = any(COMMENT_SIGN.fullmatch(other) for other in after[:8] if other)
        if i >= end or signs:
            return set(range(i, len(lines)))
    return set()


def _is_repeated(line: str, repeated: frozenset[str]) -> bool:
    # A sentence may well stand in many articles; a menu's item has no full stop.
    return len(line) <= 120 and line[-1] not in ".?!…»" and shape(line) in repeated


def _is_byline(line: str, *, head: bool) -> bool:
    found = read_byline(line)
    if found is None:
        return False
    return head or (found.lead and (found.day is not None or found.author is None))


def _related(lines: Sequence[str], folded: Sequence[str], end: int) -> set[int]:
    """Return the headings of lists of other articles, with the titles right below them."""
    found: set[int] = set()
    for i, line in enumerate(folded):
        if not line or i in found or not RELATED.fullmatch(line):
            continue
        found.add(i)
        tail = i >= end
        for j in range(i + 1, len(lines)):
            short = len(lines[j]) <= 160 and (not lines[j] or lines[j][-1] not in ".!…" or tail and len(lines[j]) < 60)
            if not short or _NOTE.match(lines[j]) or is_prose(lines[j]) or (not tail and not lines[j]):
                break
            found.add(j)
    return found


def _menus(lines: Sequence[str], dropped: set[int], edges: Sequence[int]) -> set[int]:
    """Return runs of four short lines or more, one of them known furniture, at the edges."""
    found: set[int] = set()
    run: list[int] = []
    for i in [*edges, -1]:
        if i >= 0 and len(lines[i].split()) <= 4 and lines[i][-1] not in ".!?…" and (not run or i == run[-1] + 1):
            run.append(i)
            continue
        if len(run) >= 4 and any(j in dropped for j in run):
            found |= set(run)
        run = [i] if i >= 0 and len(lines[i].split()) <= 4 else []
    return found


def _between(lines: Sequence[str], dropped: set[int], end: int) -> set[int]:
    """Return the short lines after the first furniture below the text, but for notes and signatures."""
    below = [i for i in range(end, len(lines)) if i in dropped and lines[i]] if end else []
    if not below:
        return set()
    return {
        i
        for i in range(below[0], len(lines))
        if lines[i]
        and i not in dropped
        and len(lines[i].split()) <= 12
        and lines[i][-1] not in ".!?…»)"
        and not _NOTE.match(lines[i])
        and not ONLY_DATE.fullmatch(lines[i])
        and not is_item(lines[i])
    }
