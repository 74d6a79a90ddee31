"""Reads files in processes of their own, with limits of time and memory, so that a hostile one costs only itself."""

from __future__ import annotations

import atexit
import json
import os
import queue
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from corpus.article import Article, Span
from corpus.clean import repeated_edges
from corpus.draft import UnreadableArticle

ALONE = 0.5
"""Seconds for which one process reads before others help: each takes about as long to start."""
MOST = 8
"""Processes that read at once; each may take as much memory as its limits say."""
_ROOT = Path(__file__).resolve().parents[1]
ReadDraft = dict[str, Any]
"""A ``corpus.draft.Draft`` as JSON, with its ``lines`` and what stands at their ``edges``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 30.0
    """Real time, of each of its two stages; the first file's includes some seconds of imports."""
    memory: int = 1 << 30
    """Bytes of address space of the whole process, parsers included."""


class _Died(Exception):
    """The process ended while it read a file; the message says why, as the end of a sentence."""


class Worker:
    """A process that reads files, started when needed and again when it died; safe to use from several threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._told: tuple[str, ...] | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def read_articles(self, files: Iterable[Path]) -> Iterator[tuple[Path, Article | UnreadableArticle]]:
        """Do as ``corpus.read.read_articles``; a file that breaks the limits or its reader is unreadable.

        What was read waits on disk for the last file, since lines that several files share are the site's: memory holds
        those lines, not the texts.
        """
        with tempfile.TemporaryFile() as waiting:
            repeated = tuple(sorted(repeated_edges(_noted(self._drafted(files), waiting))))
            waiting.seek(0)
            for line in waiting:
                name, draft = json.loads(line)
                path = Path(os.fsdecode(name.encode("latin-1")))
                why = draft.get("why")
                article = UnreadableArticle(path, why) if why else self.assemble(path, draft, repeated)
                if article is not None:
                    yield path, article

    def _drafted(self, files: Iterable[Path]) -> Iterator[tuple[Path, list[ReadDraft] | UnreadableArticle]]:
        """Each file with its drafts, in order; where that takes long, several processes read."""
        rest, started = iter(files), time.monotonic()
        for path in rest:
            yield path, self.read_drafts(path)
            if time.monotonic() - started > ALONE:
                break
        else:
            return
        workers = [self, *(Worker(self._limits) for _ in range(min(os.cpu_count() or 1, MOST) - 1))]
        free = queue.SimpleQueue[Worker]()
        for worker in workers:
            free.put(worker)

        def read(path: Path) -> list[ReadDraft] | UnreadableArticle:
            worker = free.get()
            try:
                return worker.read_drafts(path)
            finally:
                free.put(worker)

        reading = deque[tuple[Path, Future[list[ReadDraft] | UnreadableArticle]]]()
        with ThreadPoolExecutor(len(workers), "read") as pool:
            try:
                for path in rest:
                    reading.append((path, pool.submit(read, path)))
                    if len(reading) > 2 * len(workers):
                        first, drafts = reading.popleft()
                        yield first, drafts.result()
                for path, drafts in reading:
                    yield path, drafts.result()
            finally:
                pool.shutdown(cancel_futures=True)
                for worker in workers[1:]:
                    worker.close()
                    # What is registered is kept for good, and "--watch" comes here again and again.
                    atexit.unregister(worker.close)

    def read_drafts(self, path: Path) -> list[ReadDraft] | UnreadableArticle:
        """The first stage: the drafts of one file, each with the lines at its edges under ``edges``."""
        reply = self._ask(path, {"do": "read"})
        return reply if isinstance(reply, UnreadableArticle) else reply["drafts"]

    def assemble(self, path: Path, draft: ReadDraft, repeated: tuple[str, ...]) -> Article | UnreadableArticle | None:
        """The second: a draft's article, without the lines that stand at the edges of several; None to pass over.

        What is passed over is an entry of which nothing is left. The process is told ``repeated`` once as long as it
        is the same object.
        """
        reply = self._ask(path, {"do": "assemble", "draft": draft}, repeated)
        if isinstance(reply, UnreadableArticle):
            return None if draft["entry"] else reply
        return _article(reply["article"])

    def close(self) -> None:
        """End the process, if there is one of this process's own."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _ask(
        self, path: Path, request: dict[str, Any], repeated: tuple[str, ...] | None = None
    ) -> Any | UnreadableArticle:  # noqa: ANN401 - what JSON holds
        """The process's reply. It is told the ``repeated`` lines once, not with every request."""
        with self._lock:
            try:
                process = self._started()
                if repeated is not None and self._told is not repeated:
                    self._exchange(process, {"path": "", "do": "repeated", "lines": repeated})
                    self._told = repeated
                reply = self._exchange(process, {"path": str(path), **request})
            except _Died as reason:
                self.close()
                return UnreadableArticle(path, str(reason))
        return UnreadableArticle(path, reply["why"]) if "why" in reply else reply

    def _exchange(self, process: subprocess.Popen[bytes], request: dict[str, Any]) -> Any:  # noqa: ANN401
        if process.stdin is None or process.stdout is None:
            raise AssertionError("a process started with pipes has them")
        try:
            process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise _Died("could not be read (its reader ended): try again.") from None
        deadline = time.monotonic() + self._limits.seconds
        reply = bytearray()
        while not reply.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Died(f"takes more than {self._limits.seconds:g} s to read: split it up or save its text only.")
            part = os.read(process.stdout.fileno(), 1 << 20)
            if not part:
                raise _Died("makes its reader crash or take too much memory: save it again, or its text only.")
            reply += part
        return json.loads(reply)

    def _started(self) -> subprocess.Popen[bytes]:
        # A forked process must not speak through its parent's pipes.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.close()
            self._told = None
            paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                # -P: a folder of articles must not lend modules to its reader.
                [sys.executable, "-P", "-m", "corpus.worker", str(self._limits.memory), str(self._limits.seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
            self._owner = os.getpid()
        return self._process


def _noted(
    drafted: Iterable[tuple[Path, list[ReadDraft] | UnreadableArticle]], waiting: IO[bytes]
) -> Iterator[list[str]]:
    """Write each file's path and drafts, or why it has none, to ``waiting``; yield the drafts' edges."""
    for path, found in drafted:
        name = os.fsencode(path).decode("latin-1")
        drafts: list[ReadDraft] = [{"why": found.why}] if isinstance(found, UnreadableArticle) else found
        for draft in drafts:
            waiting.write(json.dumps([name, draft]).encode("ascii") + b"\n")
            yield draft.get("edges", [])


_worker = Worker()


def kept_worker() -> Worker:
    """The process that is kept for the next batch."""
    return _worker


def read_articles_apart(files: Iterable[Path]) -> Iterator[tuple[Path, Article | UnreadableArticle]]:
    """Do as ``corpus.read.read_articles``, in a process that is kept for the next batch."""
    return _worker.read_articles(files)


def _article(known: dict[str, Any]) -> Article:
    headings = tuple(Span(**span) for span in known["headings"])
    day = date.fromisoformat(known["date"]) if known["date"] else None
    return Article(**{**known, "headings": headings, "date": day})
