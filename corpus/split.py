"""Article → passages of whole sentences.

The best split is the one of least cost, found by dynamic programming. A passage costs the square of its distance
from the target size, relative to the target; ending inside a paragraph costs a little more, ending with a heading
far more. A passage over the limit is allowed only when it is one sentence, with the headings above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.article import Article, Passage, Span
from corpus.sentences import sentence_spans

VERSION = 1
"""Raise it when the passages of some article change: an index made by another splitter is refused by name."""
LARGEST = 400
"""Tokens: no passage has more, so that title and heading fit before it in a window of 512."""
_LONGEST_PIECE = 1600
"""Characters: more than this is cut before its tokens are counted, since tokenizers choke on endless words."""
_MOST_UNITS = 30
"""Sentences of a passage: bounds the work on a text of sentences of a word."""
_INSIDE_PARAGRAPH = 0.25
_AFTER_HEADING = 50.0
_BOUNDARIES = tuple(re.compile(pattern) for pattern in (r"[;:]\s", r"[,)–—]\s", r"\s"))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, a piece of one, or a heading: what is never broken."""

    span: Span
    tokens: int
    heading: bool
    ends_paragraph: bool


def split(
    article: Article, count_tokens: Callable[[str], int], target: int = 120, limit: int = 160
) -> tuple[Passage, ...]:
    """Return the passages of ``article``, in order: together they hold all of its text but white space.

    ``count_tokens`` gives the tokens of a text, special ones included. Passages have about ``target`` tokens and
    at most ``limit``; a longer sentence stands alone, and one longer than ``LARGEST`` is cut at a semicolon, a
    comma, a space, or anywhere. A heading stands with the text below it. An article without text has no passage.

    Raises ValueError unless ``0 < target <= limit <= LARGEST``.
    """
    if not 0 < target <= limit <= LARGEST:
        raise ValueError(f"passages of {target} tokens, at most {limit}: need 0 < target <= limit <= {LARGEST}")
    overhead = count_tokens("")
    units = list(_units(article, count_tokens, overhead))
    passages = []
    for number, group in enumerate(_group(units, target - overhead, limit - overhead, LARGEST - overhead)):
        start, end = group[0].span.start, group[-1].span.end
        passages.append(
            Passage(
                article=article.id,
                number=number,
                text=article.text[start:end],
                start=start,
                end=end,
                heading=_heading_above(article, group),
                sentences=tuple(unit.span for unit in group),
            )
        )
    return tuple(passages)


def _units(article: Article, count_tokens: Callable[[str], int], overhead: int) -> Iterator[_Unit]:
    headings = {span.start for span in article.headings}
    for line in re.finditer(r"[^\n]+", article.text):
        text, offset = line.group(), line.start()
        if not text.strip():
            continue
        first = offset + len(text) - len(text.lstrip())
        heading = first in headings
        spans = (
            (Span(first - offset, first - offset + len(text.strip())),)
            if heading
            else sentence_spans(text, article.language)
        )
        pieces = [
            (Span(offset + piece.start, offset + piece.end), tokens)
            for span in spans
            for piece, tokens in _pieces(text, span, count_tokens, overhead)
        ]
        last = len(pieces) - 1
        for index, (span, tokens) in enumerate(pieces):
            yield _Unit(span, tokens, heading, index == last)


def _pieces(text: str, span: Span, count_tokens: Callable[[str], int], overhead: int) -> Iterator[tuple[Span, int]]:
    """Yield ``span``, or parts of it small enough for a passage, each with its tokens."""
    waiting = [span]
    while waiting:
        piece = waiting.pop()
        length = piece.end - piece.start
        if length <= _LONGEST_PIECE:
            # One at least, so that nothing is free; a lone character is kept whatever it costs.
            tokens = max(1, count_tokens(text[piece.start : piece.end]) - overhead)
            if tokens + overhead <= LARGEST or length == 1:
                yield piece, tokens
                continue
        cut = _best_cut(text, piece, min(length // 2 + 1, _LONGEST_PIECE))
        waiting += [part for part in (_trim(text, cut, piece.end), _trim(text, piece.start, cut)) if part]


def _trim(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    if not part.strip():
        return None
    first = start + len(part) - len(part.lstrip())
    return Span(first, first + len(part.strip()))


def _best_cut(text: str, piece: Span, reach: int) -> int:
    """Return where to cut: the last of the best boundaries in the second half of ``reach`` characters."""
    low, high = piece.start + max(1, reach // 2), min(piece.start + reach, piece.end - 1)
    for boundary in _BOUNDARIES:
        cuts = [found.end() for found in boundary.finditer(text, low, high)]
        if cuts:
            return cuts[-1]
    return max(piece.start + 1, high)


def _group(units: list[_Unit], target: int, limit: int, largest: int) -> list[list[_Unit]]:
    """Return the partition of ``units`` of least cost. All sizes are without special tokens."""
    best = [0.0] + [float("inf")] * len(units)
    begin = [0] * (len(units) + 1)
    for start in range(len(units)):
        size, bodies = 0, 0
        for end in range(start + 1, min(start + _MOST_UNITS, len(units)) + 1):
            unit = units[end - 1]
            size += unit.tokens
            bodies += not unit.heading
            alone = end == start + 1
            if not alone and (size > largest or (size > limit and bodies > 1)):
                break
            cost = best[start] + ((size - target) / target) ** 2
            if end < len(units):
                cost += _AFTER_HEADING * unit.heading + _INSIDE_PARAGRAPH * (not unit.ends_paragraph)
            if cost < best[end]:
                best[end], begin[end] = cost, start
    groups = []
    end = len(units)
    while end:
        groups.append(units[begin[end] : end])
        end = begin[end]
    return groups[::-1]


def _heading_above(article: Article, group: list[_Unit]) -> str:
    """Return the heading that governs the passage's first sentence; the title is not one."""
    first = next((unit for unit in group if not unit.heading), group[-1])
    above = [span for span in article.headings if span.start <= first.span.start]
    if not above or (article.titled and above[-1].start == 0):
        return ""
    return article.text[above[-1].start : above[-1].end]
