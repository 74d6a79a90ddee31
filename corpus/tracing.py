"""Where the figures and names of an article come from.

A fact is traced in one of three ways: it stands in the title, author or publication of a source, a worked example
computes it, or somebody noted its source in a side file, ``facts/<article>.yaml``::

    "1978": 2                # the second of the article's sources
    "Daniel Julien": [2, 5]
    "80 %":                  # nobody looked yet

``facts/common.yaml`` lists names that need no source. Nothing else makes a fact traced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.figures import Fact, fact_key
from corpus.sheet import Finding, Sheet

COMMON = "common.yaml"
_NAMING = ("title", "author", "publication")


@dataclass(frozen=True, slots=True)
class Traced:
    """A fact and its sources (numbers in the front matter, from 1); ``common`` needs none."""

    article: str
    fact: Fact
    sources: tuple[int, ...]
    common: bool = False

    @property
    def open(self) -> bool:
        """Whether nobody traced it yet."""
        return not self.sources and not self.common


def trace(
    sheet: Sheet,
    facts: Sequence[Fact],
    noted: Mapping[str, tuple[int, ...]],
    common: frozenset[str],
    worked: str = "",
) -> list[Traced]:
    """Return each fact with its sources; ``noted`` and ``common`` are keyed by ``fact_key``.

    ``worked`` are the article's computed phrases; they count as its source that names a ``command``.
    """
    stated = [fact_key(" ".join(_stated(source, *_NAMING))) for source in sheet.sources()]
    computed = tuple(n for n, source in enumerate(sheet.sources(), 1) if source.get("command"))
    results: list[Traced] = []
    for fact in facts:
        sources = noted.get(fact.key, ())
        if not sources and not re.fullmatch(r"\d{1,2}", fact.key):  # A title's "8" says nothing about this 8.
            sources = tuple(number for number, text in enumerate(stated, 1) if _stands_in(fact.key, text))
        if not sources and computed and _stands_in(fact.key, fact_key(worked)):
            sources = computed
        results.append(Traced(sheet.name, fact, sources, fact.key in common))
    return [_with_longer(one, results) if one.open else one for one in results]


def _with_longer(one: Traced, results: Sequence[Traced]) -> Traced:
    """A name that is part of a traced longer one ("Julien", "Daniel Julien") shares its sources."""
    if any(char.isdigit() for char in one.fact.text):
        return one
    for other in results:
        if other.sources and not other.common and set(one.fact.key.split()) < set(other.fact.key.split()):
            return Traced(one.article, one.fact, other.sources)
    return one


def _stated(source: Mapping[str, object], *fields: str) -> Iterator[str]:
    for field in fields:
        value = source.get(field)
        if value is not None:
            yield str(value)


def _stands_in(key: str, text: str) -> bool:
    return re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(key)}(?!\w)(?![.,]\d)", text) is not None


def load_common(folder: Path) -> frozenset[str]:
    """Return the keys of the names in ``folder`` that need no source. Raises ValueError if the list is none."""
    path = folder / COMMON
    if not path.is_file():
        return frozenset()
    listed = _yaml(path)
    if not isinstance(listed, list):
        raise ValueError(f"{path} is not a list of names: write one a line, each after “- ”.")
    return frozenset(fact_key(str(name)) for name in listed)


def load_noted(folder: Path, sheet: Sheet) -> dict[str, tuple[int, ...]]:
    """Return what the side file of ``sheet`` notes: sources by ``fact_key``, () where nobody looked yet.

    Raises ValueError if the file is damaged or names a source that the front matter does not have.
    """
    path = folder / f"{sheet.name}.yaml"
    if not path.is_file():
        return {}
    stated = _yaml(path)
    if stated is None:
        return {}
    if not isinstance(stated, dict):
        raise ValueError(f'{path} is not a list of facts: write “"fact": number of its source” a line.')
    noted = {}
    for fact, value in stated.items():
        numbers = value if isinstance(value, list) else [] if value is None else [value]
        for number in numbers:
            if not isinstance(number, int) or not 1 <= number <= len(sheet.sources()):
                count = len(sheet.sources())
                raise ValueError(f"{path} gives “{fact}” source {number}: the article has sources 1 to {count}.")
        noted[fact_key(str(fact))] = tuple(numbers)
    return noted


def stale_notes(sheet: Sheet, facts: Sequence[Fact], noted: Mapping[str, tuple[int, ...]]) -> Iterator[Finding]:
    """Yield a warning for each note on a fact that the article no longer states."""
    keys = {fact.key for fact in facts}
    for key in noted:
        if key not in keys:
            yield sheet.warning("facts", 1, f"no longer says “{key}”: take it out of its side file.")


def untraced_lines(sheet: Sheet, traced: Sequence[Traced]) -> Iterator[str]:
    """Yield the side file's lines for the facts that nobody traced, to be filled in."""
    missing = [one for one in traced if one.open]
    if not missing:
        return
    yield f"# {sheet.name}.yaml"
    for number, source in enumerate(sheet.sources(), 1):
        yield f"#   {number}: {', '.join(_stated(source, *_NAMING, 'date', 'address', 'command'))}"
    for one in missing:
        quoted = one.fact.text.replace("\\", "\\\\").replace('"', '\\"')
        yield f'"{quoted}":  # line {one.fact.line}: {one.fact.sentence}'


def _yaml(path: Path) -> object:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid YAML ({str(error).splitlines()[0]}): mend it.") from error
