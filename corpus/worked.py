"""The worked examples of the articles on sizing, computed again: ``python -m corpus.worked`` prints them.

Each example is a phrase that stands word for word in its article; a test looks for it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.sizing import (
    agents_needed,
    contracts_needed,
    erlang_b,
    lines_needed,
    offered_load,
    service_a,
    service_c,
    with_shrinkage,
)

CALLS, HANDLING, TARGET, WITHIN = 300, 180.0, 0.8, 20.0
"""The flow that all the articles follow: 300 calls an hour of three minutes, 80 % answered within 20 seconds."""
WORKED_SECONDS, HANDLED = 30_000, 100
TALK, PATIENCE, SHRINKAGE, WEEK = 150.0, 120.0, 0.3, 35.0
DAY = {"8 à 10 heures": 200, "10 à 12 heures": 300, "12 à 14 heures": 180, "14 à 16 heures": 260, "16 à 18 heures": 140}
"""Calls an hour in each of five spans of two hours."""
GIVEN = (
    "300 appels par heure, 180 secondes, 150 et 30 secondes, 80 % en 20 secondes, 80/20, 50 agents, 2880 appels, 30 %"
)
"""What the examples start from, as the articles write it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A computed phrase, and the article (its id) in which it stands."""

    article: str
    phrase: str


def examples() -> tuple[Example, ...]:
    """Return all examples, article by article, in the order of their text."""
    articles: dict[str, Callable[[], Iterator[str]]] = {
        "erlang-b-lignes-telephoniques": _lines,
        "erlang-c-nombre-agents": _agents,
        "erlang-a-patience-abandon": _patience,
        "shrinkage-agents-plannings": _schedules,
        "dmt-duree-moyenne-de-traitement": _handling_time,
    }
    return tuple(Example(article, phrase) for article, phrases in articles.items() for phrase in phrases())


def computed() -> dict[str, str]:
    """Return what the examples state by article: their givens and their phrases, a line each."""
    lines: dict[str, list[str]] = {}
    for example in examples():
        lines.setdefault(example.article, [GIVEN]).append(example.phrase)
    return {article: "\n".join(stated) for article, stated in lines.items()}


def _load(calls: float = CALLS) -> float:
    return offered_load(calls, 60, HANDLING)


def _lines() -> Iterator[str]:
    load = _load()
    yield f"300 appels de 3 minutes dans l’heure font {load:g} erlangs"
    yield f"Avec 15 lignes, {_percent(erlang_b(15, load))} des appels sont perdus"
    yield f"avec 20 lignes, {_percent(erlang_b(20, load))}"
    yield f"avec 24 lignes, {_percent(erlang_b(24, load))}"
    fewest = [lines_needed(load, blocking) for blocking in (0.05, 0.01, 0.001)]
    yield "il faut {} lignes pour perdre au plus 5 % des appels, {} pour 1 % et {} pour 0,1 %".format(*fewest)
    yield f"30 erlangs demandent {lines_needed(30, 0.01)} lignes pour une perte de 1 %"
    service = agents_needed(load, HANDLING, TARGET, WITHIN)
    yield f"servis par {service.agents} agents"
    wait = service.average_wait
    yield f"150 secondes de conversation et {_decimal(wait)} secondes d’attente"
    occupied = offered_load(CALLS, 60, TALK + wait)
    lines = lines_needed(occupied, 0.01)
    yield f"{_decimal(occupied)} erlangs sur les lignes, soit {lines} lignes pour une perte de 1 %"


def _agents() -> Iterator[str]:
    load = _load()
    yield f"300 × 180 / 3600 = {load:g} erlangs"
    for agents in (16, 17, 18, 19, 20):
        service = service_c(agents, load, HANDLING, WITHIN)
        yield (
            f"Avec {agents} agents, {_percent(service.service_level)} des appels sont pris en 20 secondes, "
            f"l’attente moyenne est de {_decimal(service.average_wait)} secondes "
            f"et le taux d’occupation de {_percent(service.occupancy)}"
        )
    needed = agents_needed(load, HANDLING, TARGET, WITHIN)
    yield f"il faut {needed.agents} agents"
    yield f"la probabilité d’attendre est de {_percent(needed.waiting)}"
    for calls in (100, 600, 3000):
        service = agents_needed(_load(calls), HANDLING, TARGET, WITHIN)
        yield f"{calls} appels par heure demandent {service.agents} agents, occupés à {_percent(service.occupancy)}"


def _patience() -> Iterator[str]:
    load = _load()
    for agents in (15, 17, 19):
        service = service_a(agents, load, HANDLING, WITHIN, PATIENCE)
        yield (
            f"Avec {agents} agents, {_percent(service.service_level)} des appels sont pris en 20 secondes, "
            f"{_percent(service.abandonment)} sont abandonnés "
            f"et l’attente moyenne est de {_decimal(service.average_wait)} secondes"
        )
    for minutes, patience in (("d’une minute", 60), ("de deux minutes", 120), ("de cinq minutes", 300)):
        service = agents_needed(load, HANDLING, TARGET, WITHIN, patience)
        yield f"une patience moyenne {minutes}, il faut {service.agents} agents"
    yield f"Erlang C en demande {agents_needed(load, HANDLING, TARGET, WITHIN).agents}"
    without, patient = service_c(50, 48, 60, WITHIN), service_a(50, 48, 60, WITHIN, PATIENCE)
    yield (
        f"l’attente moyenne tombe de {_decimal(without.average_wait)} à {_decimal(patient.average_wait)} secondes "
        f"et {_percent(patient.abandonment)} des appels sont abandonnés"
    )


def _schedules() -> Iterator[str]:
    agents = agents_needed(_load(), HANDLING, TARGET, WITHIN).agents
    scheduled = with_shrinkage(agents, SHRINKAGE)
    yield f"{agents} / (1 − 0,30) = {_decimal(agents / (1 - SHRINKAGE))}, donc {scheduled} agents à planifier"
    added = agents * (1 + SHRINKAGE)
    yield f"{agents} × 1,30 = {_decimal(added)}"
    yield f"25 agents planifiés n’en laissent que {_decimal(25 * (1 - SHRINKAGE))} au téléphone"
    yield f"Un taux d’occupation de 80 % et un shrinkage de 30 % donnent {_percent(0.8 * (1 - SHRINKAGE), 0)}"
    needed = {span: agents_needed(_load(calls), HANDLING, TARGET, WITHIN).agents for span, calls in DAY.items()}
    for span, calls in DAY.items():
        yield f"de {span}, {calls} appels par heure et {needed[span]} agents"
    hours = 2 * sum(needed.values())
    yield f"{hours} heures de présence au téléphone par jour, {5 * hours} par semaine de cinq jours"
    paid = 5 * hours / (1 - SHRINKAGE)
    contracts = contracts_needed(5 * hours, SHRINKAGE, WEEK)
    yield f"{paid:.0f} heures payées par semaine, soit {contracts} contrats de 35 heures"


def _handling_time() -> Iterator[str]:
    mean = WORKED_SECONDS / HANDLED
    minutes = mean / 60
    told = f"une DMT de {mean:g} secondes, soit {minutes:g} minutes"
    yield f"30 000 secondes divisées par {HANDLED} appels donnent {told}"


def _decimal(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _percent(share: float, digits: int = 1) -> str:
    return f"{_decimal(100 * share, digits)} %"


def main() -> None:
    """Print every example under its article."""
    article = ""
    for example in examples():
        if example.article != article:
            article = example.article
            print(f"{article}:")  # noqa: T201
        print(f"  {example.phrase}")  # noqa: T201


if __name__ == "__main__":
    main()
