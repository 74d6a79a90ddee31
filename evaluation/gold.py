"""Gold questions: what should be asked and what a good answer holds.

A gold file is JSON lines in UTF-8, a question a line; the fields are those of ``GoldQuestion``. Blank lines
are skipped. Errors::

    GoldError    the file cannot be read or a line of it is no gold question; the message names file and line
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class GoldError(Exception):
    """A gold file that cannot be used; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what is known of its right answer.

    ``articles`` are the ids of those that answer it; ``evidence`` are short phrases that stand in them; every
    inner tuple of ``facts`` must be met by one of its alternatives. The three are empty where ``answerable``
    is false. ``history`` are the messages before the question, as (role, content). ``extra`` holds fields of
    the line that nothing here reads; they are handed through to the report.
    """

    id: str
    question: str
    kind: str = "factual"
    language: str = "fr"
    answerable: bool = True
    articles: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the gold line's fields, defaults filled in, ready for ``json.dumps``."""
        return {
            **self.extra,
            "id": self.id,
            "kind": self.kind,
            "question": self.question,
            "language": self.language,
            "answerable": self.answerable,
            "articles": list(self.articles),
            "evidence": list(self.evidence),
            "facts": [list(alternatives) for alternatives in self.facts],
            "history": [{"role": role, "content": content} for role, content in self.history],
        }


_READ = ("id", "question", "kind", "language", "answerable", "articles", "evidence", "facts", "history")


def load_gold(path: Path | str) -> list[GoldQuestion]:
    """Return the questions of the file, in order.

    ``GoldError`` if it cannot be read, holds none, or a line is wrong.
    """
    path = Path(path)
    try:
        # "utf-8-sig" because some editors put a byte order mark at the start of the first line.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GoldError(f"There is no gold file {path}: check the path.") from None
    except UnicodeDecodeError:
        raise GoldError(f"{path} is not UTF-8 text: save it as UTF-8.") from None
    except OSError as error:
        raise GoldError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from None

    questions: list[GoldQuestion] = []
    lines: dict[str, int] = {}
    # Not splitlines(): JSON strings may hold U+2028 and its like, which that would take for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        question = _read_line(line, where)
        if question.id in lines:
            raise GoldError(
                f"{where}: the id {question.id!r} was used on line {lines[question.id]}; give each its own."
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise GoldError(f"{path} holds no question: write one JSON object a line.")
    return questions


def _read_line(line: str, where: str) -> GoldQuestion:
    """One gold question; ``where`` begins the message of an error."""
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        detail = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise GoldError(f"{where} is not valid JSON ({detail}): write one whole object a line.") from None
    if not isinstance(fields, dict):
        raise GoldError(f"{where} is not a JSON object: write it as {{…}}.")
    return GoldQuestion(
        id=_text(fields, "id", where),
        question=_text(fields, "question", where),
        kind=_text(fields, "kind", where, default="factual"),
        language=_text(fields, "language", where, default="fr"),
        answerable=_truth(fields, "answerable", where),
        articles=_texts(fields.get("articles"), "articles", where),
        evidence=_texts(fields.get("evidence"), "evidence", where),
        facts=_facts(fields.get("facts"), where),
        history=_history(fields.get("history"), where),
        extra={name: value for name, value in fields.items() if name not in _READ},
    )


def _text(fields: dict[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value.strip():
        raise GoldError(f'{where}: "{name}" must be a text that is not blank.')
    return value


def _truth(fields: dict[str, Any], name: str, where: str) -> bool:
    value = fields.get(name, True)
    if not isinstance(value, bool):
        raise GoldError(f'{where}: "{name}" must be true or false.')
    return value


def _texts(value: Any, name: str, where: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever the JSON held
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise GoldError(f'{where}: "{name}" must be a list of texts, none blank.')
    return tuple(value)


def _facts(value: Any, where: str) -> tuple[tuple[str, ...], ...]:  # noqa: ANN401 - whatever the JSON held
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, list) and item for item in value):
        raise GoldError(f'{where}: "facts" must be a list of lists of alternatives, such as [["8", "huit"]].')
    return tuple(_texts(item, "facts", where) for item in value)


def _history(value: Any, where: str) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - whatever the JSON held
    if value is None:
        return ()
    turns: list[Any] = value if isinstance(value, list) else [None]
    for turn in turns:
        if (
            not isinstance(turn, dict)
            or turn.get("role") not in ("user", "assistant")
            or not isinstance(turn.get("content"), str)
        ):
            raise GoldError(f'{where}: "history" must be a list of {{"role": "user" or "assistant", "content": "…"}}.')
    return tuple((turn["role"], turn["content"]) for turn in turns)
