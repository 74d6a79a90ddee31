"""Fits P(the articles hold the answer) on public French questions; writes ``rag/answerable.json``.

Run: ``python -m benchmarks.fit_answerable [--write]``; needs ../shared/data. Questions are asked in small stores, as a
user's folder of articles is: for each PIAF article that the reader was not trained on, its paragraphs with those of
four others; a question counts as answerable there, as unanswerable once its paragraph is removed (near), or asked where
its article is missing (far). NoMIRACL's questions are asked over their own ten passages, with its judgements; the
project's own gold questions over the shipped articles. Figures are cross-validated: no PIAF article and no question is
in both halves of a fold.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, squad
from corpus.article import Article
from embeddings.encoder import Encoder, Vectors, load_encoder
from embeddings.question import load_question_encoder
from embeddings.reader import load_reader, load_verifier
from evaluation.gold import load_gold
from rag.answerable import SIGNALS, signals
from rag.build import index, indexed_passages
from rag.evidence import score_sentences, term_weights
from rag.followup import Turn
from rag.granted import granted
from rag.retrieve import Retriever
from rag.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "rag" / "answerable.json"
NOMIRACL = squad.SHARED / "data" / "nomiracl-fr" / "dev.jsonl"
SEED = 7
REFUSED = (0.075, 0.035)
"""Shares of the answerable questions refused, without and with a language model that looks at the evidence again."""
SOURCE_WEIGHTS = {"piaf": 700.0, "nomiracl": 50.0, "own": 1500.0, "foreign": 400.0}
"""The project's own questions weigh most: they are what users ask, names and premises included, while an encyclopedia's
paragraph without its question is easily told from one with it. NoMIRACL's judgements agree with hardly any signal: with
more weight they spoil all figures, their own among them."""


class Remembering:
    """An encoder that never embeds a text twice: the same paragraphs stand in many stores."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._known = encoder, dict[str, Vectors]()
        self.name, self.dimension, self.window = encoder.name, encoder.dimension, encoder.window
        self.count_tokens, self.encode_queries = encoder.count_tokens, encoder.encode_queries
        self.tuned = load_question_encoder(encoder)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of ``texts``, shape ``(len(texts), dimension)``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode_passages(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked in one store."""

    kind: str
    fold_group: str
    values: list[float]
    answerable: bool


_reader, _verifier = cache(load_reader), cache(load_verifier)


def _store(folder: Path, articles: Sequence[tuple[str, str, str]], encoder: Encoder) -> SqliteStore:
    """A store of (id, title, text)."""
    store = SqliteStore(folder, encoder.name, encoder.dimension)
    with store.writing():
        for name, title, text in articles:
            body = f"{title}\n\n{text}" if title else text
            article = Article(name, title or name, body, None, None, None, "fr", name)
            store.put(article, name, name, indexed_passages(article, encoder))
    return store


def _values(question: str, store: SqliteStore, encoder: Remembering, history: Sequence[Turn] = ()) -> list[float]:
    retrieval = Retriever(store, encoder, _reader(), tuned=encoder.tuned).search(question, history, k=10)
    weights = term_weights(store, retrieval.terms)
    sentences = score_sentences(retrieval, store, weights)
    return signals(retrieval, sentences, weights, granted(retrieval.asked, sentences, _verifier()))


def piaf_examples(encoder: Remembering, per_group: int) -> Iterator[Example]:
    """Answerable, near and far questions in stores of five PIAF articles."""
    data, chance = squad.load(), random.Random(SEED)
    groups = sorted(data.part("calibration") | data.part("held out"))
    for group in groups:
        others = chance.sample([other for other in groups if other != group], 5)
        inside = {group, *others[:4]}
        texts = [(name, "", text) for name, text in data.paragraphs.items() if data.groups[name] in inside]
        asked, far = (
            chance.sample(questions, min(count, len(questions)))
            for questions, count in ((data.of(group), per_group), (data.of(others[4]), per_group // 3))
        )
        with tempfile.TemporaryDirectory() as folder:
            store = _store(Path(folder), texts, encoder)
            for question in asked:
                yield Example("piaf", f"p{group}", _values(question.text, store, encoder), True)
            for question in far:
                yield Example("piaf far", f"p{group}", _values(question.text, store, encoder), False)
            for question in asked[: per_group * 2 // 3]:
                store.remove(question.paragraph)
                yield Example("piaf near", f"p{group}", _values(question.text, store, encoder), False)
            store.close()


def nomiracl_examples(encoder: Remembering) -> Iterator[Example]:
    """NoMIRACL's development questions, each over its own passages."""
    for line in NOMIRACL.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        texts = [(passage["docid"], passage["title"], passage["text"]) for passage in row["passages"]]
        with tempfile.TemporaryDirectory() as folder:
            store = _store(Path(folder), texts, encoder)
            values = _values(row["question"], store, encoder)
            store.close()
        yield Example("nomiracl", row["query_id"], values, bool(row["answerable"]))


def own_examples(encoder: Remembering) -> Iterator[Example]:
    """The project's gold questions over the shipped articles."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder), encoder.name, encoder.dimension)
        index(store, encoder, [ROOT / "corpus" / "articles"])
        for question in load_gold(ROOT / "evaluation" / "gold.jsonl"):
            history = [Turn(role, content) for role, content in question.history]  # type: ignore[arg-type]
            values = _values(question.question, store, encoder, history)
            yield Example("own", question.id, values, question.answerable)
        store.close()


def foreign_examples(encoder: Remembering) -> Iterator[Example]:
    """English and Spanish questions over the shipped articles, and over others that do not answer them."""
    lines = load_gold(ROOT / "evaluation" / "robust.jsonl")
    asked = [line for line in lines if line.language != "fr" and not line.history]
    data = squad.load()
    groups = random.Random(SEED).sample(sorted(data.part("calibration")), 5)
    texts = [(name, "", text) for name, text in data.paragraphs.items() if data.groups[name] in groups]
    with tempfile.TemporaryDirectory() as near, tempfile.TemporaryDirectory() as far:
        own = SqliteStore(Path(near), encoder.name, encoder.dimension)
        index(own, encoder, [ROOT / "corpus" / "articles"])
        other = _store(Path(far), texts, encoder)
        for line in asked:
            yield Example("foreign", line.id, _values(line.question, own, encoder), True)
            yield Example("foreign far", line.id, _values(line.question, other, encoder), False)
        own.close()
        other.close()


def cross_validated(examples: Sequence[Example], folds: int = 5) -> np.ndarray[Any, Any]:
    """Out-of-fold probabilities."""
    names = sorted({example.fold_group for example in examples})
    random.Random(SEED).shuffle(names)
    fold_of = {name: position % folds for position, name in enumerate(names)}
    place = np.array([fold_of[example.fold_group] for example in examples])
    out = np.zeros(len(examples))
    for fold in range(folds):
        model = fit([example for example, where in zip(examples, place, strict=True) if where != fold])
        values = np.array([example.values for example, where in zip(examples, place, strict=True) if where == fold])
        out[place == fold] = model.predict_proba(values)[:, 1]
    return out


def fit(examples: Sequence[Example]) -> Any:  # noqa: ANN401  (scikit-learn has no types)
    """Logistic regression; answerable and not weigh the same within a source, the few own questions less in all."""
    from sklearn.linear_model import LogisticRegression

    sources = [(example.kind.split()[0], example.answerable) for example in examples]
    counts = Counter(sources)
    weights = [SOURCE_WEIGHTS[source[0]] / counts[source] for source in sources]
    values = np.array([example.values for example in examples])
    return LogisticRegression(C=1.0, max_iter=2000).fit(values, [e.answerable for e in examples], sample_weight=weights)


def reliability(probabilities: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> tuple[list[list[float]], float]:
    """Ten bins of [mean probability, share answerable, count], and the expected calibration error."""
    bins, error = [], 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (probabilities >= low) & (probabilities < low + 0.1 + (low > 0.85))
        if inside.any():
            mean, share, count = probabilities[inside].mean(), truth[inside].mean(), int(inside.sum())
            bins.append([round(float(mean), 3), round(float(share), 3), count])
            error += count * abs(mean - share) / len(truth)
    return bins, float(error)


def main() -> int:
    """Fit, print the cross-validated figures, and write the model with ``--write``."""
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-group", type=int, default=9)
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    parser.add_argument("--keep", type=Path, help="a file to keep the signals in, read again if it is there")
    options = parser.parse_args()
    examples = _examples(options.keep, options.per_group)
    probabilities = cross_validated(examples)
    truth = np.array([example.answerable for example in examples])
    print(machine.describe("numpy", "scikit-learn"))
    model = fit(examples)
    for name, coefficient in zip(SIGNALS, model.coef_[0], strict=True):
        print(f"  {name:20} {coefficient:+.3f}")
    subsets = {"piaf": ("piaf", "piaf near", "piaf far"), "piaf near only": ("piaf", "piaf near"),
               "piaf far only": ("piaf", "piaf far"), "nomiracl": ("nomiracl",), "own": ("own",),
               "foreign": ("foreign", "foreign far")}  # fmt: skip
    kinds = np.array([example.kind for example in examples])
    for name, wanted in subsets.items():
        inside = np.isin(kinds, wanted)
        print(f"{name:16} n {inside.sum():5} AUC {roc_auc_score(truth[inside], probabilities[inside]):.3f} "
              f"ECE {reliability(probabilities[inside], truth[inside])[1]:.3f}")  # fmt: skip
        for cut in (0.2, 0.3, 0.4, 0.5, 0.6):
            refused = probabilities[inside] < cut
            wrong, right = refused[truth[inside]].mean(), refused[~truth[inside]].mean()
            print(f"    threshold {cut:.1f}: refuses {wrong:.1%} of the answerable, {right:.1%} of the others")
    bins, error = reliability(probabilities, truth)
    asked = np.isin(kinds, ("piaf", "own")) & truth
    threshold, with_model = (round(float(np.quantile(probabilities[asked], share)), 3) for share in REFUSED)
    print(f"threshold {threshold}, with a language model {with_model}, expected calibration error {error:.3f}")
    if options.write:
        fitted = {
            "fitted_by": "benchmarks/fit_answerable.py", "examples": len(examples), "seed": SEED,
            "signals": list(SIGNALS), "coefficients": [round(float(value), 4) for value in model.coef_[0]],
            "intercept": round(float(model.intercept_[0]), 4),
            "threshold": threshold, "threshold_with_model": with_model,
            "reliability": bins, "expected_calibration_error": round(error, 4),
        }  # fmt: skip
        TARGET.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
        print(f"written to {TARGET.name}")
    return 0


def _examples(keep: Path | None, per_group: int) -> list[Example]:
    """All examples; signals take minutes to measure and a second to fit."""
    if keep and keep.exists():
        return [Example(**json.loads(line)) for line in keep.read_text(encoding="utf-8").splitlines()]
    encoder = Remembering(load_encoder())
    examples = [
        *own_examples(encoder),
        *foreign_examples(encoder),
        *piaf_examples(encoder, per_group),
        *nomiracl_examples(encoder),
    ]
    if keep:
        keep.write_text("".join(json.dumps(asdict(example)) + "\n" for example in examples), encoding="utf-8")
    return examples


if __name__ == "__main__":
    sys.exit(main())
