"""The evaluation script: ask every gold question, score what comes back, write it down."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from evaluation.journal import Journal, JournalError, journal_of

if TYPE_CHECKING:
    # What these modules import takes seconds; --help and a wrong option must be answered at once.
    from corpus.article import Article
    from evaluation.gold import GoldQuestion
    from evaluation.judge import Judge
    from rag.followup import Turn
    from rag.hits import Filters, Hit
    from rag.result import Answer

DEPTH = 10
"""How many different articles the search must give: the deepest rank that a metric looks at."""


class Examinee(Protocol):
    """What the evaluation asks of an assistant; ``rag.answer.Assistant`` is one."""

    def ask(
        self, question: str, history: Sequence[Turn] = ..., filters: Filters = ..., use_model: bool = ...
    ) -> Answer:
        """Answer the question."""

    def search(
        self, question: str, history: Sequence[Turn] = ..., filters: Filters = ..., articles: int = ...
    ) -> tuple[str, tuple[Hit, ...]]:
        """Return what was searched, and hits deep enough to hold ``articles`` different articles."""

    def article(self, article: str) -> Article:
        """Return one article with its text; an exception when there is none of that id."""

    def describe(self) -> dict[str, Any]:
        """Return the settings that a run depends on, ready for ``json.dumps``."""


def evaluate(
    assistant: Examinee, gold: Sequence[GoldQuestion], use_model: bool, progress: bool, name: str = "",
    jobs: int = 1, journal: Journal | None = None, judge: Judge | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Ask every question and score the answers; return the contract's ``eval --json`` object.

    ``name`` is how the gold is called in it, ``progress`` shows a bar on standard error. ``jobs`` questions are asked
    at once, and those that ``journal`` knows not again. A ``judge`` looks at every answer besides; its figures stand
    under ``judge``. ``settings`` is what the assistant describes, with ``use_model`` and ``notices``: sentences on what
    the figures do not show
    (questions that failed, gold articles that are not indexed). An interruption (Ctrl-C) ends the run early;
    the questions answered until then are scored and a notice says so. A question whose answering failed has
    ``result`` null and an ``error``; it counts against every rate.
    """
    from tqdm import tqdm

    from evaluation.score import summarise, summarise_kinds, summarise_seconds

    examiner = _Examiner(assistant, gold, use_model, journal, judge)
    entries: list[dict[str, Any]] = []
    notices: list[str] = []
    pool = ThreadPoolExecutor(jobs)
    asked = [pool.submit(examiner.examine, question) for question in gold]
    try:
        # disable=None: no bar where standard error is no terminal.
        for one in tqdm(asked, unit="question", file=sys.stderr, disable=None if progress else True):
            entries.append(one.result())  # noqa: PERF401 - what is done must outlive Ctrl-C
    except KeyboardInterrupt:
        notices.append(f"Interrupted: the figures are of the first {len(entries)} of {len(gold)} questions.")
    finally:
        pool.shutdown(cancel_futures=True)
    failed = [entry["id"] for entry in entries if entry["result"] is None]
    if failed:
        notices.append(f"Answering failed on {len(failed)} of {len(entries)} questions: {_some(failed)}.")
    if examiner.absent:
        notices.append(f"Not in the index, though the gold questions name them: {_some(sorted(examiner.absent))}.")
    return {
        "gold": name,
        "n": len(entries),
        "settings": {**assistant.describe(), "use_model": use_model, "notices": notices},
        **summarise(entries),
        "by_kind": summarise_kinds(entries),
        "seconds": summarise_seconds(entries),
        **(_judged(entries, judge) if judge else {}),
        "questions": entries,
    }


def _judged(entries: Sequence[Mapping[str, Any]], judge: Judge) -> dict[str, Any]:
    from evaluation.judge import summarise

    return {"judge": summarise(entries, judge.name)}


