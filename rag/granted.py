"""How far the articles say what a question takes for granted ("Why did A buy B?": that A bought B).

The verifier (``embeddings.reader.load_verifier``) reads the question with the sentence that answers it best. What it
tells is a signal of the refusal (``rag.answerable``); it is too strict to judge an answer's own sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.article import Span
from embeddings.reader import Reader
from rag.evidence import ScoredSentence
from rag.hits import Hit

LONGEST_WINDOW = 900
"""Characters of a sentence with its neighbours; a longer one is read without them."""


def granted(question: str, sentences: Sequence[ScoredSentence], verifier: Reader | None) -> float:
    """How far the best of ``sentences`` with its neighbours says what ``question`` takes for granted: -1 to 1.

    A fifth of the log odds; 0 without a verifier.
    """
    if verifier is None or not sentences:
        return 0.0
    hit, span = sentences[0].hit, window(sentences[0].hit, sentences[0].span)
    (reading,) = verifier.read(question, [(hit.title, hit.text[span.start - hit.start : span.end - hit.start])])
    return max(-1.0, min(reading.score / 5, 1.0))


def window(hit: Hit, span: Span) -> Span:
    """``span`` with the sentence before and the one after it, which say whom « elle » means, within its passage."""
    before = max((one.start for one in hit.sentences if one.end <= span.start), default=span.start)
    behind = min((one.end for one in hit.sentences if one.start >= span.end), default=span.end)
    return Span(before, behind) if behind - before <= LONGEST_WINDOW else span
