"""The YAML block at the top of a Markdown file."""

from __future__ import annotations

import re
from datetime import date, datetime

_BLOCK = re.compile(r"\A\s*---[ \t]*\r?\n(?P<yaml>.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_LARGEST = 64_000
"""Characters."""
_DEEPEST = 10
_NAMES = {
    "title": ("title", "titre"),
    "author": ("author", "authors", "auteur", "auteurs"),
    "publication": ("publication", "journal", "magazine", "publisher", "site"),
    "date": ("date", "published"),
    "language": ("language", "lang", "langue"),
    "source": ("source", "url", "original", "link"),
}


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the fields of the front matter (those of ``Draft.fields``) and the text after it.

    Raises ValueError if there is a block and it is not YAML with a name and a value on each line.
    """
    values, body = load_front_matter(text)
    lowered = {str(name).strip().lower(): value for name, value in values.items()}
    fields = {}
    for field, names in _NAMES.items():
        stated = next((shown for name in names if (shown := _shown(lowered.get(name)))), None)
        if stated:
            fields[field] = stated
    return fields, body


def load_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the front matter as YAML reads it, {} if there is none, and the text after it.

    Raises ValueError as ``split_front_matter``.
    """
    found = _BLOCK.match(text[:_LARGEST]) if text.lstrip()[:3] == "---" else None
    if found is None:
        return {}, text
    import yaml

    try:
        _refuse_bombs(found["yaml"])
        values = yaml.safe_load(found["yaml"])
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error).splitlines()[0]) from error
    if values is None:
        return {}, text[found.end() :]
    if not isinstance(values, dict):
        if ":" not in found["yaml"]:
            return {}, text  # A rule, a paragraph, a rule.
        raise ValueError("no names and values")
    return values, text[found.end() :]


def _refuse_bombs(block: str) -> None:
    """Raise ValueError for aliases, by which a few lines become gigabytes, and for nesting, which takes minutes."""
    import yaml

    depth = 0
    for event in yaml.parse(block):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError("too deeply nested")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(shown for item in value[:20] if (shown := _shown(item)))
    if isinstance(value, dict):
        return _shown(value.get("name") or value.get("title"))
    if isinstance(value, date | datetime):
        return value.isoformat()
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
