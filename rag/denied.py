"""What passes by its words although no quote says it: « A a racheté B » beside "A gained on its rival B".

The gates of ``rag.cite`` compare numbers, names, denials and roles; that a verb is another is seen by none of them.
The verifier (``embeddings.reader.load_verifier``) reads sentence and quote together. By itself it would reject too many
true ones, so that it is heard only where it is sure, and where the words do not agree nearly wholly.
"""

from __future__ import annotations

from embeddings.reader import Reader
from rag.cite import Support
from rag.granted import window

DENIED = -2.5
"""Log odds under which a quote is read as not saying what the sentence says."""
AGREED = 0.9
"""Support from which the words tell enough. With both, of the statements on titles that the verifier was not trained on
2.4% of the true ones and 12.1% of the false ones are rejected (``python -m benchmarks.denied``)."""


def denied(claim: str, support: Support, verifier: Reader | None) -> bool:
    """Whether ``verifier`` reads that the quote of ``support`` does not say what ``claim`` says."""
    return verifier is not None and support.score < AGREED and odds(claim, support, verifier) < DENIED


def odds(claim: str, support: Support, verifier: Reader) -> float:
    """The log odds that the quote says it, by itself or with its neighbours, whichever are higher."""
    hit = support.hit
    spans = (support.span, window(hit, support.span))
    texts = [(hit.title, hit.text[span.start - hit.start : span.end - hit.start]) for span in spans]
    return max(reading.score for reading in verifier.read(claim, texts))
