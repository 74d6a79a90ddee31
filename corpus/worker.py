"""The process in which files are parsed: ``python -m corpus.worker``, a JSON line in, a JSON line out.

What a hostile file can do ends here: its parent (``corpus.apart``) limits the time, this process its own memory. No
code travels between the two, only text.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.draft import Draft, UnreadableArticle

Message = dict[str, Any]


def main() -> None:
    """Answer requests until the parent closes its end. Arguments: bytes of memory in all, seconds for a request."""
    _limit(int(sys.argv[1]))
    seconds = float(sys.argv[2])
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    # A parser that prints must not be taken for a reply.
    os.dup2(2, 1)
    for line in requests:
        # The parent ends a reader that is late; this ends one whose parent is gone.
        signal.setitimer(signal.ITIMER_REAL, seconds + 5)
        try:
            reply = json.dumps(_answer(json.loads(line)))
        except MemoryError:
            reply = json.dumps({"why": "needs more memory to read than an article may: split it up."})
        replies.write(reply.encode("ascii") + b"\n")
        replies.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit(memory: int) -> None:
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        # Where the system knows no such limit, that of time is left.
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def _answer(request: Message) -> Message:
    path = Path(request["path"])
    work: dict[str, Callable[[Path, Message], Message]] = {"read": _read, "repeated": _repeated, "assemble": _assemble}
    try:
        return work[request["do"]](path, request)
    except UnreadableArticle as error:
        return {"why": error.why}
    except RecursionError:
        return {"why": "is nested too deeply: save its text only."}
    except MemoryError:
        raise
    except Exception as error:
        # Whatever a parser makes of a file, the other files are read.
        return {"why": f"cannot be read ({type(error).__name__}): save it again, or in another format."}


def _read(path: Path, _: Message) -> Message:
    """The file's drafts, with their lines and what stands at the edges of them."""
    from corpus.clean import edges_of
    from corpus.formats import read_drafts
    from corpus.read import lines_of

    found = []
    for draft in read_drafts(path):
        lines = lines_of(draft)
        found.append({**asdict(draft), "headings": sorted(draft.headings), "lines": lines, "edges": edges_of(lines)})
    return {"drafts": found}


_repeats: list[frozenset[str]] = [frozenset()]
"""The lines that several files share, as they were told last."""


def _repeated(_: Path, request: Message) -> Message:
    _repeats[0] = frozenset(request["lines"])
    return {}


def _assemble(path: Path, request: Message) -> Message:
    """The article of a draft that ``_read`` returned."""
    from corpus.assemble import assemble

    known = dict(request["draft"])
    lines = known.pop("lines")
    known.pop("edges")
    draft = Draft(**{**known, "headings": frozenset(known["headings"])})
    article = assemble(path, draft, lines, _repeats[0])
    day = article.date.isoformat() if article.date else None
    return {"article": {**asdict(article), "date": day}}


if __name__ == "__main__":
    main()
