"""The command line. Errors become sentences here, once.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 done but something was refused or
fell below a limit, 2 wrong usage. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rag import command_backup, command_corpus, command_index, command_size
from rag.terminal import message, out, out_json

if TYPE_CHECKING:
    from rag.answer import Assistant
    from rag.hits import Filters, Hit
    from rag.result import Answer


class UsageError(Exception):
    """What was typed cannot be done; the message is one sentence with the way out. Exit code 2."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing its usage first."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence, exit with 2."""
        self.exit(2, f"{self.prog}: {message}; “{self.prog} --help” lists what is possible.\n")


def build_parser() -> argparse.ArgumentParser:
    """All commands and options; importing nothing that takes time."""
    parser = _Parser(prog="standardiste", description="Answers questions from a folder of articles, with sources.")
    parser.add_argument("--index", type=Path, metavar="DIR", help="the index folder (environment STANDARDISTE_INDEX)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    everywhere = _Parser(add_help=False)
    everywhere.add_argument("--index", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=[everywhere])
        command.set_defaults(run=run)
        return command

    text = "Read files and folders and bring the index up to date."
    command_index.add_arguments(add("index", command_index.run, text))

    command = add("search", _search, "Show the passages that a question finds.")
    command.add_argument("question")
    command.add_argument("-k", type=_count, default=5, help="how many passages (default 5)")
    _filter_options(command)
    _json_option(command)

    command = add("ask", _ask, "Answer a question from the articles.")
    command.add_argument("question")
    command.add_argument("--history", type=Path, metavar="FILE", help="JSON list of the messages so far")
    command.add_argument("--no-llm", action="store_true", help="quote sentences instead of asking a language model")
    _filter_options(command)
    _json_option(command)

    command = add("eval", _eval, "Measure answers against gold questions.")
    _eval_options(command)

    command = add("verify", _verify, "Check a text against the articles, sentence by sentence.")
    command.add_argument("file", type=Path, metavar="FILE")
    _json_option(command)

    command = add("articles", _articles, "List what is indexed.")
    _json_option(command)

    command = add("show", _show, "Show one article as it was understood: its metadata and clean text.")
    command.add_argument("article", metavar="ID")
    _json_option(command)

    command = add("doctor", _doctor, "Check weights, database, FAISS files and language model.")
    command.add_argument("--mend", action="store_true", help="write the FAISS files again from the database if needed")
    _json_option(command)

    command_backup.add_arguments(add("backup", command_backup.run_backup, "Copy the index into a file, verified."))
    command_backup.add_arguments(add("restore", command_backup.run_restore, "Make a backup the index."))
    command_corpus.add_arguments(add("corpus", command_corpus.run, "Check that a folder of articles is sound."))
    command_size.add_arguments(add("size", command_size.run, "Say how many agents a flow of calls needs."))

    command = add("serve", _serve, "Serve the page.")
    command.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    command.add_argument("--port", type=_port, default=os.environ.get("PORT") or "7860")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    from rag.errors import explain

    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        message("Interrupted; what was finished is kept.")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UsageError as error:
        return _say(str(error), 2)
    except Exception as error:
        sentence, code = explain(error)
        if os.environ.get("STANDARDISTE_TRACEBACK"):
            raise
        return _say(sentence, code)


def _say(sentence: str, code: int) -> int:
    message(f"standardiste: {sentence}")
    return code


# Options ------------------------------------------------------------------------------------------------------------


def _json_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _filter_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", type=_day, metavar="DATE", help="articles of this day or later (YYYY[-MM[-DD]])")
    command.add_argument("--until", type=_last_day, metavar="DATE", help="articles of this day or earlier")
    command.add_argument("--publication", metavar="NAME", help="articles of this publication")


def _eval_options(command: argparse.ArgumentParser) -> None:
    # The one arrow against the imports' direction: the command line offers the evaluation, which is built on rag.
    import importlib

    importlib.import_module("evaluation.run").add_arguments(command)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 to 1000")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port (1 to 65535)")
    return int(text)


def _day(text: str, last: bool = False) -> date:
    parts = text.split("-")
    try:
        year, month, day = (int(part) for part in (*parts, *(["12", "31"] if last else ["1", "1"])[len(parts) - 1 :]))
        if last and len(parts) < 3:
            import calendar

            day = calendar.monthrange(year, month)[1]
        return date(year, month, day)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date like 2013-02-06, 2013-02 or 2013") from None


def _last_day(text: str) -> date:
    return _day(text, last=True)


def _filters(options: argparse.Namespace) -> Filters:
    from rag.hits import Filters

    return Filters(options.since, options.until, options.publication)


# Commands -----------------------------------------------------------------------------------------------------------


def _search(options: argparse.Namespace) -> int:
    import time

    from rag.result import hit_json

    assistant = _assistant(options, model=False)
    started = time.perf_counter()
    hits = assistant.hits(options.question, _filters(options), options.k)
    seconds = time.perf_counter() - started
    if options.json:
        found = [hit_json(hit) for hit in hits]
        out_json({"question": options.question, "hits": found, "seconds": round(seconds, 4)})
    else:
        for hit in hits:
            out(f"{hit.rank}. {_source(hit)}  ({hit.score:.2f})\n   {' '.join(hit.text.split())}\n")
    return 0


def _ask(options: argparse.Namespace) -> int:
    from rag.result import Draft, Finished

    history = _history(options.history)
    assistant = _assistant(options, model=not options.no_llm)
    streams = sys.stdout.isatty() and not options.json
    shown = 0
    answer = None
    for event in assistant.stream(options.question, history, _filters(options), use_model=not options.no_llm):
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


def _eval(options: argparse.Namespace) -> int:
    import importlib

    run = importlib.import_module("evaluation.run").run
    return int(run(options, lambda: _assistant(options, model=not options.no_llm)))


def _verify(options: argparse.Namespace) -> int:
    from rag.verify import read_claims, verify

    if not options.file.is_file():
        raise UsageError(f"There is no file {options.file}: name a text, or a .jsonl file with a claim a line.")
    claims = read_claims(options.file)
    words = {"supported": "✓ supported", "contradicted": "✗ contradicted", "not_found": "? not found"}
    for verdict in verify(claims, _assistant(options, model=False)):
        if options.json:
            out_json(verdict.to_json())
        else:
            out(f"{words[verdict.verdict]}: {verdict.claim}")
            if verdict.quote:
                out(f"    « {' '.join(verdict.quote.split())} » ({verdict.article or 'given passage'})")
    return 0


def _articles(options: argparse.Namespace) -> int:
    from rag.result import article_json

    rows = _assistant(options, model=False, empty=True).articles()
    if options.json:
        out_json([article_json(row) for row in rows])
    else:
        for row in rows:
            known = (row.title, row.author, row.publication, row.date and row.date.isoformat(), row.language)
            out(f"{row.id}: {', '.join(str(value) for value in known if value)} ({row.passages} passages)")
    return 0


def _show(options: argparse.Namespace) -> int:
    assistant = _assistant(options, model=False)
    article = assistant.article(options.article)
    if options.json:
        from rag.result import article_json

        row = next(row for row in assistant.articles() if row.id == article.id)
        out_json({**article_json(row), "text": article.text})
    else:
        known = (
            article.author,
            article.publication,
            article.date and article.date.isoformat(),
            article.source,
        )
        out(f"{article.title}\n{', '.join(str(value) for value in known if value)}\n\n{article.text}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from rag.opening import examine
    from rag.settings import load_settings

    findings = examine(load_settings(options.index), options.mend)
    sound = all(finding.ok for finding in findings)
    if options.json:
        out_json({"ok": sound, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mend = "" if finding.ok else f"  → {finding.mend}"
            out(f"{'✓' if finding.ok else '✗'} {finding.what}: {finding.detail}{mend}")
    return 0 if sound else 1


def _serve(options: argparse.Namespace) -> int:
    import app

    app.serve(lambda: _assistant(options, model=True, empty=True), options.host, options.port)
    return 0


def _assistant(options: argparse.Namespace, model: bool, empty: bool = False) -> Assistant:
    """The assistant that the settings describe; an index without articles is an error unless ``empty``."""
    from rag.opening import open_assistant
    from rag.settings import load_settings

    return open_assistant(load_settings(options.index), model, empty)


def _source(hit: Hit) -> str:
    known = (hit.title, hit.author, hit.publication, hit.date and hit.date.isoformat())
    return ", ".join(str(value) for value in known if value)
