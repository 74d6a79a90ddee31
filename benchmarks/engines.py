"""The local model's two engines in one run: xllamacpp's wheel, and llama.cpp built on this machine ("make native").

Run: ``python -m benchmarks.engines [GOLD] [--sample 12] [--index DIR]``. Each engine has a process of its own, which
starts it, measures its tokens/s (medians of three prompts of about 300 tokens, 32 written), and then answers the same
gold questions through the product's own pipeline, from an index of ``corpus/articles`` or ``--index``. Memory is what
the engine's start adds: in all, and of it what is not a mapped file. First token and whole answer are medians over the
questions that both engines answered. Exit code 1 where there is no native engine to compare.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.answers import sample
from evaluation.gold import load_gold
from rag.answer import Assistant
from rag.build import index
from rag.llm import open_local
from rag.local import LocalModel
from rag.native import NativeError, find
from rag.opening import open_encoder, open_reader, open_store, open_verifier
from rag.prompt import messages
from rag.settings import Settings, load_settings
from rag.speed import PROMPT_TOKENS

ROOT = Path(__file__).resolve().parents[1]
ENGINES = {"wheel": "wheel", "native": "auto"}
"""The engines and the settings that choose them."""
Measured = dict[str, Any]


def memory() -> tuple[int, int]:
    """Bytes that this process and those below it have in memory: all of them, and those of no mapped file (Linux)."""
    below, waiting = set(), [str(Path("/proc/self").resolve().name)]
    while waiting:
        process = waiting.pop()
        below.add(process)
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            waiting += set(task.read_text(encoding="ascii").split()) - below
    total = alone = 0
    for process in below:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
        known = {name: value for name, _, value in (line.partition(":") for line in lines)}
        total += 1024 * int(known["VmRSS"].split()[0])
        alone += 1024 * int(known["RssAnon"].split()[0])
    return total, alone


def measure(settings: Settings, questions: dict[str, str]) -> Measured:
    """One engine's figures and answers, in this process."""
    # Imported before, so that the memory counted is the engine's.
    import httpx2  # noqa: F401
    import openai  # noqa: F401

    model = open_local(settings)
    before, started = memory(), time.perf_counter()
    model.warm(messages("?", [], "fr"))
    seconds, after = time.perf_counter() - started, memory()
    speed = model.speed(PROMPT_TOKENS, 32, rounds=3)
    return {
        "engine": model.engine,
        "start": seconds,
        "memory": after[0] - before[0],
        "anonymous": after[1] - before[1],
        "read": speed.read,
        "written": speed.written,
        "answers": answers(settings, model, questions),
    }


def answers(settings: Settings, model: LocalModel, questions: dict[str, str]) -> Measured:
    """Question → the answer's text, and the seconds until its first token and its end."""
    encoder = open_encoder(settings)
    store = open_store(settings, encoder)
    assistant = Assistant(store, encoder, model, True, open_reader(encoder), open_verifier(encoder))
    assistant.warm()
    found = {}
    for name, question in questions.items():
        answer = assistant.ask(question)
        found[name] = [answer.answer, answer.seconds.first_token, answer.seconds.total]
    return found


def apart(engine: str, options: argparse.Namespace, folder: Path) -> Measured:
    """``measure`` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.engines", str(options.gold), "--sample", str(options.sample)]
    command += ["--index", str(folder), "--alone", engine]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def table(wheel: Measured, native: Measured) -> None:
    """Print the figures side by side, and how many answers are the same."""
    print(f"wheel:  {wheel['engine']}\nnative: {native['engine']}\n")
    print(f"{'':36}{'wheel':>10}{'native':>10}{'ratio':>8}")
    # Both have to have asked the model: a refusal waits for none.
    both = [
        name for name, (_, first, _) in wheel["answers"].items() if first is not None and native["answers"][name][1]
    ]  # fmt: skip

    def row(name: str, values: list[float], digits: int) -> None:
        ratio = f"{values[1] / values[0]:8.2f}" if values[0] else ""
        print(f"{name:36}" + "".join(f"{value:10.{digits}f}" for value in values) + ratio)

    pair = (wheel, native)
    row(f"prompt tokens/s ({PROMPT_TOKENS} tokens)", [one["read"] for one in pair], 1)
    row("tokens written/s", [one["written"] for one in pair], 1)
    row("start, instructions read (s)", [one["start"] for one in pair], 2)
    row("memory (MB)", [one["memory"] / 1e6 for one in pair], 0)
    row("  of it no mapped file (MB)", [one["anonymous"] / 1e6 for one in pair], 0)
    for place, name in ((1, "first token, median (s)"), (2, "whole answer, median (s)")):
        if both:
            row(name, [statistics.median(one["answers"][key][place] for key in both) for one in pair], 2)
    names = list(wheel["answers"])
    different = [name for name in names if wheel["answers"][name][0] != native["answers"][name][0]]
    print(f"\n{len(both)} of {len(names)} questions were put to the model by both")
    print(f"the same answer, letter by letter: {len(names) - len(different)} of {len(names)}")
    for name in different:
        print(f"  {name}\n    wheel:  {wheel['answers'][name][0]}\n    native: {native['answers'][name][0]}")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, default=ROOT / "evaluation" / "gold.jsonl")
    parser.add_argument("--sample", type=int, default=12, metavar="N", help="questions, spread over the file")
    parser.add_argument("--index", type=Path, help="an index that is there already")
    parser.add_argument("--alone", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        gold = sample([one for one in load_gold(options.gold) if one.answerable], options.sample)
        settings = replace(load_settings(options.index), endpoint="", engine=ENGINES[options.alone])
        print(json.dumps(measure(settings, {one.id: one.question for one in gold})))
        return 0
    try:
        engine = find()
    except NativeError as error:
        engine, why = None, str(error)
    else:
        why = "There is no native engine to compare: “make native” builds it."
    if engine is None:
        print(why, file=sys.stderr)
        return 1
    print(machine.describe("xllamacpp"))
    print(f"native engine: {engine.describe()}, {engine.compiler}")
    with tempfile.TemporaryDirectory() as folder:
        if options.index is None:
            settings = load_settings(Path(folder))
            encoder = open_encoder(settings)
            index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        place = options.index or Path(folder)
        table(apart("wheel", options, place), apart("native", options, place))
    return 0


if __name__ == "__main__":
    sys.exit(main())
