"""Options that several commands share, and what is made of them."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.answer import Assistant
    from rag.hits import Filters
    from rag.meter import Meter


class UsageError(Exception):
    """What was typed cannot be done; the message is one sentence with the way out. Exit code 2."""


def json_option(command: argparse.ArgumentParser) -> None:
    """Declare ``--json``."""
    command.add_argument("--json", action="store_true", help="print JSON")


def filter_options(command: argparse.ArgumentParser) -> None:
    """Declare the filters by period and publication."""
    command.add_argument("--since", type=day, metavar="DATE", help="articles of this day or later (YYYY[-MM[-DD]])")
    command.add_argument("--until", type=last_day, metavar="DATE", help="articles of this day or earlier")
    command.add_argument("--publication", metavar="NAME", help="articles of this publication")


def filters(options: argparse.Namespace) -> Filters:
    """The filters that were asked for."""
    from rag.hits import Filters

    return Filters(options.since, options.until, options.publication)


def count(text: str) -> int:
    """A number from 1 to 1000, as an argument."""
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 to 1000")
    return int(text)


def day(text: str, last: bool = False) -> date:
    """A day, as an argument; of a month or a year its first, or its ``last``."""
    parts = text.split("-")
    try:
        year, month, number = (
            int(part) for part in (*parts, *(["12", "31"] if last else ["1", "1"])[len(parts) - 1 :])
        )
        if last and len(parts) < 3:
            import calendar

            number = calendar.monthrange(year, month)[1]
        return date(year, month, number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date like 2013-02-06, 2013-02 or 2013") from None


def last_day(text: str) -> date:
    """The last day of a month or a year, as an argument."""
    return day(text, last=True)


def assistant_of(
    options: argparse.Namespace, model: bool, empty: bool = False, meter: Meter | None = None
) -> Assistant:
    """The assistant that the settings describe; an index without articles is an error unless ``empty``."""
    from rag.meter import QUIET
    from rag.opening import open_assistant
    from rag.settings import load_settings

    return open_assistant(load_settings(options.index), model, empty, meter or QUIET)
