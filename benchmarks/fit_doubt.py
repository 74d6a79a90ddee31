"""Fits what the local model's doubt adds to P(the articles hold the answer); writes ``rag/doubt.json``.

Run: ``python -m benchmarks.fit_doubt [--write]``. Asks the project's gold questions over the shipped articles: what
``rag.answerable`` says of each, and how near the model is to saying that the extracts do not hold the answer, which
``rag.doubt`` tells. No answer is written. Figures are cross-validated over the questions; P was itself fitted with
these questions among others, so that its own figure here is somewhat too good.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine
from evaluation.gold import load_gold
from rag.build import index
from rag.followup import Turn
from rag.llm import open_local
from rag.opening import open_assistant, open_encoder, open_store
from rag.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "rag" / "doubt.json"
SEED = 7
REFUSED = 0.04
"""Share of the answerable questions refused."""


def main() -> int:
    """Fit, print the cross-validated figures, and write the model with ``--write``."""
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    parser.add_argument("--keep", type=Path, help="a file to keep the signals in, to go on from")
    options = parser.parse_args()
    asked = _asked(options.keep)
    truth = np.array([one["truth"] for one in asked])
    values = np.array([[_log_odds(one["answerable"]), one["doubt"]] for one in asked])
    print(machine.describe("numpy", "scikit-learn"))
    together = _cross_validated(values, truth)
    for name, told in (("P", values[:, 0]), ("doubt", -values[:, 1]), ("together", together)):
        cuts = [(told[~truth] < np.quantile(told[truth], lost)).mean() for lost in (0.04, 0.07, 0.1)]
        print(
            f"{name:10} n {len(truth)} AUC {roc_auc_score(truth, told):.3f}; refused of the others where 4, 7, 10% of "
            f"the answerable are: {', '.join(f'{cut:.3f}' for cut in cuts)}"
        )
    model = _fit(values, truth)
    fitted = {
        "fitted_by": "benchmarks/fit_doubt.py", "examples": len(asked), "seed": SEED,
        "answerable": round(float(model.coef_[0][0]), 4), "doubt": round(float(model.coef_[0][1]), 4),
        "intercept": round(float(model.intercept_[0]), 4),
        "threshold": round(float(np.quantile(together[truth], REFUSED)), 3),
    }  # fmt: skip
    print(json.dumps(fitted))
    if options.write:
        TARGET.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
        print(f"written to {TARGET.name}")
    return 0


def _log_odds(probability: float) -> float:
    """As ``rag.doubt.together`` takes them."""
    chance = min(max(probability, 0.001), 0.999)
    return math.log(chance / (1 - chance))


def _fit(values: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401  (scikit-learn has no types)
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0).fit(values, truth)


def _cross_validated(
    values: np.ndarray[Any, Any], truth: np.ndarray[Any, Any], folds: int = 10
) -> np.ndarray[Any, Any]:
    """Out-of-fold probabilities."""
    place = np.random.default_rng(SEED).permutation(len(truth)) % folds
    out = np.zeros(len(truth))
    for fold in range(folds):
        model = _fit(values[place != fold], truth[place != fold])
        out[place == fold] = model.predict_proba(values[place == fold])[:, 1]
    return out


def _asked(keep: Path | None) -> list[dict[str, Any]]:
    """Of each question whether it has an answer, P and the doubt; those in ``keep`` are not asked again."""
    lines = keep.read_text(encoding="utf-8").splitlines() if keep and keep.exists() else []
    told = [json.loads(line) for line in lines]
    known = {one["id"] for one in told}
    left = [question for question in load_gold(ROOT / "evaluation" / "gold.jsonl") if question.id not in known]
    if not left:
        return told
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), index=Path(folder))
        encoder = open_encoder(settings)
        index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        assistant = open_assistant(settings, with_model=False)
        model = open_local(settings)
        for question in left:
            history = [Turn(role, content) for role, content in question.history]  # type: ignore[arg-type]
            answerable, doubted = assistant.doubted(question.question, history, model)
            told.append({"id": question.id, "truth": question.answerable, "answerable": answerable, "doubt": doubted})
            if keep:
                with keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told[-1]) + "\n")
    return told


if __name__ == "__main__":
    sys.exit(main())
