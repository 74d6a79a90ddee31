"""What the verifier learns from: statements with the sentences that support them, and with some that only seem to.

The statements were written for this in ``training/statements/``, on a few sentences each of PIAF's training split
(``benchmarks.squad``) and of some shipped articles: true ones in other words, and false ones that differ in one thing
(a number, a name, a denial, who does what to whom, two facts merged, something invented, how much or how surely).
Questions were written too, whose premise the sentences support or do not. Others are made by construction: the text's
own sentences, with a number or a name exchanged, and true statements under other sentences of the same article.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import squad
from corpus.article import Span
from corpus.read import read_article
from corpus.sentences import sentence_spans
from rag.quotes import denies
from rag.words import STOP_WORDS, fold

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = Path(__file__).with_name("statements")
APART = 3
"""Words between two names that are exchanged."""
_VERB = re.compile(
    r"(?<=[\w»%] )(?:a|ont|est|sont|était|étaient|avait|avaient|aura|sera|seront|peut|peuvent|doit|doivent|emploie"
    r"|compte|comptent|prévoit|permet|devient|reste|demande|fait|font|dépasse|augmente|baisse)(?= )"
)
_BEFORE_A_VERB = re.compile(
    r"(?:\b(?:ne|se|me|le|la|les|lui|leur|y|en|nous|vous|qu|un|une|des|du|ce|cette|chaque) |['’])$"
)
_NO_NAME = STOP_WORDS["fr"] | {"cependant", "toutefois", "pourtant", "lorsque", "selon", "puis", "enfin", "ainsi"}
"""Words that begin a sentence with a capital and are no name."""
DEVELOPMENT = 0.1
"""Share of the titles whose statements are not trained on."""
_NUMBER = re.compile(r"\d+(?:[.,  ]\d+)*")
_NAME = re.compile(r"(?<=[\w,’'»] )[A-ZÀ-Ý][\w’'-]{2,}(?: [A-ZÀ-Ý][\w’'-]{2,})*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, ``kind`` "true" or what is wrong with it; or a question, whose premise "holds" or "fails"."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Source:
    """Sentences ``span`` of an article's ``text`` and what was written on them."""

    title: str
    text: str
    span: Span
    statements: tuple[Statement, ...]

    def window(self, chance: random.Random | None = None) -> str:
        """The sentences; with ``chance`` perhaps with one or two of their neighbours."""
        start, end = self.span.start, self.span.end
        if chance:
            spans = sentence_spans(self.text, "fr")
            before = [one.start for one in spans if one.end <= self.span.start][-2:]
            behind = [one.end for one in spans if one.start >= self.span.end][:2]
            if before and chance.random() < 0.4:
                start = chance.choice(before)
            if behind and chance.random() < 0.4:
                end = chance.choice(behind)
        return self.text[start:end]

    def sentences(self) -> list[str]:
        """The sentences of the window, one by one."""
        window = self.window()
        return [window[one.start : one.end] for one in sentence_spans(window, "fr")]


@dataclass(frozen=True, slots=True)
class Example:
    """A claim, the title and sentences it is judged by, and whether they support it."""

    claim: str
    title: str
    text: str
    kind: str

    @property
    def truth(self) -> bool:
        """Whether the sentences support the claim."""
        return self.kind in ("true", "holds")


def written() -> list[Source]:
    """All that was written, with the texts it was written on."""
    data = squad.load()
    sources = []
    for line in _lines(WRITTEN / "piaf.jsonl"):
        title = data.titles[data.groups[line["paragraph"]]]
        sources.append(_source(line, title, data.paragraphs[line["paragraph"]]))
    for line in _lines(WRITTEN / "trade.jsonl"):
        article = read_article(ROOT / "corpus" / "articles" / f"{line['article']}.md")
        sources.append(_source(line, article.title, article.text))
    return sources


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _source(line: Mapping[str, Any], title: str, text: str) -> Source:
    statements = [Statement(one, "true") for one in line["true"]]
    statements += [Statement(one, kind) for kind, some in line["false"].items() for one in some]
    statements += [Statement(one, kind) for kind in ("holds", "fails") for one in line.get(kind, [])]
    return Source(title, text, Span(line["start"], line["end"]), tuple(statements))


