"""``standardiste search`` and ``standardiste ask``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.options import UsageError, assistant_of, count, filter_options, filters, json_option
from rag.terminal import message, out, out_json

if TYPE_CHECKING:
    from rag.hits import Hit
    from rag.result import Answer


def add_search_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what ``search`` takes."""
    command.add_argument("question")
    command.add_argument("-k", type=count, default=5, help="how many passages (default 5)")
    filter_options(command)
    json_option(command)


def add_ask_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what ``ask`` takes."""
    command.add_argument("question")
    command.add_argument("--history", type=Path, metavar="FILE", help="JSON list of the messages so far")
    command.add_argument("--no-llm", action="store_true", help="quote sentences instead of asking a language model")
    filter_options(command)
    json_option(command)


def run_search(options: argparse.Namespace) -> int:
    """Print the passages."""
    import time

    from rag.result import hit_json

    assistant = assistant_of(options, model=False)
    started = time.perf_counter()
    hits = assistant.hits(options.question, filters(options), options.k)
    seconds = time.perf_counter() - started
    if options.json:
        found = [hit_json(hit) for hit in hits]
        out_json({"question": options.question, "hits": found, "seconds": round(seconds, 4)})
    else:
        for hit in hits:
            out(f"{hit.rank}. {_source(hit)}  ({hit.score:.2f})\n   {' '.join(hit.text.split())}\n")
    return 0


def run_ask(options: argparse.Namespace) -> int:
    """Print the answer, on a terminal as it is written."""
    from rag.result import Draft, Finished

    history = _history(options.history)
    assistant = assistant_of(options, model=not options.no_llm)
    streams = sys.stdout.isatty() and not options.json
    shown = 0
    answer = None
    for event in assistant.stream(options.question, history, filters(options), use_model=not options.no_llm):
        if isinstance(event, Draft) and streams:
            out(event.text[shown:], end="", flush=True)
            shown = len(event.text)
        elif isinstance(event, Finished):
            answer = event.answer
    if answer is None:
        return 1
    if options.json:
        out_json(answer.to_json())
    else:
        if shown:
            out("\n" + "─" * 20)
        _print_answer(answer)
    return 0


def _print_answer(answer: Answer) -> None:
    out(answer.answer)
    for citation in answer.citations:
        known = (
            citation.title,
            citation.author,
            citation.publication,
            citation.date and citation.date.isoformat(),
        )
        out(f"\n[{citation.n}] {', '.join(str(value) for value in known if value)}")
        out(f"    « {' '.join(citation.quote.split())} »")
    for notice in answer.notices:
        message(notice)


def _history(file: Path | None) -> list[Any]:
    from rag.followup import Turn

    if file is None:
        return []
    wanted = 'a JSON list of {"role": "user" or "assistant", "content": …}'
    try:
        turns = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(turns, list) or not all(
            turn["role"] in ("user", "assistant") and isinstance(turn["content"], str) for turn in turns
        ):
            raise ValueError("a role or content is wrong")
        return [Turn(turn["role"], turn["content"]) for turn in turns]
    except OSError as error:
        raise UsageError(f"The history {file} cannot be read ({error.strerror}): name a file with {wanted}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"The history {file} is not {wanted} ({error}).") from error


def _source(hit: Hit) -> str:
    known = (hit.title, hit.author, hit.publication, hit.date and hit.date.isoformat())
    return ", ".join(str(value) for value in known if value)
