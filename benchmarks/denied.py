"""What the verifier adds to the gates: true statements rejected and false ones caught, by its threshold.

Run: ``python -m benchmarks.denied``; needs ../shared/data. The statements are those of ``training/statements`` on PIAF
titles that the verifier was not trained on, each judged beside its paragraph as ``standardiste verify`` judges a claim
with passages. The row of ``rag.denied`` is marked.
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

from benchmarks import machine
from embeddings.encoder import load_encoder
from embeddings.reader import load_verifier
from rag.cite import SUPPORTED, Citer, Support
from rag.denied import AGREED, DENIED, odds
from rag.verify import citer_of_texts
from training.claims import split, written

THRESHOLDS = (-3.5, -3.0, -2.5, -2.0, -1.5, -1.0)
AGREEMENTS = (0.8, 0.9, 1.2)


class Judged(NamedTuple):
    """One statement: whether it is true, its support by the gates, the verifier's log odds where they support it."""

    true: bool
    support: float
    odds: float | None


def main() -> int:
    """Print a row for each pair of thresholds."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    encoder, verifier = load_encoder(), load_verifier()
    judged = []
    for source in split(written())[1]:
        citer = citer_of_texts([source.window()], encoder)
        for one in source.statements:
            support = _supported(citer, one.text)
            read = odds(one.text, support, verifier) if support else None
            judged.append(Judged(one.kind == "true", support.score if support else 0.0, read))
    print(machine.describe("openvino", "numpy"))
    passed = [sum(one.odds is not None for one in judged if one.true is true) for true in (True, False)]
    counts = [sum(one.true is true for one in judged) for true in (True, False)]
    print(f"{counts[0]} true statements, {passed[0] / counts[0]:.3f} pass the gates; "
          f"{counts[1]} false, {passed[1] / counts[1]:.3f} pass\n")  # fmt: skip
    print("log odds below  support below  true rejected  false caught")
    for threshold in THRESHOLDS:
        for agreed in AGREEMENTS:
            lost, caught = (
                sum(one.odds is not None and one.odds < threshold and one.support < agreed
                    for one in judged if one.true is true) / count
                for true, count in zip((True, False), counts, strict=True)
            )  # fmt: skip
            chosen = "  <- rag.denied" if (threshold, agreed) == (DENIED, AGREED) else ""
            print(f"{threshold:14.1f} {agreed:14.1f} {lost:14.3f} {caught:13.3f}{chosen}")
    return 0


def _supported(citer: Citer, claim: str) -> Support | None:
    support = citer.support([claim])[0]
    return support if support is not None and support.score >= SUPPORTED else None


if __name__ == "__main__":
    sys.exit(main())
