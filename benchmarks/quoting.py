"""How far below the best a sentence is quoted, and what one of another article than the best one's loses.

Run: ``python -m benchmarks.quoting [GOLD] [--share X…] [--elsewhere X…] [--index DIR]``. Asks the gold questions,
without a language model, of an index of ``corpus/articles``, or of ``--index``, with each value of ``QUOTED_SHARE`` and
each of ``ELSEWHERE`` of ``rag/evidence.py``. Facts, refusals and citation precision are ``eval``'s; quotes are the mean
of an answer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import machine
from evaluation.gold import load_gold
from evaluation.run import evaluate
from rag import evidence
from rag.build import index
from rag.opening import open_assistant, open_encoder, open_store
from rag.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
SHOWN = ("fact_recall", "citation_precision", "refused_of_unanswerable")


def main() -> int:
    """Print a row for each pair of values."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, default=ROOT / "evaluation" / "gold.jsonl")
    parser.add_argument("--share", nargs="+", type=float, default=(0.6, evidence.QUOTED_SHARE), metavar="X")
    parser.add_argument("--elsewhere", nargs="+", type=float, default=(0.0, evidence.ELSEWHERE, 0.4), metavar="X")
    parser.add_argument("--index", type=Path, help="an index that is there already")
    options = parser.parse_args()
    gold = load_gold(options.gold)
    print(machine.describe("openvino"))
    print(f"{len(gold)} questions of {options.gold.name}, {sum(one.answerable for one in gold)} with an answer\n")
    print(f"{'share':>6}{'elsewhere':>11}{'facts':>8}{'precision':>11}{'refused':>9}{'quotes':>8}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(options.index or Path(folder))
        if options.index is None:
            encoder = open_encoder(settings)
            index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        assistant = open_assistant(settings, with_model=False)
        for share, elsewhere in product(options.share, options.elsewhere):
            evidence.QUOTED_SHARE, evidence.ELSEWHERE = share, elsewhere
            found: dict[str, Any] = evaluate(assistant, gold, False, progress=True)
            told = [len(one["result"]["citations"]) for one in found["questions"] if one["result"]["citations"]]
            facts, precision, refused = (found["answers"][name] for name in SHOWN)
            quotes = sum(told) / max(len(told), 1)
            print(f"{share:6.2f}{elsewhere:11.2f}{facts:8.3f}{precision:11.3f}{refused:9.3f}{quotes:8.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
