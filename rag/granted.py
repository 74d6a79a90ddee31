"""How far the articles say what a question takes for granted ("Why did A buy B?": that A bought B).

The verifier (``embeddings.reader.load_verifier``) reads the question with the sentence that answers it best. What it
tells is a signal of the refusal (``rag.answerable``); it is too strict to judge an answer's own sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.article import Span
from embeddings.reader import Reader
from rag.evidence import ScoredSentence
from rag.hits import Hit
from rag.words import fold

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


def granted(question: str, sentences: Sequence[ScoredSentence], verifier: Reader | None) -> float:
    """How far the best of ``sentences`` with its neighbours says what ``question`` takes for granted: -1 to 1.

    A fifth of the log odds; 0 without a verifier, and for a question that only asks whether something is so.
    """
    if verifier is None or not sentences or asks_whether(question):
        return 0.0
    hit, span = sentences[0].hit, window(sentences[0].hit, sentences[0].span)
    (reading,) = verifier.read(question, [(hit.title, hit.text[span.start - hit.start : span.end - hit.start])])
    return max(-1.0, min(reading.score / 5, 1.0))


def window(hit: Hit, span: Span) -> Span:
    """``span`` with the sentence before and the one after it, which say whom « elle » means, within its passage."""
    before = max((one.start for one in hit.sentences if one.end <= span.start), default=span.start)
    behind = min((one.end for one in hit.sentences if one.start >= span.end), default=span.end)
    return Span(before, behind) if behind - before <= LONGEST_WINDOW else span
