"""Whether an article's front matter is complete: who wrote it, when, on what, from which sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from corpus.sheet import Finding, Sheet

_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")
_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+\S*")
_EARLIEST_YEAR = 1800


def check_front(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is missing or wrong in the front matter; warnings for sources that cannot be looked up."""
    for field in ("title", "author", "publication"):
        if not _is_text(sheet.fields.get(field)):
            yield sheet.error("front matter", sheet.field_line(field), f"has no {field}: state it as “{field}: …”.")
    yield from _dates(sheet)
    if not re.fullmatch(r"[a-z]{2}", str(sheet.fields.get("language", ""))):
        yield sheet.error("front matter", sheet.field_line("language"), "has no language: state it as “language: fr”.")
    topics = sheet.fields.get("topics")
    if not isinstance(topics, list) or not topics:
        yield sheet.error("front matter", sheet.field_line("topics"), "has no topics: state some as “topics: [a, b]”.")
    else:
        for topic in topics:
            if not _is_text(topic):
                message = f"has a topic that is no text ({topic}): put it in quotation marks."
                yield sheet.error("front matter", sheet.field_line("topics"), message)
    yield from _sources(sheet)


def _dates(sheet: Sheet) -> Iterator[Finding]:
    day = sheet.fields.get("date")
    line = sheet.field_line("date")
    if not isinstance(day, date):
        yield sheet.error("date", line, "has no valid date: state it as “date: 2026-11-21”.")
    elif day > date.today():
        yield sheet.error("date", line, f"is dated {day}, which is still to come: correct the date.")


def _sources(sheet: Sheet) -> Iterator[Finding]:
    stated, line = sheet.fields.get("sources"), sheet.field_line("sources")
    if not isinstance(stated, list) or not stated:
        yield sheet.error("sources", line, "names no source: list them under “sources:”, each with a title.")
        return
    for number, source in enumerate(stated, 1):
        if not isinstance(source, dict) or not _is_text(source.get("title")):
            yield sheet.error("sources", line, f"source {number} has no title: state it as “- title: …”.")
            continue
        if "date" in source and not _is_day(source["date"]):
            shown = source["date"]
            message = f"source {number} has the date “{shown}”: write YYYY-MM-DD, YYYY-MM or YYYY, or leave it out."
            yield sheet.error("date", line, message)
        address = source.get("address")
        if address is not None and not _ADDRESS.fullmatch(str(address)):
            yield sheet.error("sources", line, f"source {number} has no web address in “{address}”: write https://….")
        if address is None and not _is_text(source.get("command")):
            yield sheet.warning("sources", line, f"source {number} cannot be looked up: it has no address.")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_day(value: object) -> bool:
    today = date.today()
    if isinstance(value, date):
        return value.isoformat() <= today.isoformat()
    if isinstance(value, int):
        return _EARLIEST_YEAR <= value <= today.year
    return isinstance(value, str) and bool(_MONTH.fullmatch(value)) and value <= f"{today:%Y-%m}"
