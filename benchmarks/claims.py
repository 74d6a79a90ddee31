"""How many corrupted statements the check of answers catches, and how many true ones it rejects.

Run: ``python -m benchmarks.claims [--misses]``. The statements are in ``evaluation/claims.jsonl``: true ones, written
from the shipped articles, and ones made wrong (a number, a name, a negation, roles, merged sources, something
invented). Each is judged as a sentence of an answer is (``rag.verify``); caught is whatever is not called supported.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks import machine
from rag.build import index
from rag.opening import open_assistant, open_encoder, open_store
from rag.settings import load_settings
from rag.verify import Claim, verify

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = ROOT / "evaluation" / "claims.jsonl"


def main() -> int:
    """Print a row a kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list the statements judged wrongly")
    options = parser.parse_args()
    rows = [json.loads(line) for line in CLAIMS.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), index=Path(folder), model="none")
        encoder = open_encoder(settings)
        index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        assistant = open_assistant(settings, with_model=False)
        claims = [Claim(row["id"], row["claim"]) for row in rows]
        verdicts = {verdict.id: verdict for verdict in verify(claims, assistant)}
    print(machine.describe("openvino", "numpy"))
    asked, right, contradicted = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        verdict = verdicts[row["id"]]
        kinds = [row["kind"], *(["all corrupted"] if row["kind"] != "true" else [])]
        ok = (verdict.verdict == "supported") == (row["verdict"] == "supported")
        for kind in kinds:
            asked[kind] += 1
            right[kind] += ok
            contradicted[kind] += verdict.verdict == "contradicted"
        if options.misses and not ok:
            print(f"  {row['kind']}: {row['claim']}\n    {verdict.verdict} {verdict.support:.2f} « {verdict.quote} »")
    print(f"\n{'kind':15}{'statements':>11}{'judged right':>14}{'contradicted':>14}")
    for kind, count in asked.items():
        print(f"{kind:15}{count:11}{right[kind] / count:14.3f}{contradicted[kind]:14}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
