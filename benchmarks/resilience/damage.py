"""Flips bits in, and cuts off, the database and the FAISS files, and looks at what is served then.

``python -m benchmarks.resilience.damage`` prints a table and ends with 1 if a false text was served, or if anything was
wrong that neither an error nor ``doctor`` told.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.resilience.material import TOPICS, SmallEncoder, open_store, write_articles
from rag.build import index
from rag.sqlite import SqliteStore
from rag.store import StoreError

FILES = ("articles.db", "passages.faiss", "sentences.faiss", "words.postings")
OUTCOMES = ("refused", "doctor", "mended", "harmless", "silent", "false", "crashed")
"""refused: an error in one sentence; doctor: right texts, in another order perhaps, and ``doctor`` names the damage;
mended: right answers, and ``doctor --mend`` mends it; harmless: nothing that is read was hit; silent: another order and
nothing told; false: a text or a name that is not what was indexed; crashed: an error that is no sentence."""
BROKEN = ("silent", "false", "crashed")
Served = list[list[tuple[str, ...]]]


def main(arguments: list[str] | None = None) -> int:
    """Run the trials; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=1000, help="bit flips in each file")
    parser.add_argument("--cuts", type=int, default=200, help="truncations of each file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    results: dict[str, Counter[str]] = {}
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_articles(folder / "articles", TOPICS[:4], edition=1)
        store = open_store(folder / "pristine")
        index(store, SmallEncoder(), [folder / "articles"])
        expected = _serve(store)
        store.close()
        for file in FILES:
            content = (folder / "pristine" / file).read_bytes()
            for kind, count in (("flip", options.flips), ("cut", options.cuts)):
                outcomes = results[f"{file} {kind}"] = Counter()
                for _ in range(count):
                    outcomes[_trial(folder, file, _damaged(content, kind, chance), expected)] += 1
    _print(results, options.json)
    return 1 if any(outcomes[broken] for outcomes in results.values() for broken in BROKEN) else 0


def _print(results: dict[str, Counter[str]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(results))
        return
    print(describe("numpy", "faiss-cpu"))
    print(f"{'':<24}" + "".join(f"{outcome:>10}" for outcome in OUTCOMES))
    for name, outcomes in results.items():
        print(f"{name:<24}" + "".join(f"{outcomes[outcome]:>10}" for outcome in OUTCOMES))


def _damaged(content: bytes, kind: str, chance: random.Random) -> bytes:
    if kind == "cut":
        return content[: chance.randrange(len(content))]
    bit = chance.randrange(8 * len(content))
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _trial(folder: Path, file: str, content: bytes, expected: Served) -> str:
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder / "pristine", work)
    (work / file).write_bytes(content)
    store = None
    try:
        store = open_store(work)
        served = _serve(store)
        if any(set(group) - set(known) for group, known in zip(served, expected, strict=True)):
            return "false"
        wrong = [finding for finding in store.check() if not finding.ok]
        if not wrong:
            return "harmless" if served == expected else "silent"
        if not all(finding.mend for finding in wrong):
            return "silent"
        if wrong[0].what != "faiss":
            return "doctor"
        store.mend()
        return "mended" if served == expected and all(finding.ok for finding in store.check()) else "silent"
    except StoreError as error:
        if str(error).endswith(".") and "\n" not in str(error):
            return "refused"
        print(f"{file}: not a sentence: {error!r}", file=sys.stderr)
        return "crashed"
    except Exception as error:
        print(f"{file}: {type(error).__name__}: {error}", file=sys.stderr)
        return "crashed"
    finally:
        if store is not None:
            store.close()


def _serve(store: SqliteStore) -> Served:
    """Everything a reader can get to see: the list of articles, their texts, and what questions find."""
    encoder = SmallEncoder()
    rows = store.articles()
    shown: Served = [
        [(row.id, row.title, str(row.author), str(row.date), row.language, row.source) for row in rows],
        [(row.id, store.article(row.id).text) for row in rows],
    ]
    found: list[tuple[str, ...]] = []
    for topic in TOPICS[:4]:
        vector = encoder.encode_queries([f"Le {topic} en question"])[0]
        hits = sorted(
            store.search(vector, [topic[:4], "conseil"], 10), key=lambda one: (-one.scores.dense, one.scores.key)
        )
        found += [(one.row.id, one.row.title, one.passage.text, repr(one.passage.sentences)) for one in hits]
    return [*shown, found]


if __name__ == "__main__":
    sys.exit(main())