def split(sources: Sequence[Source]) -> tuple[list[Source], list[Source]]:
    """Those to learn from, and those to look at: all of some titles."""
    titles = sorted({source.title for source in sources})
    kept = set(random.Random(squad.SPLIT_SEED).sample(titles, round(DEVELOPMENT * len(titles))))
    return (
        [source for source in sources if source.title not in kept],
        [source for source in sources if source.title in kept],
    )


def examples(sources: Sequence[Source], chance: random.Random) -> Iterator[Example]:
    """Each statement once, and some made by construction, others each time."""
    by_title: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_title[source.title].append(source)
    for source in sources:
        title = source.title if chance.random() < 0.7 else ""
        for one in source.statements:
            yield Example(one.text, title, source.window(chance), one.kind)
        for claim, kind in _made(source, chance.choice(sources).window(), chance):
            yield Example(claim, title, source.window(chance), kind)
        apart = [one for one in by_title[source.title] if not _touch(one, source)]
        if apart and chance.random() < 0.5:
            elsewhere = chance.choice(apart)
            true = [one.text for one in source.statements if one.kind == "true"]
            yield Example(chance.choice(true), title, elsewhere.window(), "elsewhere")


def _made(source: Source, other: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(claim, kind) of statements made by construction."""
    true = [one.text for one in source.statements if one.kind == "true"]
    own = chance.choice(source.sentences())
    if chance.random() < 0.5:
        yield own, "true"
    for like in (own, true[0]):
        yield from ((wrong, kind) for kind, wrong in made_wrong(like, chance) if chance.random() < 0.6)
    for like in (own, chance.choice(true)):
        wrong = changed(like, source.window(), other, chance)
        if wrong and chance.random() < 0.6:
            yield wrong, "changed"


def _touch(one: Source, other: Source) -> bool:
    return one.text == other.text and abs(one.span.start - other.span.start) < 1000


def made_wrong(sentence: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, sentence) of ways to make one of a text's own sentences say the contrary in nearly the same words."""
    if denied := negated(sentence, chance):
        yield "negation", denied
    if other := turned(sentence, chance):
        yield "roles", other


def negated(sentence: str, chance: random.Random) -> str | None:
    """A French sentence with its verb denied; None where it denies already or no common verb is seen."""
    verbs = [verb for verb in _VERB.finditer(sentence) if not _BEFORE_A_VERB.search(sentence[: verb.start()])]
    if denies(sentence) or not verbs:
        return None
    verb = chance.choice(verbs[:2])
    particle = "n'" if verb[0][0] in "aeéêo" else "ne "
    word = chance.choice(["pas", "pas", "pas", "jamais", "plus"])
    return f"{sentence[: verb.start()]}{particle}{verb[0]} {word}{sentence[verb.end() :]}"


def turned(sentence: str, chance: random.Random) -> str | None:
    """A sentence with two names exchanged that stand on both sides of something said, not side by side in a list."""
    found = [name for name in _NAME.finditer("» " + sentence) if fold(name[0].split()[0]) not in _NO_NAME]
    pairs = [
        (one, other)
        for one, other in zip(found, found[1:], strict=False)
        if one[0] != other[0] and len(sentence[one.end() - 2 : other.start() - 2].split()) >= APART
    ]
    if not pairs:
        return None
    one, other = chance.choice(pairs)
    middle = sentence[one.end() - 2 : other.start() - 2]
    return f"{sentence[: one.start() - 2]}{other[0]}{middle}{one[0]}{sentence[other.end() - 2 :]}"


def changed(claim: str, window: str, other: str, chance: random.Random) -> str | None:
    """``claim`` with a number or a name exchanged for one of its window or of another; None where it has neither."""
    for pattern in chance.sample([_NUMBER, _NAME], 2):
        said = pattern.findall(claim)
        if not said:
            continue
        old = chance.choice(said)
        known = [one for one in pattern.findall(window) + pattern.findall(other) if one not in claim]
        if pattern is _NUMBER and (not known or chance.random() < 0.5):
            known = [_near(old, chance)]
        if known:
            return claim.replace(old, chance.choice(known), 1)
    return None


def _near(number: str, chance: random.Random) -> str:
    """A number with another digit in one place."""
    place = chance.choice([at for at, sign in enumerate(number) if sign.isdigit()])
    digit = chance.choice([one for one in "123456789" if one != number[place]])
    return number[:place] + digit + number[place + 1 :]
