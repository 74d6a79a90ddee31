"""How many lines or agents a flow of calls needs: Erlang B, C and A, and what absence adds.

Loads are in erlangs (calls a second × seconds a call), times in seconds, probabilities and shares from 0 to 1.
Sources: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic
Telephone Exchanges", 1917 (B and C); A. Mandelbaum and S. Zeltyn, "The Palm/Erlang-A Queue, with Applications to
Call Centers", Technion, 2005 (A, after C. Palm).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

LARGEST_LOAD = 20_000.0
"""Erlangs: beyond any call center, and the recursions below still take a blink."""
MOST_LINES = 1_000_000
_MOST_WAITING = 1_000_000
_NEGLIGIBLE = 40.0
"""Natural logarithm: terms smaller by e⁴⁰ than the largest change no digit of their sum."""


class SizingError(ValueError):
    """A size that cannot be computed; the message is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Service:
    """What callers and agents live through with a number of agents.

    ``service_level`` is the share of all calls that are answered within the time asked; ``waiting`` the share that
    is not answered at once; ``average_wait`` seconds over all calls, those that hang up included (infinite in an
    overloaded queue without abandonment); ``occupancy`` the share of their time that agents spend on calls.
    """

    agents: int
    load: float
    service_level: float
    waiting: float
    average_wait: float
    occupancy: float
    abandonment: float


def offered_load(calls: float, minutes: float, handling: float) -> float:
    """Return the load in erlangs of ``calls`` in ``minutes``, each keeping an agent for ``handling`` seconds.

    Raises SizingError unless all are finite, ``calls`` is not negative, the others are above 0, and the load is at
    most ``LARGEST_LOAD``.
    """
    _check(math.isfinite(calls) and calls >= 0, f"{calls:g} calls cannot be: give a number from 0 up.")
    _check_time(minutes, "minutes of a period")
    _check_time(handling, "seconds of handling")
    return _checked_load(calls * handling / (60 * minutes))


def erlang_b(lines: int, load: float) -> float:
    """Return the probability that a call finds all ``lines`` busy and is lost.

    The recursion B(n) = A·B(n−1) / (n + A·B(n−1)) from B(0) = 1 only adds positive terms, so that it loses no
    precision (Erlang 1917 for the formula). Raises SizingError if ``lines`` or ``load`` is negative or too large.
    """
    _check(0 <= lines <= MOST_LINES, f"{lines} lines cannot be: give a number from 0 to {MOST_LINES:,}.")
    _checked_load(load)
    blocked = 1.0
    for line in range(1, lines + 1):
        blocked = load * blocked / (line + load * blocked)
    return blocked


def lines_needed(load: float, blocking: float) -> int:
    """Return the fewest lines on which at most the share ``blocking`` of calls is lost (Erlang B).

    Raises SizingError unless 0 < ``blocking`` < 1.
    """
    _check(0 < blocking < 1, f"a loss of {blocking:g} cannot be asked for: give a share between 0 and 1, as 0.01.")
    return _fewest(lambda lines: erlang_b(lines, load) <= blocking, 0)


def erlang_c(agents: int, load: float) -> float:
    """Return the probability that a call waits, when nobody hangs up; 1 from ``load`` = ``agents`` on.

    C = B / (1 − (A/N)·(1 − B)), with B of Erlang B (Erlang 1917). Raises SizingError as ``erlang_b``.
    """
    blocked = erlang_b(agents, load)
    return blocked / (1 - load / agents * (1 - blocked)) if load < agents else 1.0


def service_c(agents: int, load: float, handling: float, within: float) -> Service:
    """Return the service of ``agents`` when nobody hangs up (M/M/N, Erlang C).

    Of the calls that wait, the share e^(−(N−A)·t/h) waits longer than t; the average wait is C·h / (N−A). Raises
    SizingError for fewer than one agent, and for times that are not positive (``within`` may be 0).
    """
    _check_queue(agents, handling, within)
    waiting = erlang_c(agents, load)
    if load >= agents:
        return Service(agents, load, 0.0, 1.0, math.inf, 1.0, 0.0)
    spare = (agents - load) / handling
    level = 1 - waiting * math.exp(-spare * within)
    return Service(agents, load, level, waiting, waiting / spare, load / agents, 0.0)


def service_a(agents: int, load: float, handling: float, within: float, patience: float) -> Service:
    """Return the service of ``agents`` when callers hang up after ``patience`` seconds on average (M/M/N+M, Erlang A).

    With c = N·p/h, a call that finds j others waiting is answered within t with probability
    c/(c+j+1) · I_x(j+1, c+1), x = 1 − e^(−t/p): its turn comes after exponential times of rates (c+i)/p, i = 0…j,
    and its patience must outlast them (Mandelbaum and Zeltyn 2005, §3–4, for the steady state). Raises SizingError
    as ``service_c``, and if the queue would hold more than a million calls.
    """
    _check_queue(agents, handling, within)
    _check_time(patience, "seconds of patience")
    blocked = erlang_b(agents, load)
    if load == 0 or blocked < 1e-300:
        return Service(agents, load, 1.0, 0.0, 0.0, load / agents, 0.0)
    capacity = agents * patience / handling
    shares, waiting = _queue_shares(load * patience / handling, capacity, blocked)
    queue = sum(length * share for length, share in enumerate(shares))
    answered = sum(
        share * capacity / (capacity + length + 1) * chance
        for length, (share, chance) in enumerate(
            zip(shares, _chances(capacity, within / patience, len(shares)), strict=True)
        )
    )
    average_wait = queue * handling / load
    abandonment = average_wait / patience
    return Service(
        agents, load, 1 - waiting + answered, waiting, average_wait, load * (1 - abandonment) / agents, abandonment
    )


