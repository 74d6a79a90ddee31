"""Dates as French pages write them."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|"
    r"janv|f[ée]vr?|avr|juil|sept?|oct|nov|d[ée]c|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|jan|feb|mar|apr|jun|jul|aug)\b\.?"
)
_TIME = r"(?:,? ?(?:à|a|at|-|–)? ?\d{1,2} ?[:hH] ?\d{2}(?::\d{2})?)?"
DATE = re.compile(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}(?:T[\d:.+-]+Z?)?|\d{{1,2}}(?:er)? {_MONTHS},? \d{{4}}|"
    rf"{_MONTHS} \d{{1,2}},? \d{{4}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{2}}){_TIME}(?!\d)",
    re.IGNORECASE,
)
_WEEKDAY = r"\b(?:(?:le|du|on) )?(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)[ ,]+)?(?:le )?"
DATED = re.compile(rf"{_WEEKDAY}{DATE.pattern}", re.IGNORECASE)
"""A date with the words that lead to it."""
ONLY_DATE = re.compile(rf"{_WEEKDAY}{DATE.pattern}", re.IGNORECASE)
_EARLIEST = 1950


def find_date(text: str) -> date | None:
    """Return the first date written out in ``text`` (day, month and year), else None."""
    for found in DATE.finditer(text[:2000]):
        day = parse_date(found.group())
        if day:
            return day
    return None


def parse_date(text: str) -> date | None:
    """Return the day that ``text`` names (French or ISO; 06/02 is the sixth of February), else None."""
    stated = text.strip()
    try:
        day = date.fromisoformat(stated[:10])
    except ValueError:
        import dateparser

        found = dateparser.parse(
            stated, languages=["fr", "en"], settings={"DATE_ORDER": "DMY", "REQUIRE_PARTS": ["day", "month", "year"]}
        )
        if found is None:
            return None
        day = found.date()
    return day if _EARLIEST <= day.year <= date.today().year + 1 else None