class _Examiner:
    """Asks one question after the other; ``absent`` gathers articles that gold names and the index lacks.

    Safe to share by threads.
    """

    def __init__(
        self, assistant: Examinee, gold: Sequence[GoldQuestion], use_model: bool, journal: Journal | None = None,
        judge: Judge | None = None,
    ) -> None:  # fmt: skip
        self.assistant = assistant
        self.judge = judge
        self.use_model = use_model
        self.journal = journal
        self.languages = frozenset(question.language for question in gold)
        self.absent: set[str] = set()
        self._articles: dict[str, Article | None] = {}

    def examine(self, question: GoldQuestion) -> dict[str, Any]:
        """Search and answer one question; return its gold fields, ``result`` and ``scores``."""
        self.absent.update(one for one in question.articles if self.article_of(one) is None)
        if self.journal and question.id in self.journal.known:
            return self.journal.known[question.id]
        entry = self._examine(question)
        if self.journal:
            self.journal.add(entry)
        return entry

    def _examine(self, question: GoldQuestion) -> dict[str, Any]:
        from evaluation.metrics import rank_articles
        from evaluation.score import score_answer, score_retrieval
        from rag.followup import Turn

        history = [Turn(role=role, content=content) for role, content in question.history]  # type: ignore[arg-type]
        errors: list[str] = []
        result: dict[str, Any] | None = None
        hits: tuple[Hit, ...] = ()
        # One question's failure must not cost the hours of the others, whatever it is.
        try:
            if question.answerable:
                _, hits = self.assistant.search(question.question, history=history, articles=DEPTH)
        except Exception as error:
            errors.append(f"search: {_sentence(error)}")
        try:
            answer = self.assistant.ask(question.question, history=history, use_model=self.use_model)
            result = answer.to_json()
        except Exception as error:
            errors.append(f"ask: {_sentence(error)}")

        found = [hit.article for hit in hits]
        scores = score_answer(question, result, self.article_of, self.languages)
        scores["retrieval"] = (
            score_retrieval(question, found, [hit.text for hit in hits]) if question.answerable else None
        )
        scores["ranking"] = rank_articles(found)[:DEPTH]
        if self.judge:
            scores["judge"] = self.judge.verdicts(question, result, scores["refused"])
        entry = {**question.to_json(), "result": result, "scores": scores}
        return {**entry, "error": " ".join(errors)} if errors else entry

    def article_of(self, article: str) -> Article | None:
        """Return the article, read once; None when the store has none of that id."""
        if article not in self._articles:
            try:
                self._articles[article] = self.assistant.article(article)
            except Exception:  # each store has its own error for an unknown id
                self._articles[article] = None
        return self._articles[article]


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``eval`` takes, but not ``--index``: that is the whole command line's option."""
    parser.add_argument("gold", nargs="?", metavar="GOLD", help="gold questions, JSON lines (see docs/evaluation.md)")
    parser.add_argument(
        "--compare", nargs=2, metavar=("A.json", "B.json"), help="compare two runs that --json wrote, and ask nothing"
    )
    parser.add_argument("--no-llm", action="store_true", help="extractive answers only: ask no language model")
    parser.add_argument("--json", metavar="OUT", dest="json_out", help="write every figure and answer (- = stdout)")
    parser.add_argument("--report", metavar="OUT.html", help="write a page for people who are no engineers")
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=1, help="questions asked at once (for an endpoint of several places)"
    )
    parser.add_argument(
        "--judge", metavar="ADDRESS", help="an OpenAI-compatible address whose model judges the answers besides"
    )
    parser.add_argument(
        "--judge-model", metavar="NAME", default="", help="its name there (default: the first one listed)"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run with the same --json OUT broke off")
    parser.add_argument(
        "--fail-under",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="exit 1 when the metric is below VALUE (hallucination_rate, error_rate: above); may be repeated",
    )
    parser.add_argument("--limits", metavar="FILE", help="such limits from a TOML file; --fail-under goes before it")


def run(args: Namespace, open_assistant: Callable[[], Examinee]) -> int:
    """Do what ``eval`` was asked; return 0 done, 1 partial or below a limit, 2 wrong usage.

    Nothing is opened before the arguments are known to be right. Errors of ``open_assistant`` are the
    caller's.
    """
    from evaluation.gold import GoldError
    from evaluation.limits import LimitError, broken_limits

    if args.compare:
        return _compare(*map(Path, args.compare))
    if args.gold is None:
        _say("Name the gold questions: standardiste eval GOLD, or two runs: standardiste eval --compare A.json B.json.")
        return 2
    try:
        gold, limits = _checked(args)
        assistant, use_model = open_assistant(), not args.no_llm
        judge = _judge(args)
        journal = _journal(args, assistant, gold, use_model)
    except (GoldError, LimitError, JournalError, _Unusable) as error:
        _say(str(error))
        return 2
    outcome = evaluate(assistant, gold, use_model, True, str(args.gold), args.jobs, journal, judge)
    _say(table(outcome))
    for notice in outcome["settings"]["notices"]:
        _say(notice)
    complaints = broken_limits(outcome, limits)
    try:
        if args.json_out:
            text = json.dumps(outcome, ensure_ascii=False, indent=1, default=str) + "\n"
            _write(args.json_out, text)
        if args.report:
            from evaluation.report import render

            _write(args.report, render(outcome))
    except OSError as error:
        complaints.append(f"{error.filename} could not be written ({error.strerror}): choose another place.")
    for complaint in complaints:
        _say(complaint)
    whole = len(outcome["questions"]) == len(gold) and not any("error" in one for one in outcome["questions"])
    if journal:
        journal.close(whole)
    return 0 if whole and not complaints else 1


def _checked(args: Namespace) -> tuple[list[GoldQuestion], dict[str, float]]:
    """The gold questions and the limits, if all that was asked for can be done."""
    from evaluation.gold import load_gold
    from evaluation.limits import load_limits, parse_limits

    gold = load_gold(args.gold)
    limits = {**(load_limits(args.limits) if args.limits else {}), **parse_limits(args.fail_under)}
    for out in (args.json_out, args.report):
        _check_writable(out)
    if args.jobs < 1:
        raise _Unusable("--jobs must be 1 or more.")
    if args.resume and args.json_out in (None, "-"):
        raise _Unusable("--resume needs --json OUT, the file of the run that broke off.")
    return gold, limits


def _journal(args: Namespace, assistant: Examinee, gold: Sequence[GoldQuestion], use_model: bool) -> Journal | None:
    """Beside the file that the figures go to; none where they go nowhere."""
    if args.json_out in (None, "-"):
        return None
    settings = {**assistant.describe(), "use_model": use_model, "judge": [args.judge, args.judge_model]}
    about = {"gold": [one.to_json() for one in gold], "settings": settings}
    digest = hashlib.sha256(json.dumps(about, ensure_ascii=False, default=str).encode()).hexdigest()
    return Journal(journal_of(args.json_out), {"run": digest}, args.resume)


def _judge(args: Namespace) -> Judge | None:
    """The judge at the address given; its key is ``STANDARDISTE_JUDGE_KEY``."""
    if not args.judge:
        return None
    from evaluation.judge import Judge
    from rag.llm import EndpointModel

    if not args.judge.startswith(("http://", "https://")):
        raise _Unusable(f"--judge needs an address like http://localhost:8000/v1, not “{args.judge}”.")
    return Judge(EndpointModel(args.judge, os.environ.get("STANDARDISTE_JUDGE_KEY", ""), args.judge_model))


def _compare(first: Path, second: Path) -> int:
    from evaluation.compare import CompareError, compare, read_questions
    from evaluation.compare import table as laid_out

    try:
        runs = read_questions(first), read_questions(second)
        differences = compare(*runs)
    except CompareError as error:
        _say(str(error))
        return 2
    sys.stdout.write(laid_out(differences, len(runs[0].keys() & runs[1].keys())) + "\n")
    return 0


def table(outcome: Mapping[str, Any]) -> str:
    """Lay out the summary for a terminal: a metric a line, a column for all questions and one a kind."""
    kinds: Mapping[str, Any] = outcome["by_kind"]
    columns = {"all": outcome, **kinds} if len(kinds) > 1 else {"all": outcome}
    rows = [["", *columns], ["questions", *(str(column["n"]) for column in columns.values())]]
    for group in ("retrieval", "answers"):
        rows += [[name, *(_figure(column[group][name]) for column in columns.values())] for name in outcome[group]]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    seconds = ", ".join(f"{name} {_figure(value)}" for name, value in outcome["seconds"].items())
    lines.append(f"seconds: {seconds}")
    if judge := outcome.get("judge"):
        told = ", ".join(f"{name} {_figure(judge[name])}" for name in ("right", "supported", "agreement"))
        lines.append(f"judge {judge['model']}: {told}; {judge['unjudged']} verdicts did not come")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m evaluation``: ``standardiste eval`` under another name; return its exit code."""
    # The command line opens assistants and makes sentences of all errors, once for every command. It imports this
    # module in turn, inside a function, for the command "eval": the one exception to the direction of imports.
    from rag.cli import main as standardiste

    return standardiste(["eval", *(sys.argv[1:] if argv is None else argv)])


class _Unusable(Exception):
    """What was asked for cannot be done, an output not written; found out before the run, not after it."""


def _check_writable(out: str | None) -> None:
    if not out or out == "-":
        return
    folder = Path(out).parent
    if Path(out).is_dir():
        raise _Unusable(f"{out} is a folder: name a file in it.")
    if not folder.is_dir():
        raise _Unusable(f"There is no folder {folder} to write {Path(out).name} in: make it first.")
    if not os.access(folder, os.W_OK):
        raise _Unusable(f"{folder} may not be written in: choose another folder for {Path(out).name}.")


def _write(out: str, text: str) -> None:
    """Write the whole file or leave the old one: temporary file, fsync, rename; ``-`` is standard output."""
    if out == "-":
        sys.stdout.write(text)
        return
    path = Path(out)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
