"""Sizes against published values, and the properties that any of them must have."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sizing import (
    LARGEST_LOAD,
    SizingError,
    agents_needed,
    contracts_needed,
    erlang_b,
    erlang_c,
    lines_needed,
    offered_load,
    service_a,
    service_c,
    with_shrinkage,
)

LOADS = st.floats(0.1, 300)
AGENTS = st.integers(1, 320)
SECONDS = st.floats(1, 1000)


@pytest.mark.parametrize(
    ("lines", "load", "blocking"),
    [
        (1, 1, 0.5),  # A / (1 + A)
        (2, 1, 0.2),  # (1/2) / (1 + 1 + 1/2)
        (5, 3, 0.1101),  # the tables' 3 erlangs on 5 lines
        (10, 5, 0.0184),
        (30, 25, 0.0526),  # Wolfram's ErlangB[30, 25.]
        (0, 4, 1.0),
        (7, 0, 0.0),
    ],
)
def test_erlang_b_is_that_of_the_tables(lines: int, load: float, blocking: float) -> None:
    assert erlang_b(lines, load) == pytest.approx(blocking, abs=5e-5)


def test_the_lines_of_a_table_row() -> None:
    """Erlang B tables give 4.461 erlangs as what 10 lines carry at a loss of 1 %."""
    assert lines_needed(4.46, 0.01) == 10
    assert lines_needed(4.47, 0.01) == 11


def test_erlang_c_is_that_of_westbay() -> None:
    """The example of Westbay's white paper: 360 calls in half an hour, 4 minutes each, 55 agents, 15 seconds."""
    load = offered_load(360, 30, 240)
    service = service_c(55, load, 240, 15)
    assert load == 48
    assert service.waiting == pytest.approx(0.239, abs=5e-4)
    assert service.average_wait == pytest.approx(8.2, abs=0.05)
    assert service.occupancy == pytest.approx(0.873, abs=5e-4)


def test_erlang_a_is_that_of_mandelbaum_and_zeltyn() -> None:
    """Their first example: 48 calls a minute of one minute, 50 agents, patience of two minutes."""
    without, patient = service_c(50, 48, 60, 20), service_a(50, 48, 60, 20, 120)
    assert without.average_wait == pytest.approx(20.8, abs=0.05)
    assert patient.average_wait == pytest.approx(3.7, abs=0.05)
    assert patient.abandonment == pytest.approx(0.031, abs=5e-4)
    assert (without.occupancy, patient.occupancy) == pytest.approx((0.96, 0.93), abs=5e-3)


def test_one_agent_is_computed_by_hand() -> None:
    """One agent, one erlang, patience as long as a call: states weigh 1, 1, 1/2, 1/6…, and 1 − 1/e of calls wait."""
    service = service_a(1, 1, 60, 0, 60)
    assert service.waiting == pytest.approx(1 - 1 / math.e)
    assert service.abandonment == pytest.approx(1 / math.e)  # what is not carried: 1 − busy
    assert service.service_level == pytest.approx(1 / math.e)


@given(LOADS, AGENTS)
def test_more_lines_lose_fewer_calls_and_waiting_is_likelier_than_loss(load: float, agents: int) -> None:
    assert 0 <= erlang_b(agents + 1, load) <= erlang_b(agents, load) < 1
    assert erlang_b(agents, load) <= erlang_c(agents, load) <= 1
    assert erlang_c(agents + 1, load) <= erlang_c(agents, load)


@given(LOADS, AGENTS, SECONDS, SECONDS, SECONDS)
@settings(deadline=None)
def test_who_may_hang_up_waits_less(load: float, agents: int, handling: float, within: float, patience: float) -> None:
    patient, endless = service_a(agents, load, handling, within, patience), service_c(agents, load, handling, within)
    assert patient.average_wait <= endless.average_wait * (1 + 1e-9) + 1e-9
    assert patient.waiting <= endless.waiting + 1e-9
    assert patient.occupancy <= 1 + 1e-9
    assert -1e-9 <= patient.service_level <= 1 - patient.abandonment + 1e-9
    better = service_a(agents + 1, load, handling, within, patience)
    assert better.service_level >= patient.service_level - 1e-9
    assert better.abandonment <= patient.abandonment + 1e-9


@given(LOADS, AGENTS, SECONDS, SECONDS)
@settings(deadline=None)
def test_after_long_enough_all_are_answered_who_did_not_hang_up(
    load: float, agents: int, handling: float, patience: float
) -> None:
    at_last = service_a(agents, load, handling, 50 * (handling + patience) * (1 + load), patience)
    assert at_last.service_level == pytest.approx(1 - at_last.abandonment, abs=1e-6)
    at_once = service_a(agents, load, handling, 0, patience)
    assert at_once.service_level == pytest.approx(1 - at_once.waiting)


def test_endless_patience_is_erlang_c() -> None:
    patient, endless = service_a(20, 15, 180, 20, 1e8), service_c(20, 15, 180, 20)
    assert patient.service_level == pytest.approx(endless.service_level, abs=1e-6)
    assert patient.average_wait == pytest.approx(endless.average_wait, abs=1e-3)


@given(LOADS, st.floats(0.05, 0.99), SECONDS, st.none() | SECONDS)
@settings(deadline=None, max_examples=50)
def test_one_agent_fewer_would_miss_the_target(
    load: float, target: float, within: float, patience: float | None
) -> None:
    service = agents_needed(load, 180, target, within, patience)
    assert service.service_level >= target
    if service.agents > 1:
        fewer = service.agents - 1
        less = (
            service_c(fewer, load, 180, within) if patience is None else service_a(fewer, load, 180, within, patience)
        )
        assert less.service_level < target


def test_overload_and_great_loads_have_figures() -> None:
    assert service_c(10, 10, 180, 20).average_wait == math.inf
    assert service_c(10, 12, 180, 20).service_level == 0
    assert service_a(100, 150, 180, 20, 60).abandonment == pytest.approx(1 / 3, abs=0.01)
    assert service_a(10, 10_000, 180, 20, 60).abandonment == pytest.approx(0.999, abs=1e-4)
    assert agents_needed(LARGEST_LOAD, 180, 0.8, 20).agents > LARGEST_LOAD
    assert service_a(3000, 1, 180, 20, 60).service_level == 1


def test_shrinkage_rounds_up_but_not_for_a_hair() -> None:
    assert with_shrinkage(14, 0.3) == 20
    assert with_shrinkage(19, 0.3) == 28
    assert with_shrinkage(19, 0) == 19
    assert contracts_needed(700, 0.3, 35) == 29


NONSENSE = {
    "negative calls": lambda: offered_load(-1, 60, 180),
    "no period": lambda: offered_load(10, 0, 180),
    "not a number": lambda: offered_load(math.nan, 60, 180),
    "endless handling": lambda: offered_load(10, 60, math.inf),
    "too great a load": lambda: offered_load(1e9, 60, 180),
    "negative lines": lambda: erlang_b(-1, 3),
    "loss of all": lambda: lines_needed(3, 1),
    "no agent": lambda: service_c(0, 3, 180, 20),
    "negative waiting": lambda: service_c(5, 3, 180, -1),
    "no patience": lambda: service_a(5, 3, 180, 20, 0),
    "target of all": lambda: agents_needed(3, 180, 1, 20),
    "shrinkage of all": lambda: with_shrinkage(5, 1),
    "no paid hours": lambda: contracts_needed(100, 0.3, 0),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(SizingError, match=r"^[A-Z0-9−-].*\.$"):
        NONSENSE[name]()
