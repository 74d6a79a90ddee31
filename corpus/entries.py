"""What files of many articles share: a name for each entry that stays the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from corpus.draft import Draft

MOST = 5_000
"""Entries of one file, empty ones too: more are a folder's worth, and each takes a millisecond or more."""


class TooManyEntries(ValueError):
    """A file holds more than ``MOST`` entries."""


def named(drafts: Iterable[tuple[str, Draft]]) -> list[Draft]:
    """Return the drafts that have text, each with the name of its entry; of the same entry, the first.

    A draft comes with what identifies its entry in the file (a guid, a message's id). Raises TooManyEntries.
    """
    found: dict[str, Draft] = {}
    for count, (identity, draft) in enumerate(drafts, 1):
        if count > MOST:
            raise TooManyEntries
        if not any(char.isalnum() for char in draft.text):
            continue
        name = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        found.setdefault(name, replace(draft, entry=name))
    return list(found.values())