def agents_needed(load: float, handling: float, target: float, within: float, patience: float | None = None) -> Service:
    """Return the service of the fewest agents who answer the share ``target`` of calls within ``within`` seconds.

    Erlang C, or Erlang A where ``patience`` (seconds) is given. One agent at least. Raises SizingError unless
    0 < ``target`` < 1, and as ``service_c`` and ``service_a``.
    """
    _check(0 < target < 1, f"a service level of {target:g} cannot be asked for: give a share between 0 and 1, as 0.8.")
    _checked_load(load)

    def service(agents: int) -> Service:
        if patience is None:
            return service_c(agents, load, handling, within)
        return service_a(agents, load, handling, within, patience)

    return service(_fewest(lambda agents: service(agents).service_level >= target, 1))


def with_shrinkage(agents: float, shrinkage: float) -> int:
    """Return how many must be scheduled so that ``agents`` sit at the phones: agents / (1 − shrinkage), rounded up.

    ``shrinkage`` is the share of paid time away from calls (breaks, training, absence). Raises SizingError unless
    0 ≤ ``shrinkage`` < 1.
    """
    _check(math.isfinite(agents) and agents >= 0, f"{agents:g} agents cannot be: give a number from 0 up.")
    _check(0 <= shrinkage < 1, f"a shrinkage of {shrinkage:g} cannot be: give a share from 0 to below 1, as 0.3.")
    # 14 / 0.7 is a hair above 20 in floating point.
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def contracts_needed(hours: float, shrinkage: float, paid_hours: float) -> int:
    """Return how many contracts of ``paid_hours`` a week give ``hours`` at the phones a week, rounded up.

    Raises SizingError as ``with_shrinkage``, and unless ``paid_hours`` is above 0.
    """
    _check_time(paid_hours, "paid hours of a week")
    return with_shrinkage(hours / paid_hours, shrinkage)


def _queue_shares(growth: float, capacity: float, blocked: float) -> tuple[list[float], float]:
    """Return the probability of each number of waiting calls with all agents busy, from 0 up, and their sum.

    Each weighs growth / (capacity + j) of the one before; the states with an agent free weigh 1/B − 1 of the first.
    Logarithms, since the weights of an overloaded queue leave the range of floats.
    """
    logs = [0.0]
    highest = 0.0
    while logs[-1] > highest - _NEGLIGIBLE or growth > capacity + len(logs):
        logs.append(logs[-1] + math.log(growth / (capacity + len(logs))))
        highest = max(highest, logs[-1])
        _check(len(logs) < _MOST_WAITING, "so many calls would wait that no figure holds: give more agents.")
    weights = [math.exp(log - highest) for log in logs]
    free = (1 / blocked - 1) * math.exp(-highest)
    total = free + sum(weights)
    return [weight / total for weight in weights], sum(weights) / total


def _chances(capacity: float, relative: float, count: int) -> list[float]:
    """Return I_x(j+1, capacity+1) for j from 0 to ``count`` − 1, x = 1 − e^(−relative).

    I_x(a+1, b) = I_x(a, b) − x^a·(1−x)^b / (a·B(a, b)) (DLMF 8.17.20), from I_x(1, b) = 1 − (1−x)^b.
    """
    if relative == 0:
        return [0.0] * count
    shape, log_x = capacity + 1, math.log(-math.expm1(-relative))
    chances = [-math.expm1(-relative * shape)]
    log_step = log_x - relative * shape + math.log(shape)
    for order in range(2, count + 1):
        chances.append(max(0.0, chances[-1] - math.exp(log_step)))
        log_step += log_x + math.log((order - 1 + shape) / order)
    return chances


def _fewest(enough: Callable[[int], bool], least: int) -> int:
    """Return the smallest number from ``least`` that is ``enough``, which more always is too."""
    low, high = least, max(least, 1)
    while not enough(high):
        low, high = high + 1, 2 * high
        _check(high <= 4 * MOST_LINES, "no number of agents reaches that: ask for a lower share or a longer time.")
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SizingError(otherwise[0].upper() + otherwise[1:])


def _check_time(value: float, what: str) -> None:
    _check(math.isfinite(value) and value > 0, f"{value:g} {what} cannot be: give a number above 0.")


def _check_queue(agents: int, handling: float, within: float) -> None:
    _check(agents >= 1, f"{agents} agents answer no call: give a number from 1 up.")
    _check_time(handling, "seconds of handling")
    _check(math.isfinite(within) and within >= 0, f"{within:g} seconds of waiting cannot be: give a number from 0 up.")


def _checked_load(load: float) -> float:
    _check(
        math.isfinite(load) and 0 <= load <= LARGEST_LOAD,
        f"a load of {load:g} erlangs cannot be computed: give 0 to {LARGEST_LOAD:,.0f}.",
    )
    return load
