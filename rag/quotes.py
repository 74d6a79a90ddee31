"""What the sentences of articles tell, as far as a claim is compared with it: names, numbers, denials, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from corpus.article import Span
from embeddings.encoder import Vectors
from rag.hits import Hit
from rag.words import MONTHS, STOP_WORDS, figures, fold, stems, words

SentenceVectors = Callable[[Sequence[tuple[str, Span]]], Vectors]
"""Gives the vectors ``(n, d)`` of sentences named by article and span (``rag.store.Store.sentence_vectors``)."""

CLAUSE = 3
"""Stems at least of a clause that denies or affirms by itself."""

_PAUSE = re.compile(r"[,;:]\s")
_NEGATION = re.compile(
    r"\b(ne|n|ni|aucune?|sans|jamais|nul(?:le)?|not|no|never|none|without|nobody|nothing|cannot|nunca|sin|ningun[oa]?)\b"
    r"|\b(?:is|was|are|were|do|does|did|has|have|had|ca|would|could|should)n't\b"
)
_NOT_A_DENIAL = re.compile(
    r"\b(?:ne\b|n')(?:(?!\b(?:pas|jamais|aucune?|personne)\b)[^.;])*\bqu(?:e\b|')"
    r"|\bnon seulement\b|\bnot only\b|\bno solo\b|\bsans doute\b"
)
_NAME = re.compile(r"\b[A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒ][\w’'\-]*")

_ELIDED = re.compile(r"^(?:[DLdl]|Qu)[’'](?=\w)")
_SUBJECT = re.compile(
    r"(?!(?:Rien|Personne|Nul|Cert|Chac|Cel|Beaucoup|D[’']|Quelqu|Tou[ts]|No|Every|Some|Any|Nad|Algu|Cada|Autrui)\w*\b)"
    rf"{_NAME.pattern[2:]} (?:n[e’'] ?|s[e’'] ?|l[’']|y |en )*(?:a|ont|est|sont|avait|avaient|était|étaient|aura|sera"
    r"|fut|va|peut|doit|fait|has|is|was|had|will|did|can|ha|fue|era)\b"
)
"""A word before a verb, without a determiner, that is no pronoun."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a quote."""

    text: str
    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    parts: tuple[tuple[frozenset[str], bool], ...]
    """Of each clause its stems and whether it denies."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A span that may support: one sentence of a hit or two neighbours, with what the gates compare."""

    hit: Hit
    span: Span
    text: str
    vector: Vectors
    stems: frozenset[str]
    about: frozenset[str]
    own: frozenset[str]
    """Its words, without what is known of its article."""
    names: frozenset[str]
    known: frozenset[str]
    around: frozenset[str]
    around_stems: frozenset[str]
    numbers: frozenset[str]
    article: frozenset[str]
    """The words of its article's title, author, publication and date."""
    told: tuple[Told, ...]
    parts: tuple[tuple[frozenset[str], bool], ...]
    """Of each clause its stems and whether it denies."""

    @property
    def figures(self) -> frozenset[str]:
        """The numbers of its sentences, without those known of its article."""
        return frozenset[str]().union(*(one.numbers for one in self.told))

    def denies(self, said: frozenset[str]) -> bool:
        """Whether the clause denies that shares most with ``said``, the stems of a claim."""
        return max(self.parts, key=lambda part: len(part[0] & said))[1]


def denies(text: str) -> bool:
    """Whether a sentence denies something (French, English, Spanish negation; "ne … que" is no denial)."""
    folded = fold(text)
    return bool(_NEGATION.search(_NOT_A_DENIAL.sub(" ", folded)))


def names(text: str) -> set[str]:
    """Folded proper names: capitalised words, acronyms anywhere, no function words.

    The first word is capitalised anyhow: it is a name where a verb or another name follows it ("Orange a exigé").
    """
    found: set[str] = set()
    for match in _NAME.finditer(text):
        first = not re.search(r"\w", text[: match.start()])
        word = match.group().strip("’'-")
        if first:
            elided = _ELIDED.match(word)
            word = word[elided.end() if elided else 0 :]
            subject = word[:1].isupper() if elided else _SUBJECT.match(text, match.start())
            if not (subject or (len(word) > 1 and word.isupper())):
                continue
        found.update(part for part in words(word) if len(part) > 1 and not _is_stop(part))
    return found


def _is_stop(word: str) -> bool:
    return any(word in stop for stop in STOP_WORDS.values())


def date_words(day: date | None) -> str:
    """A date as its readers may write it: "6 février 2013", "6 February 2013", "06/02/2013"."""
    if day is None:
        return ""
    return f"{day.day} {MONTHS[day.month - 1]} {day:%B} {day.year} {day:%d/%m/%Y}"


def quotes_of(hits: Sequence[Hit], sentence_vectors: SentenceVectors) -> list[Quote]:
    """Every sentence of the hits, and every two neighbours within one."""
    places = [(hit, span) for hit in hits for span in hit.sentences]
    if not places:
        return []
    vectors = sentence_vectors([(hit.article, span) for hit, span in places])
    singles = [_quote(hit, span, vector) for (hit, span), vector in zip(places, vectors, strict=True)]
    pairs = []
    for left, right in zip(singles, singles[1:], strict=False):
        if left.hit is right.hit:
            middle = left.vector + right.vector
            span = Span(left.span.start, right.span.end)
            pairs.append(_quote(left.hit, span, middle / (float(np.linalg.norm(middle)) or 1.0)))
    return singles + pairs


def _quote(hit: Hit, span: Span, vector: Vectors) -> Quote:
    text = hit.text[span.start - hit.start : span.end - hit.start]
    about = f"{hit.title} {hit.author or ''} {hit.publication or ''} {date_words(hit.date)}"
    known = frozenset(words(f"{text} {about} {hit.heading}"))
    sentences = _sentences(hit, span)
    # The passage's other sentences may name what this one calls "il" or "ce salon".
    passage, around_stems = _around(hit.text, hit.heading, hit.language)
    around = known | passage
    told = tuple(_told(one, hit.language) for one in sentences)
    parts = tuple(part for one in told for part in one.parts)
    named = frozenset[str]().union(*(one.names for one in told))
    counted = figures(f"{text} {about}", hit.language)
    return Quote(
        hit, span, text, vector, frozenset(stems(text, hit.language)), frozenset(stems(about, hit.language)),
        frozenset(words(text)), named, known, around, around_stems, counted, frozenset(words(about)), told,
        parts,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _told(sentence: str, language: str) -> Told:
    """What a sentence tells; it stands in a quote of its own and in those with its neighbours."""
    parts = tuple((frozenset(stems(clause, language)), denies(clause)) for clause in _clauses(sentence, language))
    return Told(sentence, frozenset(words(sentence)), frozenset(names(sentence)), figures(sentence, language), parts)


def _clauses(sentence: str, language: str) -> list[str]:
    """The parts of a sentence between its commas, as far as they say something of their own."""
    clauses: list[str] = []
    for part in _PAUSE.split(sentence):
        if clauses and min(len(stems(clauses[-1], language)), len(stems(part, language))) < CLAUSE:
            clauses[-1] += f", {part}"
        else:
            clauses.append(part)
    return clauses


@lru_cache(maxsize=256)
def _around(text: str, heading: str, language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words and numbers of a passage, and its stems."""
    return figures(text, language).union(words(text)), frozenset(stems(f"{heading} {text}", language))


def _sentences(hit: Hit, span: Span) -> list[str]:
    inside = [one for one in hit.sentences if one.start >= span.start and one.end <= span.end] or [span]
    return [hit.text[one.start - hit.start : one.end - hit.start] for one in inside]
