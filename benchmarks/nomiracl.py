"""NoMIRACL's French development questions through the evaluation: how many without an answer are answered all the same.

Run: ``python -m benchmarks.nomiracl [--work DIR]``; needs ../shared/data. All passages are in one index; answers are
quotes, so that nothing but P(the articles answer) decides. Hallucination and error rate are NoMIRACL's (Thakur et al.
2024): the share of the questions without an answer that are answered, and of those with one that are refused. Besides
the product's own threshold, the table shows the hallucination where the threshold is set for an error rate.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from benchmarks.fit_answerable import NOMIRACL
from evaluation.gold import GoldQuestion
from evaluation.run import evaluate
from rag.build import index
from rag.opening import open_assistant, open_encoder, open_store
from rag.settings import load_settings

ERRORS = (0.10, 0.15, 0.25)


def main() -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="where the index is kept (default: a folder that goes again)")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = [json.loads(line) for line in NOMIRACL.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        articles = work / "articles"
        articles.mkdir(parents=True, exist_ok=True)
        for passage in (passage for row in rows for passage in row["passages"]):
            name = passage["docid"].replace("#", "-")
            (articles / f"{name}.txt").write_text(f"{passage['title']}\n\n{passage['text']}\n", encoding="utf-8")
        settings = replace(load_settings(), index=work / "index", model="none")
        encoder = open_encoder(settings)
        index(open_store(settings, encoder), encoder, [articles])
        gold = [
            GoldQuestion(id=row["query_id"], question=row["question"], answerable=bool(row["answerable"]))
            for row in rows
        ]
        outcome = evaluate(open_assistant(settings, with_model=False), gold, use_model=False, progress=True)
    print(machine.describe("openvino", "numpy"))
    answers = outcome["answers"]
    print(f"\n{'threshold':28}{'hallucination':>15}{'error rate':>12}")
    print(f"{'the product’s':28}{answers['hallucination_rate']:15.3f}{answers['error_rate']:12.3f}")
    told = np.array([one["result"]["answerable"] for one in outcome["questions"]])
    truth = np.array([one.answerable for one in gold])
    for error in ERRORS:
        cut = np.quantile(told[truth], error)
        print(f"{f'for an error rate of {error:.2f}':28}{(told[~truth] >= cut).mean():15.3f}{error:12.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
