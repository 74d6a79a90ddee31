"""How quick the compiled encoder is beside ``SentenceTransformer.encode``, and whether the two still agree.

Run: ``python -m benchmarks.encoder [--rounds N] [--passages N]``. Both encode the same French passages by turns in
one process, each at its best batch size, and the same questions by turns, the compiled one as the product does, in a
process without torch; figures are medians over rounds, so that other work on the machine
falls on both. Exit code 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import machine, squad
from embeddings.encoder import Encoder, load_encoder, load_sentence_transformer

RATIO_BOUND = 4.5
QUESTION_BOUND = 6.0
COSINE_BOUND = 0.999
COLD_BOUND = 1.5
"""Seconds that a whole cold ``standardiste ask --no-llm`` may take."""
TORCH_BATCHES = (4, 8, 16, 32)
QUESTIONS = 40
ROOT = Path(__file__).resolve().parents[1]
COLD = (
    "from embeddings.encoder import load_encoder; load_encoder().encode_queries(['À qui le SECA a-t-il été revendu ?'])"
)


def read_texts(encoder: Encoder, count: int) -> tuple[list[str], list[str], str]:
    """``count`` French paragraphs of 100 to 150 tokens, questions, and where they come from."""
    if squad.PIAF.exists():
        piaf = squad.load()
        texts = list(piaf.paragraphs.values())
        questions = [question.text for question in piaf.questions[:QUESTIONS]]
        source = "PIAF"
    else:
        articles = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "corpus" / "articles").glob("*.md"))]
        texts = [paragraph for article in articles for paragraph in article.split("\n\n")]
        questions = [f"Que dit-on de {text.split('.')[0][:60]} ?" for text in texts[:QUESTIONS]]
        source = "corpus/articles"
    fitting = [text for text in texts if 100 <= encoder.count_tokens(text) <= 150]
    return fitting[:count], questions, source


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def alone(questions: Sequence[str]) -> list[float]:
    """Seconds of each question in a process of its own, as in the product: torch's threads are not in the way there."""
    command = [sys.executable, "-m", "benchmarks.encoder", "--time-questions"]
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, input=json.dumps(questions), stdout=subprocess.PIPE)
    return [float(line) for line in done.stdout.split()]


def time_questions() -> int:
    """The other end of ``alone``: questions come on standard input, seconds go to standard output."""
    questions = json.load(sys.stdin)
    encoder = load_encoder()
    encoder.encode_queries(questions[:1])
    for text in questions:
        print(seconds(lambda text=text: encoder.encode_queries([text])))  # type: ignore[misc]
    return 0


def cold_seconds() -> float:
    """Wall time of a fresh Python that loads the compiled encoder and encodes one question."""
    return seconds(lambda: subprocess.run([sys.executable, "-c", COLD], cwd=ROOT, check=True))


def measure(rounds: int, count: int) -> bool:
    """Print the table; True if every bound is met."""
    fast, real = load_encoder(), load_sentence_transformer()
    passages, questions, source = read_texts(fast, count)
    tokens = np.mean([fast.count_tokens(text) for text in passages])

    def torch_passages(batch: int) -> Callable[[], object]:
        return lambda: real.encode(passages, prompt_name="passage", batch_size=batch)

    # One round of each first, which also warms both up; the fast path chooses its batches itself.
    batch = min(TORCH_BATCHES, key=lambda size: seconds(torch_passages(size)))
    cosines = (fast.encode_passages(passages) * real.encode(passages, prompt_name="passage")).sum(axis=1)
    slow_rate, fast_rate, slow_question, fast_question = [], [], [], []
    for _ in range(rounds):
        slow_rate.append(len(passages) / seconds(torch_passages(batch)))
        fast_rate.append(len(passages) / seconds(lambda: fast.encode_passages(passages)))
        fast_question += alone(questions)
        slow_question += [seconds(lambda text=text: real.encode([text], prompt_name="query")) for text in questions]  # type: ignore[misc]
    cold = median(cold_seconds() for _ in range(max(rounds, 3)))
    ratio = median(quick / slow for quick, slow in zip(fast_rate, slow_rate, strict=True))
    print(machine.describe("torch", "sentence-transformers", "openvino", "tokenizers"))
    print(f"texts: {len(passages)} passages of {tokens:.0f} tokens and {len(questions)} questions from {source};")
    print(f"{rounds} rounds by turns, medians; SentenceTransformer in float32 with batches of {batch}\n")
    rows = [
        (
            "passages a second",
            median(slow_rate),
            median(fast_rate),
            f"{ratio:.1f}x, >= {RATIO_BOUND}",
            ratio >= RATIO_BOUND,
        ),
        question_row(slow_question, fast_question),
        ("lowest cosine between them", None, float(cosines.min()), f">= {COSINE_BOUND}", cosines.min() >= COSINE_BOUND),
        ("cold start to first vector, s", None, cold, f"< {COLD_BOUND}", cold < COLD_BOUND),
    ]
    return print_table(rows)


Row = tuple[str, float | None, float, str, bool]


def question_row(slow: Sequence[float], fast: Sequence[float]) -> Row:
    """Median milliseconds of one question."""
    quick = 1000 * median(fast)
    return "one question, ms", 1000 * median(slow), quick, f"< {QUESTION_BOUND:g}", quick < QUESTION_BOUND


def print_table(rows: Sequence[Row]) -> bool:
    """One line a figure; True if all are within their bounds."""
    print(f"{'':32}{'SentenceTransformer':>20}{'compiled':>12}  {'bound':14}")
    for name, slow, fast, bound, met in rows:
        beside = f"{slow:20.2f}" if slow is not None else " " * 20
        print(f"{name:32}{beside}{fast:12.4g}  {bound:14}{'met' if met else 'MISSED'}")
    return all(met for *_, met in rows)


def main() -> int:
    """Measure; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passages", type=int, default=240)
    parser.add_argument("--time-questions", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.time_questions:
        return time_questions()
    return 0 if measure(chosen.rounds, chosen.passages) else 1


if __name__ == "__main__":
    sys.exit(main())
