"""What a question wants counted ("combien de visiteurs", "quel montant"), and whether a text tells a number of it.

That a passage holds some number answers nothing: asked for a magazine's subscribers, it tells the day of its birth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.words import STOP_WORDS, fold, stems, words

NEAR_AFTER, NEAR_BEFORE = 5, 3
"""Words from a number to what it counts: "300 000 à 500 000 emplois"; "les visiteurs étaient 240"."""

_PEOPLE = """personnes gens salaries employes conseillers teleconseillers teleoperateurs teleacteurs agents
    collaborateurs emplois postes effectif effectifs equivalents people persons employees workers jobs staff
    conseilleres salariees hommes femmes"""
_MONEY = "euros euro dollars dollar francs livres dirhams dinars centimes ariary yens argent"
_TIME = """secondes minutes heures jours semaines mois ans annees trimestres siecle seconds minutes hours days weeks
    months years"""
PEOPLE, TIMES, MONEY = (frozenset(stems(group, "fr")) for group in (_PEOPLE, _TIME, _MONEY))
"""Stems of things of which one stands for the other: asked for people, "3 000 emplois" tells it."""

_OF = re.compile(
    r"\b(?:combien|quel(?:le)? (?:est le |etait le )?(?:nombre|quantite)) (?:y a-t-il |y avait-il )?(?:de |des |d['’ ])"
    r"(?P<what>.+)|\bhow many (?P<how>.+)"
)
_DURATION = re.compile(r"\bcombien de temps\b|\bhow long\b|\bquelle duree\b")
_COSTS = re.compile(
    r"\b(?:combien(?! (?:de |des |d['’]))|how much)\b.{0,60}\b(?:coute\w*|coutait|paye\w*|paie|verse\w*|vaut|valait"
    r"|gagne\w*|gagnait|touche\w*"
    r"|facture\w*|depense\w*|debourse\w*|pay|paid|cost\w*|earn\w*)\b"
    r"|\b(?:a quel prix|quel (?:prix|montant|salaire|budget|chiffre d['’ ]affaires)|quelle (?:somme|amende))\b"
    r"|\bquel (?:est|etait|a ete|fut) (?:le|son|leur) (?:prix|montant|salaire|budget|chiffre d['’ ]affaires)\b"
)
_SHARE = re.compile(r"\b(?:quelle (?:part|proportion)|quel (?:pourcentage|taux)|what (?:share|percentage))\b")
_SHARES = re.compile(
    r"%|\bpour cent\b|\bpercent\b|\bmoitie\b|\btiers\b|\bquarts?\b"
    r"|\b(?:\d+|une?|deux|trois|quatre|cinq|six|sept|huit|neuf)(?: \w+){0,3}"
    r" sur (?:deux|trois|quatre|cinq|dix|cent|\d+)\b"
)
_NUMBER = re.compile(
    r"\d|^(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante"
    r"|cinquante|soixante|cent|cents|mille|millier|milliers|million|millions|milliard|milliards|dizaines?|douzaines?"
    r"|quinzaine|vingtaine|trentaine|cinquantaine|centaines?|two|three|four|five|six|seven|eight|nine|ten|hundreds?"
    r"|thousands?)$"
)


def uncounted(question: str, texts: Iterable[str]) -> float:
    """1 when the question wants a number of something that no text tells; 0 when one does, or it wants none."""
    asked = fold(question)
    if asks_share(asked):
        return float(not any(holds_share(text) for text in texts))
    if asks_duration(asked):
        return float(not any(near(text, TIMES) for text in texts))
    things = MONEY if asks_price(asked) else _things(asked)
    if things == MONEY:
        return float(not any(holds_price(text) for text in texts))
    return float(bool(things) and not any(near(text, things) for text in texts))


def asks_share(asked: str) -> bool:
    """Whether a folded question asks for a share of something."""
    return bool(_SHARE.search(asked))


def asks_duration(asked: str) -> bool:
    """Whether a folded question asks how long something takes."""
    return bool(_DURATION.search(asked))


def asks_price(asked: str) -> bool:
    """Whether a folded question asks for an amount of money."""
    return bool(_COSTS.search(asked))


def holds_share(text: str) -> bool:
    """Whether ``text`` tells a share: a percentage, a half, "deux emplois sur trois"."""
    return bool(_SHARES.search(fold(text)))


def holds_price(text: str) -> bool:
    """Whether ``text`` tells an amount of money."""
    return near(text, MONEY) or bool({*"€$"} & {*text})


def _things(asked: str) -> frozenset[str]:
    """The stems of what a folded question counts, with all that may stand for it; empty where it names nothing."""
    found = _OF.search(asked)
    if not found:
        return frozenset()
    after = words(found["what"] or found["how"])
    first = next((word for word in after[:2] if word not in STOP_WORDS["fr"] and word not in STOP_WORDS["en"]), "")
    thing = frozenset(stems(first, "fr"))
    return next((known for known in (PEOPLE, TIMES, MONEY) if thing & known), thing)


def near(text: str, things: frozenset[str]) -> bool:
    """Whether a number stands beside one of ``things``."""
    said = words(text)
    counted = [place for place, word in enumerate(said) if things & set(stems(word, "fr"))]
    numbers = [place for place, word in enumerate(said) if _NUMBER.search(word)]
    return any(-NEAR_AFTER <= number - thing <= NEAR_BEFORE for thing in counted for number in numbers)
