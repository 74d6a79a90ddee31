"""What an evaluation has answered so far, a line each, so that one that broke off can be gone on with."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class JournalError(Exception):
    """The journal of another run, or none that can be read; one sentence with the way out."""


def journal_of(out: str) -> Path:
    """Where the journal of a run stands whose figures go to ``out``."""
    path = Path(out)
    return path.with_name(f".{path.name}.part")


class Journal:
    """Answered questions in a file of JSON lines; the first tells which run they belong to. Threads may share it."""

    def __init__(self, path: Path, run: Entry, resume: bool) -> None:
        """Begin a new journal for ``run``, or go on with the one there is.

        Raises ``JournalError`` if that belongs to a run of other settings, or the file cannot be written.
        """
        self.path = path
        self.known: dict[str, Entry] = _read(path, run) if resume and path.exists() else {}
        self._lock = threading.Lock()
        # Anew even when going on: the last line of a run that was killed may be half a line.
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise JournalError(f"{path} cannot be written ({error.strerror}): choose another place for it.") from error
        self._write(run)
        for entry in self.known.values():
            self._write(entry)

    def add(self, entry: Entry) -> None:
        """Note an answered question; on disk before this returns."""
        with self._lock:
            self._write(entry)

    def close(self, done: bool) -> None:
        """End it; nothing is kept of a run that is ``done``."""
        self._file.close()
        if done:
            self.path.unlink(missing_ok=True)

    def _write(self, line: Entry) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _read(path: Path, run: Entry) -> dict[str, Entry]:
    """The questions that were answered without an error, by their ids."""
    lines: list[Entry] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                lines.append(json.loads(line))
            except ValueError:
                # A killed run leaves half a line.
                break
    if lines[:1] != [run]:
        raise JournalError(f"{path} is of a run with other questions or settings: leave out --resume to begin anew.")
    return {entry["id"]: entry for entry in lines[1:] if "error" not in entry}
