"""How far the articles say what a question takes for granted ("Why did A buy B?": that A bought B).

The verifier (``embeddings.reader.load_verifier``) reads the question, and the sentence that it takes for granted, with
the sentences that answer it best. What it tells are signals of the refusal (``rag.answerable``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.article import Span
from embeddings.reader import Reader
from rag.declarative import declarative
from rag.evidence import ScoredSentence
from rag.hits import Hit
from rag.words import fold

LOOKED_AT = 6
"""Sentences that are read."""
LONGEST_WINDOW = 900
"""Characters of a sentence with its neighbours; a longer one is read without them."""


_ASKS_WHAT = re.compile(
    r"\b(qui|que|quoi|quand|ou|comment|pourquoi|combien|quel(le)?s?|lequel|laquelle|what|who|whom|whose|which|when|where"
    r"|why|how)\b|\bqu(?=['’])"
)
_ASKS_WHETHER = re.compile(
    r"\w-(t-)?(il|elle|ils|elles|on|ce|je|nous|vous)\b|^est-ce\b"
    r"|^(is|are|was|were|do|does|did|can|could|must|should|has|have|will|would|may)\b"
)


def asks_whether(question: str) -> bool:
    """Whether a question is answered by yes or no ("Est-il encore autorisé ?"): it takes nothing for granted."""
    asked = fold(question).strip()
    # "Est-ce que" holds the only "que" that asks nothing.
    return bool(_ASKS_WHETHER.search(asked)) and not _ASKS_WHAT.search(re.sub(r"\best-ce qu(e\b|['’])", "", asked))


def granted(question: str, sentences: Sequence[ScoredSentence], verifier: Reader | None) -> tuple[float, float]:
    """How far one of the first ``LOOKED_AT`` of ``sentences``, with its neighbours, says what ``question`` takes for
    granted: by the words of the question itself, and by the sentence that they make (``rag.declarative``); -1 to 1.

    A fifth of the highest log odds; 0 without a verifier, without such a sentence, and for a question that only asks
    whether something is so.
    """  # noqa: D205
    if verifier is None or not sentences or asks_whether(question):
        return 0.0, 0.0
    pairs = []
    for one in sentences[:LOOKED_AT]:
        hit, span = one.hit, window(one.hit, one.span)
        pairs.append((hit.title, hit.text[span.start - hit.start : span.end - hit.start]))
    told = declarative(question)
    return _highest(verifier, question, pairs), _highest(verifier, told, pairs) if told else 0.0


def _highest(verifier: Reader, claim: str, pairs: Sequence[tuple[str, str]]) -> float:
    return max(-1.0, min(max(reading.score for reading in verifier.read(claim, pairs)) / 5, 1.0))


def window(hit: Hit, span: Span) -> Span:
    """``span`` with the sentence before and the one after it, which say whom « elle » means, within its passage."""
    before = max((one.start for one in hit.sentences if one.end <= span.start), default=span.start)
    behind = min((one.end for one in hit.sentences if one.start >= span.end), default=span.end)
    return Span(before, behind) if behind - before <= LONGEST_WINDOW else span
