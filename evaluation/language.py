"""In which language a text is written, judged apart from what ``rag`` says of its own answers."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from evaluation.folding import without_marks, words
from rag.words import STOP_WORDS

USUAL = frozenset({"fr", "en", "es", "de", "it", "pt"})
"""ISO 639-1 codes of the languages told apart always; those of the gold questions are added."""

_SURE = 0.8
"""From this confidence on the detector is believed at once; below it, function words decide first."""

_QUOTED = re.compile(r"«[^«»]*»|“[^“”]*”")


def detect(text: str, candidates: Collection[str] = ()) -> str | None:
    """Return the ISO 639-1 code of the language of ``text``; None when it has too few words to tell.

    lingua decides when it is sure. Otherwise function words do, where one language has more of them than
    every other and at least a sixth of the words: lingua takes an English sentence full of French names for
    French. lingua's best guess comes last.
    """
    found = words(without_marks(text))
    if sum(map(len, found)) < 3 or all(word.isdigit() for word in found):
        return None
    confidences = _detector(frozenset(candidates) | USUAL).compute_language_confidence_values(without_marks(text))
    best = confidences[0]
    guess = str(best.language.iso_code_639_1.name).lower()
    if best.value >= _SURE:
        return guess
    counts = sorted(
        ((sum(word in stop for word in found), language) for language, stop in STOP_WORDS.items()),
        reverse=True,
    )
    if counts[0][0] > counts[1][0] and counts[0][0] * 6 >= len(found):
        return counts[0][1]
    # Names and figures alone ("Tarsus, 2012") are in no language in particular.
    return guess if best.value >= _SURE / 2 and len(found) > 2 else None


def language_match(answer: str, language: str, candidates: Collection[str] = ()) -> float | None:
    """1 if the answer (or refusal) is written in ``language``, else 0; None for an empty answer.

    An answer of names and figures alone is in any language. What it quotes in « » stays in the language of its source
    and is left out, unless there is nothing else.
    """
    if not words(answer):
        return None
    told = _QUOTED.sub(" ", answer)
    found = detect(told if words(without_marks(told)) else answer, {language, *candidates})
    return float(found is None or found == language.lower()[:2])


@lru_cache(maxsize=4)
def _detector(codes: frozenset[str]) -> Any:  # noqa: ANN401 - lingua's builder has no useful static type here
    from lingua import Language, LanguageDetectorBuilder  # here, so that --help need not load it

    wanted = [one for one in Language.all() if one.iso_code_639_1.name.lower() in codes]
    return LanguageDetectorBuilder.from_languages(*wanted).build()
