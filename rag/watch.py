"""Follows folders: calls back when an article in them changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from corpus.formats import SUFFIXES

PATIENCE = 2000
"""Milliseconds between two looks at what is still to be done."""


def follow(paths: Sequence[Path], update: Callable[[], bool], stop: Event | None = None) -> None:
    """Call ``update`` once at the start and after every change of an article under ``paths``, until ``stop`` is set.

    Changes that come together count as one. Where ``update`` returns False it is called again soon after. Raises
    KeyboardInterrupt on Ctrl-C and OSError when the system cannot follow so many folders.
    """
    from watchfiles import watch

    roots = [path.resolve() for path in paths]
    # A file is followed through its folder: editors put a new file in the place of the old one.
    folders = {root if root.is_dir() else root.parent for root in roots}
    # What changed between the first indexing and the start of the watch is caught up with at once.
    pending = True
    for changes in watch(
        *sorted(folders),
        watch_filter=lambda _, path: _concerns(Path(path), roots),
        stop_event=stop,
        rust_timeout=PATIENCE,
        yield_on_timeout=True,
    ):
        if changes or pending:
            pending = not update()


def _concerns(path: Path, roots: Sequence[Path]) -> bool:
    """Whether a change of ``path`` may change the articles: one of their files, or a folder, or what was either."""
    root = next((root for root in roots if path.is_relative_to(root)), None)
    if root is None or any(part.startswith(".") for part in path.relative_to(root).parts):
        return False
    return path in roots or path.suffix.lower() in SUFFIXES or not path.is_file()
