"""Who writes the answers, compared: quotes alone, each local model, an endpoint.

Run: ``python -m benchmarks.answers [GOLD] [--models NAME…] [--evidence N…] [--sample N] [--index DIR]``. Asks the same
gold questions
(``N`` of them, spread over the file) of an index of ``corpus/articles``, or of ``--index``, with each model in turn;
``none`` is quotes alone, ``endpoint`` what STANDARDISTE_ENDPOINT names. Facts and refusals are ``eval``'s; seconds are
medians.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import machine
from evaluation.gold import GoldQuestion, load_gold
from evaluation.run import evaluate
from rag.build import index
from rag.opening import open_assistant, open_encoder, open_store
from rag.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
MODELS = ("none", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
SURE = 0.8
SHOWN = {
    "facts": "fact_recall",
    "answered": "answered_of_answerable",
    "refused": "refused_of_unanswerable",
    "precision": "citation_precision",
    "recall": "citation_recall",
    "verbatim": "verbatim_quotes",
    "language": "language_match",
}


def sample(gold: list[GoldQuestion], size: int | None) -> list[GoldQuestion]:
    """``size`` questions, as evenly spread over the file, and so over its kinds, as can be."""
    if size is None or size >= len(gold):
        return gold
    return [gold[round(place * len(gold) / size)] for place in range(size)]


def row(name: str, settings: Settings, gold: list[GoldQuestion], evidence: int | None = None) -> str:
    """One line of the table; ``evidence`` are the tokens of it where no passage is sure, a fifth less where one is."""
    with_model = name != "none"
    chosen = settings if name == "endpoint" else replace(settings, model=name, endpoint="")
    assistant = open_assistant(chosen, with_model=with_model)
    if evidence:
        assistant.evidence_tokens = (round(SURE * evidence), evidence)
    assistant.warm()
    found: dict[str, Any] = evaluate(assistant, gold, with_model, progress=True)
    figures = "".join(f"{_figure(found['answers'][key], 3):>11}" for key in SHOWN.values())
    seconds = "".join(f"{_figure(found['seconds'][key], 2):>13}" for key in ("first_token_p50", "total_p50"))
    return f"{name:22}{assistant.evidence_tokens[1]:>9}{figures}{seconds}"


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def main() -> int:
    """Print a row a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, default=ROOT / "evaluation" / "gold.jsonl")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--evidence", nargs="+", type=int, default=(None,), metavar="TOKENS", help="budgets to try")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--index", type=Path, help="an index that is there already")
    options = parser.parse_args()
    gold = sample(load_gold(options.gold), options.sample)
    print(machine.describe("openvino", "xllamacpp"))
    print(f"{len(gold)} questions of {options.gold.name}, {sum(one.answerable for one in gold)} with an answer\n")
    print(
        f"{'model':22}{'evidence':>9}" + "".join(f"{name:>11}" for name in SHOWN) + f"{'first token':>13}{'whole':>13}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(options.index or Path(folder))
        if options.index is None:
            encoder = open_encoder(settings)
            index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        for name, evidence in product(options.models, options.evidence):
            print(row(name, settings, gold, evidence), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
