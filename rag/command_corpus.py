"""``standardiste corpus check``: whether a folder of articles is sound."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rag.terminal import message, out, out_json

if TYPE_CHECKING:
    from corpus.check import Report
    from corpus.tracing import Traced


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(command))
    text = "Check front matter, length, language, copies, links, reading level and sources of articles."
    check = actions.add_parser("check", help=text, description=text)
    check.add_argument("path", nargs="?", type=Path, metavar="FOLDER", help="articles (default: those shipped)")
    check.add_argument("--facts", type=Path, metavar="DIR", help="side files (default: “facts” beside the folder)")
    check.add_argument("--list-untraced", action="store_true", help="print the facts without a source, to fill in")
    check.add_argument("--sample", type=_count, default=0, metavar="N", help="print N facts at random, with sources")
    check.add_argument("--seed", type=int, default=0, metavar="S", help="draw other facts")
    check.add_argument("--strict", action="store_true", help="fail on warnings too")
    check.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the findings; the code is 1 if there is an error."""
    from corpus.check import SHIPPED, check, strictly
    from corpus.read import MissingPath
    from corpus.tracing import untraced_lines
    from corpus.worked import computed

    try:
        report = check(options.path or SHIPPED, options.facts, computed())
    except FileNotFoundError as error:
        raise MissingPath(str(error)) from error
    report = strictly(report) if options.strict else report
    drawn = report.sample(options.sample, options.seed)
    if options.json:
        out_json(_json(report, drawn))
    elif options.list_untraced:
        for sheet in report.sheets:
            for line in untraced_lines(sheet, report.traced[sheet.name]):
                out(line)
    else:
        _print(report, drawn)
    return 1 if report.errors else 0


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 up")
    return int(text)


def _tally(report: Report) -> Mapping[str, int]:
    facts = report.facts()
    common = sum(one.common for one in facts)
    untraced = sum(one.open for one in facts)
    return {"all": len(facts), "traced": len(facts) - common - untraced, "common": common, "untraced": untraced}


def _json(report: Report, drawn: list[Traced]) -> dict[str, object]:
    return {
        "articles": len(report.sheets),
        "errors": report.errors,
        "warnings": len(report.findings) - report.errors,
        "facts": _tally(report),
        "reading_ease": {name: round(value, 1) for name, value in report.reading_ease.items()},
        "findings": [asdict(finding) for finding in report.findings],
        "sample": [_fact_json(report, one) for one in drawn],
    }


def _fact_json(report: Report, one: Traced) -> dict[str, object]:
    return {
        "article": one.article,
        "line": one.fact.line,
        "fact": one.fact.text,
        "sentence": one.fact.sentence,
        "traced": not one.open,
        "sources": [{name: str(value) for name, value in source.items()} for source in _sources(report, one)],
    }


def _sources(report: Report, one: Traced) -> list[Mapping[str, object]]:
    """The fact's own sources, or all of its article where nobody noted which."""
    stated = next(sheet for sheet in report.sheets if sheet.name == one.article).sources()
    return [stated[number - 1] for number in one.sources] if one.sources else stated


def _print(report: Report, drawn: list[Traced]) -> None:
    for finding in report.findings:
        out(f"{finding.path}:{finding.line}: {finding.level}: {finding.message}")
    for number, one in enumerate(drawn, 1):
        out(f"\n{number}. {one.fact.text}  ({one.article}.md:{one.fact.line})\n   « {one.fact.sentence} »")
        if one.open:
            out("   untraced; the article's sources:")
        for source in _sources(report, one):
            known = (source.get(name) for name in ("title", "publication", "date", "address", "command"))
            out(f"   – {', '.join(str(value) for value in known if value)}")
    tally = _tally(report)
    ease = sorted(report.reading_ease.values())
    level = f"; reading ease {ease[0]:.0f} to {ease[-1]:.0f}" if ease else ""
    warnings = len(report.findings) - report.errors
    message(
        f"{len(report.sheets)} articles, {report.errors} errors, {warnings} warnings{level}; "
        f"{tally['all']} facts: {tally['traced']} traced, {tally['common']} common knowledge, "
        f"{tally['untraced']} untraced"
    )
