"""Bars and columns as HTML: drawn by the page's own style sheet, read as lists by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from page.overview import Overview
from page.texts import Texts

BARS = 8
"""Longest list of bars; the rest is summed up in one."""


def overview_html(overview: Overview, texts: Texts) -> str:
    """Show the overview: a sentence of numbers, then years, publications, authors, topics."""
    if not overview.articles:
        return f'<p class="hint">{escape(texts.no_articles)}</p>'
    names = {"fr": texts.french, "en": texts.english, "es": texts.spanish}
    languages = ", ".join(f"{names.get(code, code)} {texts.number(number)}" for code, number in overview.languages)
    counts = texts.counts.format(
        articles=texts.number(overview.articles), passages=texts.number(overview.passages), languages=languages
    )
    undated = f'<p class="hint">{escape(texts.undated.format(count=overview.undated))}</p>' if overview.undated else ""
    plots = (
        _figure(texts.years, timeline(overview.years, texts) + undated if overview.years else undated),
        _figure(texts.publications, bars(overview.publications, texts)),
        _figure(texts.authors, bars(overview.authors, texts)),
        _figure(texts.topics, _topics(overview.topics, texts)),
    )
    return f"<p>{escape(counts)}</p><div class='plots'>{''.join(plots)}</div>"


def timeline(years: Sequence[tuple[int, int]], texts: Texts) -> str:
    """A column a year, each a button that chooses the year; the script knows what for by where it stands."""
    most = max((number for _, number in years), default=1)
    columns = "".join(
        f'<li><button type="button" class="year" data-year="{year}" '
        f'aria-label="{escape(texts.year_count.format(year=year, count=texts.number(number)))}"'
        f"{'' if number else ' disabled'}>"
        f'<span class="column" style="height:{number / most:.0%}"></span><span class="name">{year}</span></button></li>'
        for year, number in years
    )
    return f'<ul class="timeline">{columns}</ul>'


def bars(counts: Sequence[tuple[str, int]], texts: Texts) -> str:
    """A bar for each name, the longest first."""
    shown = list(counts[:BARS])
    rest = sum(number for _, number in counts[BARS:])
    if rest:
        shown.append((texts.others, rest))
    most = max((number for _, number in shown), default=1)
    items = "".join(
        f'<li><span class="name">{escape(name)}</span><span class="track"><span class="bar" '
        f'style="width:{number / most:.0%}"></span></span>'
        f'<span class="number">{escape(texts.number(number))}</span></li>'
        for name, number in shown
    )
    return f'<ul class="bars">{items}</ul>' if items else f'<p class="hint">{escape(texts.unknown)}</p>'


def _topics(topics: Sequence[tuple[str, int]], texts: Texts) -> str:
    items = "".join(
        f'<li><button type="button" class="ask-topic" '
        f'data-question="{escape(texts.suggestion.format(topic=name))}">{escape(name)} '
        f'<span class="number">{escape(texts.number(number))}</span></button></li>'
        for name, number in topics
    )
    return f'<ul class="topics">{items}</ul>' if items else f'<p class="hint">{escape(texts.unknown)}</p>'


def _figure(title: str, inner: str) -> str:
    return f'<section class="plot"><h3>{escape(title)}</h3>{inner}</section>' if inner else ""
