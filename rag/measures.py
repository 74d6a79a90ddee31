"""What a number measures: « 3,7 secondes » is not « 3,7 % », « 2,6 milliards » not 2,6 millions, « 0,9 % » not 9 %."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.words import fold

_VALUE = r"(?<![\d.,])(?:\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
_SCALE = r"(?P<thousand>mille|thousand|mil\b)|(?P<million>millions?|millon(?:es)?)|(?P<milliard>milliards?|billions?)"
_UNITS = {
    "percent": r"%|pour ?cent|percent|per cent|por ciento",
    "point": r"points?|puntos?",
    "money": r"euros?|€|dollars?|\$|livres? sterling|francs?|dirhams?|dinars?|ariary|centimes?|cents?|pounds?",
    "second": r"secondes?|seconds?|segundos?|s\b",
    "minute": r"minutes?|minutos?|min\b",
    "hour": r"heures?|hours?|horas?|h\b",
    "day": r"jours?|days?|dias?",
    "week": r"semaines?|weeks?|semanas?",
    "month": r"mois|months?|mes(?:es)?\b",
    "year": r"ans?\b|annees?|years?|anos?\b",
}
_MEASURE = re.compile(
    rf"(?P<value>{_VALUE})(?: ?(?:{_SCALE}))?(?: d['e])? ?(?:"
    + "|".join(rf"(?P<{unit}>(?:{written}))(?!\w)" for unit, written in _UNITS.items())
    + ")?"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


class Measure(NamedTuple):
    """A number as it is written, in one notation ("2.6"), with its "million" and its unit, "" where it has none."""

    value: str
    scale: str
    unit: str


def measured_otherwise(claim: str, quote: str) -> bool:
    """Whether ``claim`` has a number that ``quote`` has only of another unit or magnitude, or as part of a decimal."""
    told = measures(quote)
    parts = {part for one in told if "." in one.value for part in one.value.split(".")}
    for said in measures(claim):
        same = [one for one in told if one.value == said.value]
        if same and not any(_agree(said, one) for one in same):
            return True
        if not same and said.value in parts:
            return True
    return False


@lru_cache(maxsize=4096)
def measures(text: str) -> tuple[Measure, ...]:
    """The numbers of ``text`` with what they measure, in order."""
    plain = _THOUSANDS.sub("", re.sub(r"[\u00a0\u202f]", " ", fold(text)))
    return tuple(
        Measure(
            re.sub(r"[ .](?=\d{3}(?!\d))", "", match["value"]).replace(",", "."),
            next((scale for scale in ("thousand", "million", "milliard") if match[scale]), ""),
            next((unit for unit in _UNITS if match[unit]), ""),
        )
        for match in _MEASURE.finditer(plain)
    )


def _agree(said: Measure, told: Measure) -> bool:
    return not (said.scale and told.scale and said.scale != told.scale) and not (
        said.unit and told.unit and said.unit != told.unit
    )
