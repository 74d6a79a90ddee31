"""Somebody's text against the articles, sentence by sentence: supported, contradicted, or not found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from corpus.article import Span
from corpus.sentences import sentence_spans
from embeddings.encoder import Encoder, Vectors
from embeddings.reader import Reader
from rag.answer import Assistant
from rag.cite import SUPPORTED, Citer, Support
from rag.denied import denied
from rag.hits import Hit
from rag.words import language_of

HITS = 10


class ClaimsError(Exception):
    """The file of claims cannot be read; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence to judge; with ``passages``, against those texts alone."""

    id: str
    claim: str
    passages: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one claim; field by field the contract's ``verify`` line. ``support`` is 0 to 1."""

    id: str
    claim: str
    verdict: Literal["supported", "contradicted", "not_found"]
    support: float
    quote: str
    article: str | None

    def to_json(self) -> dict[str, Any]:
        """The contract's object."""
        return asdict(self)


def read_claims(path: Path) -> list[Claim]:
    """The claims of a ``.jsonl`` file, one a line, or the sentences of any other readable article file.

    Raises ``ClaimsError`` naming the line, or ``corpus.read.UnreadableArticle``.
    """
    if path.suffix.lower() != ".jsonl":
        from corpus.read import read_article

        article = read_article(path)
        spans = sentence_spans(article.text, article.language)
        return [Claim(str(n), article.text[span.start : span.end]) for n, span in enumerate(spans, start=1)]
    claims = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            claims.append(_claim(line, number, path))
    return claims


def _claim(line: str, number: int, path: Path) -> Claim:
    try:
        values = json.loads(line)
        passages = values.get("passages")
        if not isinstance(values["claim"], str) or not isinstance(passages or [], list):
            raise TypeError("claim must be a string and passages a list")
        return Claim(
            str(values.get("id", number)),
            values["claim"],
            None if passages is None else tuple(map(str, passages)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ClaimsError(
            f'Line {number} of {path} is no claim ({error}): each line must be {{"id": …, "claim": …}}.'
        ) from error


def verify(claims: Sequence[Claim], assistant: Assistant) -> Iterator[Verdict]:
    """Judge each claim against the passages that retrieval finds for it, or against its own."""
    for claim in claims:
        if not claim.claim.strip():
            yield Verdict(claim.id, claim.claim, "not_found", 0.0, "", None)
        elif claim.passages is not None:
            yield _judge(claim, citer_of_texts(claim.passages, assistant.encoder), assistant.verifier, given=True)
        else:
            hits = assistant.hits(claim.claim, k=HITS)
            citer = Citer(hits, assistant.store.sentence_vectors, assistant.encoder)
            yield _judge(claim, citer, assistant.verifier)


def _judge(claim: Claim, citer: Citer, verifier: Reader | None, given: bool = False) -> Verdict:
    support = citer.support([claim.claim])[0]
    if support is not None and support.score >= SUPPORTED and not denied(claim.claim, support, verifier):
        return _verdict(claim, "supported", support, given)
    against = citer.contradiction(claim.claim)
    if against is not None:
        return _verdict(claim, "contradicted", against, given)
    return Verdict(claim.id, claim.claim, "not_found", round(support.score, 4) if support else 0.0, "", None)


def _verdict(claim: Claim, verdict: Literal["supported", "contradicted"], found: Support, given: bool) -> Verdict:
    hit, span = found.hit, found.span
    quote = hit.text[span.start - hit.start : span.end - hit.start]
    support = round(found.score, 4) if verdict == "supported" else 0.0
    return Verdict(claim.id, claim.claim, verdict, support, quote, None if given else hit.article)


def citer_of_texts(texts: Sequence[str], encoder: Encoder) -> Citer:
    """A citer over texts that are in no store; their sentences are embedded on the spot."""
    hits = [_hit(number, text) for number, text in enumerate(texts)]

    def vectors(places: Sequence[tuple[str, Span]]) -> Vectors:
        return encoder.encode_passages([texts[int(name)][span.start : span.end] for name, span in places])

    return Citer(hits, vectors, encoder)


def _hit(number: int, text: str) -> Hit:
    language = language_of(text)
    return Hit(
        rank=number + 1, article=str(number), passage=0, score=1.0, text=text, start=0, end=len(text), title="",
        author=None, publication=None, date=None, source="", heading="", language=language,
        sentences=sentence_spans(text, language), dense=0.0, sentence=0.0, words=0.0,
    )  # fmt: skip
