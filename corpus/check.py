"""A folder of articles → what is wrong with it, and how far its facts are traced."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.copies import find_copies
from corpus.figures import find_figures, small_words
from corpus.front import check_front
from corpus.metadata import find_language
from corpus.readability import kandel_moles
from corpus.sheet import Finding, Sheet, load_sheet
from corpus.tracing import Traced, load_common, load_noted, stale_notes, trace

SHIPPED = Path(__file__).parent / "articles"
FEWEST_WORDS, MOST_WORDS = 350, 1000
"""Of an article's text below its front matter."""
HARDEST, EASIEST = 40.0, 90.0
"""Reading ease (``corpus.readability``) of good press prose; the shipped articles lie between 55 and 80."""
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)[^)]*\)")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``reading_ease`` and ``traced`` are by article id; ``sheets`` are the articles read."""

    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...]
    reading_ease: Mapping[str, float]
    traced: Mapping[str, tuple[Traced, ...]]

    @property
    def errors(self) -> int:
        """How many findings must be mended."""
        return sum(finding.level == "error" for finding in self.findings)

    def facts(self) -> list[Traced]:
        """All facts of all articles, in order."""
        return [one for article in self.traced.values() for one in article]

    def sample(self, count: int, seed: int) -> list[Traced]:
        """``count`` facts drawn at random, common knowledge aside; the same for the same seed and articles."""
        drawn = [one for one in self.facts() if not one.common]
        return random.Random(seed).sample(drawn, min(count, len(drawn)))


def check(path: Path, facts: Path | None = None, worked: Mapping[str, str] | None = None) -> Report:
    """Check the Markdown articles of the folder ``path``, or the one file.

    ``facts`` is the folder of side files (``corpus.tracing``), by default ``facts`` beside the articles' folder;
    ``worked`` gives the computed phrases of articles by id. Raises FileNotFoundError if there is no article.
    """
    files = sorted(path.glob("*.md")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise FileNotFoundError(f"There is no article in {path}: name a folder of Markdown files, or one of them.")
    folder = facts or (path if path.is_dir() else path.parent).parent / "facts"
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    for file in files:
        try:
            sheets.append(load_sheet(file))
        except ValueError as error:
            findings.append(Finding("error", "front matter", str(file), 1, f"cannot be read ({error}): mend it."))
    for sheet in sheets:
        findings += [*check_front(sheet), *_check_text(sheet), *_check_links(sheet)]
    findings += find_copies(sheets)
    traced = _trace(sheets, folder, worked or {}, findings) if sheets else {}
    ease = {sheet.name: kandel_moles(_sentences(sheet)) for sheet in sheets if sheet.body.strip()}
    findings += _check_ease(sheets, ease)
    findings.sort(key=lambda finding: (finding.path, finding.line, finding.rule))
    return Report(tuple(sheets), tuple(findings), ease, traced)


def _sentences(sheet: Sheet) -> list[str]:
    return [sheet.body[span.start : span.end] for span in sheet.sentences()]


def _check_text(sheet: Sheet) -> Iterator[Finding]:
    count = len(sheet.body.split())
    if not FEWEST_WORDS <= count <= MOST_WORDS:
        message = f"has {count} words: articles have {FEWEST_WORDS} to {MOST_WORDS}."
        yield sheet.error("length", sheet.opening, message)
    stated, found = sheet.fields.get("language"), find_language(sheet.body, None)
    if isinstance(stated, str) and stated != found:
        message = f"says its language is “{stated}”, but reads like “{found}”: correct the one or the other."
        yield sheet.error("language", sheet.field_line("language"), message)


def _check_links(sheet: Sheet) -> Iterator[Finding]:
    anchors = {_anchor(heading) for heading in re.findall(r"^#+\s+(.*)$", sheet.body, re.MULTILINE)}
    for found in _LINK.finditer(sheet.body):
        target, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
            continue
        dead = bool(target) and not (sheet.path.parent / target).is_file()
        if dead or (not target and _anchor(anchor) not in anchors):
            message = f"links to “{found['target']}”, which is not there: correct or remove the link."
            yield sheet.error("link", sheet.line(found.start()), message)


def _anchor(heading: str) -> str:
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower()))


def _check_ease(sheets: Sequence[Sheet], ease: Mapping[str, float]) -> Iterator[Finding]:
    for sheet in sheets:
        value = ease.get(sheet.name)
        if value is None or sheet.fields.get("language") != "fr" or HARDEST <= value <= EASIEST:
            continue
        mend = "shorten sentences and words" if value < HARDEST else "join sentences that belong together"
        message = f"has a reading ease of {value:.0f}, outside {HARDEST:.0f} to {EASIEST:.0f}: {mend}."
        yield sheet.warning("reading level", sheet.opening, message)


def _trace(
    sheets: Sequence[Sheet], folder: Path, worked: Mapping[str, str], findings: list[Finding]
) -> dict[str, tuple[Traced, ...]]:
    """Trace every sheet's facts; what is wrong with side files goes to ``findings``."""
    # The whole folder's words, also where one article is checked, so that the same facts are found in it.
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in sheets[0].path.parent.glob("*.md"))
    vocabulary = small_words(" ".join(texts))
    try:
        common = load_common(folder)
    except ValueError as error:
        findings.append(Finding("error", "facts", str(folder), 1, str(error)))
        common = frozenset()
    traced = {}
    for sheet in sheets:
        facts = find_figures(sheet, vocabulary)
        try:
            noted = load_noted(folder, sheet)
        except ValueError as error:
            findings.append(sheet.error("facts", 1, str(error)))
            noted = {}
        findings += stale_notes(sheet, facts, noted)
        traced[sheet.name] = tuple(trace(sheet, facts, noted, common, worked.get(sheet.name, "")))
        missing = sum(one.open for one in traced[sheet.name])
        if missing:
            message = f"has {missing} of {len(facts)} facts without a source of their own: see --list-untraced."
            findings.append(sheet.warning("facts", sheet.opening, message))
    return traced


def strictly(report: Report) -> Report:
    """The report with its warnings made errors."""
    return replace(report, findings=tuple(replace(finding, level="error") for finding in report.findings))
