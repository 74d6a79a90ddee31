"""The command line. Errors become sentences here, once.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 done but something was refused or
fell below a limit, 2 wrong usage. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rag import command_ask, command_backup, command_corpus, command_index, command_migrate, command_size
from rag.options import UsageError, assistant_of, json_option
from rag.terminal import message, out, out_json


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

    text = "Show the passages that a question finds."
    command_ask.add_search_arguments(add("search", command_ask.run_search, text))
    command_ask.add_ask_arguments(add("ask", command_ask.run_ask, "Answer a question from the articles."))

    command = add("eval", _eval, "Measure answers against gold questions.")
    _eval_options(command)

    command = add("verify", _verify, "Check a text against the articles, sentence by sentence.")
    command.add_argument("file", type=Path, metavar="FILE")
    json_option(command)

    command = add("articles", _articles, "List what is indexed.")
    json_option(command)

    command = add("show", _show, "Show one article as it was understood: its metadata and clean text.")
    command.add_argument("article", metavar="ID")
    json_option(command)

    command = add("doctor", _doctor, "Check weights, store and language model.")
    command.add_argument("--mend", action="store_true", help="make again what is derived from the store's data")
    json_option(command)

    command_backup.add_arguments(add("backup", command_backup.run_backup, "Copy the index into a file, verified."))
    command_backup.add_arguments(add("restore", command_backup.run_restore, "Make a backup the index."))
    text = "Copy all articles and notes into another store, embedding nothing again, and compare the two."
    command_migrate.add_arguments(add("migrate", command_migrate.run, text))
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


def _eval_options(command: argparse.ArgumentParser) -> None:
    # The one arrow against the imports' direction: the command line offers the evaluation, which is built on rag.
    import importlib

    importlib.import_module("evaluation.run").add_arguments(command)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port (1 to 65535)")
    return int(text)


# Commands -----------------------------------------------------------------------------------------------------------


def _eval(options: argparse.Namespace) -> int:
    import importlib

    run = importlib.import_module("evaluation.run").run
    return int(run(options, lambda: assistant_of(options, model=not options.no_llm)))


def _verify(options: argparse.Namespace) -> int:
    from rag.verify import read_claims, verify

    if not options.file.is_file():
        raise UsageError(f"There is no file {options.file}: name a text, or a .jsonl file with a claim a line.")
    claims = read_claims(options.file)
    words = {"supported": "✓ supported", "contradicted": "✗ contradicted", "not_found": "? not found"}
    for verdict in verify(claims, assistant_of(options, model=False)):
        if options.json:
            out_json(verdict.to_json())
        else:
            out(f"{words[verdict.verdict]}: {verdict.claim}")
            if verdict.quote:
                out(f"    « {' '.join(verdict.quote.split())} » ({verdict.article or 'given passage'})")
    return 0


def _articles(options: argparse.Namespace) -> int:
    from rag.result import article_json

    rows = assistant_of(options, model=False, empty=True).articles()
    if options.json:
        out_json([article_json(row) for row in rows])
    else:
        for row in rows:
            known = (row.title, row.author, row.publication, row.date and row.date.isoformat(), row.language)
            out(f"{row.id}: {', '.join(str(value) for value in known if value)} ({row.passages} passages)")
    return 0


def _show(options: argparse.Namespace) -> int:
    assistant = assistant_of(options, model=False)
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
    from rag.settings import load_settings

    settings = load_settings(options.index)
    metrics = app.load_metrics(os.environ)
    served = app.SERVED * max(1, len(settings.addresses))
    if settings.uses_model and not settings.endpoint:
        served = 1
    app.serve(
        lambda: assistant_of(options, model=True, empty=True, meter=metrics),
        options.host, options.port, served, metrics,
    )  # fmt: skip
    return 0
