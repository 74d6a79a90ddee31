"""Kills an indexing at every write, flush, rename and deletion, and at random moments; fills the disk at every write.

``python -m benchmarks.resilience.kill`` prints a table and ends with 1 if anything was lost, half there or out of step.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.resilience.faults import Faults, Impossible, Kind
from benchmarks.resilience.material import TOPICS, SmallEncoder, found_passages, open_store, write_articles
from corpus.article import Article
from corpus.read import read_articles
from rag.build import index
from rag.errors import explain
from rag.store import StoreError

BEFORE, AFTER = TOPICS[:5], TOPICS[1:]
"""Topics indexed before and after: one goes, three come, of the others one changes."""
CHANGED = TOPICS[1]


class Place:
    """The folder of a run: articles before and after, the index of the first, a copy to break."""

    def __init__(self, folder: Path) -> None:
        self.articles, self.pristine, self.work = folder / "articles", folder / "pristine", folder / "work"
        self.texts: dict[str, set[str]] = {}


@dataclass(slots=True)
class Result:
    """Trials of one kind: how many, in how many the fault took effect, and what was broken."""

    trials: int = 0
    effective: int = 0
    broken: list[str] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    """Run all that is asked for; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="break off at every n-th step only")
    parser.add_argument("--random", type=int, default=200, help="how many random moments")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        try:
            results = _run(place, options.every, options.random)
        except Impossible as reason:
            print(json.dumps({"impossible": str(reason)}))
            return 1
    if options.json:
        print(json.dumps({name: asdict(result) for name, result in results.items()}, ensure_ascii=False))
    else:
        _print(results)
    return 1 if any(result.broken for result in results.values()) else 0


def _print(results: dict[str, Result]) -> None:
    print(describe("numpy", "faiss-cpu"))
    print(f"{'fault':<28}{'trials':>8}{'took effect':>13}{'broken':>8}")
    for name, result in results.items():
        print(f"{name:<28}{result.trials:>8}{result.effective:>13}{len(result.broken):>8}")
        for broken in result.broken[:5]:
            print(f"    {broken}")


def _run(place: Place, every: int, moments: int) -> dict[str, Result]:
    write_articles(place.articles, BEFORE, edition=1)
    _in_child(lambda: _index(place.pristine, place.articles))
    before = _in_child(lambda: _texts(place.pristine))
    (place.articles / f"{BEFORE[0]}.md").unlink()
    write_articles(place.articles, AFTER[-3:], edition=1)
    write_articles(place.articles, [CHANGED], edition=2)
    started = time.perf_counter()
    steps = int(json.loads(_attempt(place, "none", 0)[0][-1]))
    seconds = time.perf_counter() - started
    after = _in_child(lambda: _texts(place.work))
    for texts in (before, after):
        for name, text in texts.items():
            place.texts.setdefault(name, set()).add(text)
    results: dict[str, Result] = {}
    kinds: tuple[tuple[str, Kind], ...] = (
        ("SIGKILL after a step", "kill"), ("SIGKILL in half a write", "torn"), ("disk full from a write on", "full"),
    )  # fmt: skip
    for name, kind in kinds:
        trials = range(1, steps + 1, every)
        results[name] = _trials(place, after, [(kind, at, None) for at in trials])
    chance = random.Random(7)
    times: list[tuple[Kind, int, float | None]] = [("none", 0, chance.uniform(0, seconds)) for _ in range(moments)]
    results["SIGKILL at a random moment"] = _trials(place, after, times)
    return results


def _trials(place: Place, after: dict[str, str], faults: list[tuple[Kind, int, float | None]]) -> Result:
    result = Result()
    for kind, at, moment in faults:
        said, status = _attempt(place, kind, at, moment)
        took = os.WIFSIGNALED(status) or "refused" in said
        result.trials += 1
        result.effective += took
        told = f"{kind} at {at if moment is None else f'{moment:.3f} s'}"
        if kind == "full" and took and os.WEXITSTATUS(status) != 1:
            result.broken.append(f"{told}: ended with {status}")
        fault = _in_child(partial(_examine, place, said, after))
        if fault:
            result.broken.append(f"{told}: {fault}")
    return result


