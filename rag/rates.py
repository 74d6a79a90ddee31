"""What a number is counted by: « 253 275 euros pour 3 377 appels, soit 75 euros chacun » is not 253 275 a call."""

from __future__ import annotations

import re

from rag.words import fold, numbers

_NUMBER = r"\d[\d.,]*(?:[  ]\d{3})*"
_TIMES = (
    r"(?:ans?|annee|mois|semaine|jour|heure|minute|seconde|year|month|week|day|hour|minute|second|ano|mes|dia|hora)\b"
)
_A = re.compile(
    rf"(?P<number>{_NUMBER})(?: ?%| (?:millions?|milliards?|mille)(?: d'| de)?)? ?[\w€$-]+ (?:par|pour chaque|per|por) "
    rf"(?!{_TIMES}|an?\b|un[ea]?\b|l\b|l[ae]s?\b|the\b|des?\b|d\b|ses?\b|son\b|sa\b|leurs?\b|telephone|courriel|sms|rapport)"
    r"(?!by\b|jour)\w+"
)
_EACH = re.compile(r"\b(?:par|chaque|chacune?s?|l'unite|piece|per|each|every|apiece|cada|por)\b")
_ENDS = re.compile(r"[;.!?](?=\s|$)")


def rated_otherwise(claim: str, quote: str) -> bool:
    """Whether ``claim`` counts a number by something (« 75 euros par appel ») and ``quote`` has it for a whole.

    A number is counted so where « par », « chaque » or « chacun » stands between the numbers around it.
    """
    rated = [numbers(match["number"]) for match in _A.finditer(_plain(claim))]
    if not rated:
        return False
    told = _plain(quote)
    found = list(re.finditer(_NUMBER, told))
    here = [[place for place, match in enumerate(found) if numbers(match[0]) == wanted] for wanted in rated]
    return any(places and not any(_EACH.search(_around(told, found, place)) for place in places) for places in here)


def _plain(text: str) -> str:
    """Folded, with plain spaces."""
    return re.sub(r"[\u00a0\u202f]", " ", fold(text))


def _around(text: str, found: list[re.Match[str]], place: int) -> str:
    """What stands between the number before and the one behind, within the sentence."""
    begin = found[place - 1].end() if place else 0
    end = found[place + 1].start() if place + 1 < len(found) else len(text)
    before = _ENDS.split(text[begin : found[place].start()])[-1]
    return before + " " + _ENDS.split(text[found[place].end() : end])[0]