def _attempt(place: Place, kind: Kind, at: int, moment: float | None = None) -> tuple[list[str], int]:
    """Index in a child that meets a fault; what it said it had finished, and how it ended."""
    shutil.rmtree(place.work, ignore_errors=True)
    shutil.copytree(place.pristine, place.work)
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _write(place, Faults(kind, at), send)
    os.close(send)
    if moment is not None:
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(receive, "rb") as file:
        said = file.read().decode().splitlines()
    return said, os.waitpid(child, 0)[1]


def _write(place: Place, faults: Faults, send: int) -> None:
    """Be the child that indexes; says each finished article, and last how many steps it took. Does not return."""

    def say(words: str) -> None:
        os.write(send, f"{words}\n".encode())

    try:
        faults.install()
        store = open_store(place.work)
        put, remove = store.put, store.remove

        def put_and_say(article: Article, *rest: Any) -> None:  # noqa: ANN401
            put(article, *rest)
            say(f"put {article.id}")

        def remove_and_say(article: str) -> None:
            remove(article)
            say(f"removed {article}")

        told: Any = store
        told.put, told.remove = put_and_say, remove_and_say
        index(store, SmallEncoder(), [place.articles], prune=True, read=read_articles)
        store.close()
        say(str(faults.steps))
        os._exit(0)
    except (StoreError, OSError) as error:
        sentence, code = explain(error)
        say("refused" if "\n" not in sentence and sentence.endswith(".") else "refused badly")
        os._exit(code)
    except BaseException:
        traceback.print_exc()
        os._exit(3)


def _in_child(work: Callable[[], object]) -> Any:  # noqa: ANN401 - what JSON holds
    """The result of ``work`` in a forked process: this one stays free of connections, threads and locks."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            result = json.dumps(work())
        except BaseException as error:
            result = json.dumps(f"{type(error).__name__}: {error}")
        with os.fdopen(send, "w") as file:
            file.write(result)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as file:
        result = file.read()
    os.waitpid(child, 0)
    return json.loads(result) if result else f"the examining process died (child {child})"


def _index(folder: Path, articles: Path) -> None:
    store = open_store(folder)
    index(store, SmallEncoder(), [articles], prune=True, read=read_articles)
    store.close()


def _texts(folder: Path) -> dict[str, str]:
    store = open_store(folder)
    return {row.id: store.article(row.id).text for row in store.articles()}


def _examine(place: Place, said: list[str], after: dict[str, str]) -> str:
    """What is wrong with the index that a fault left behind, "" if nothing; then with it indexed to the end."""
    now = _texts(place.work)
    done = [line.split(maxsplit=1) for line in said if " " in line]
    for what, name in done:
        if what == "put" and now.get(name) != after[name]:
            return f"the finished article {name} is lost"
        if what == "removed" and name in now:
            return f"the removed article {name} is back"
    for name, text in now.items():
        if text not in place.texts[name]:
            return f"the article {name} is half there"
    fault = _out_of_step(place.work)
    if fault:
        return fault
    _index(place.work, place.articles)
    if _texts(place.work) != after:
        return "indexing again did not bring the index up to date"
    return _out_of_step(place.work)


def _out_of_step(folder: Path) -> str:
    store, encoder = open_store(folder), SmallEncoder()
    wrong = [finding for finding in store.check() if not finding.ok]
    if wrong:
        return f"doctor: {wrong[0].what}: {wrong[0].detail}"
    there = {(row.id, number) for row in store.articles() for number in range(row.passages)}
    if found_passages(store, encoder, "conseillers", []) != there:
        return "the vectors are not those of the passages"
    if found_passages(store, encoder, "", ["conseil"]) != there:
        return "the full text is not that of the passages"
    store.close()
    return ""


if __name__ == "__main__":
    sys.exit(main())
