"""``standardiste size``: how many agents a flow of calls needs."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from rag.terminal import out, out_json

if TYPE_CHECKING:
    from corpus.sizing import Service


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    command.add_argument("--calls", type=float, required=True, metavar="N", help="calls that arrive in the period")
    command.add_argument("--per", type=float, default=60, metavar="MINUTES", help="length of the period (default 60)")
    command.add_argument("--handling", type=float, required=True, metavar="SECONDS", help="a call, with its wrap-up")
    command.add_argument("--target", type=float, default=0.8, metavar="SHARE", help="calls to answer (default 0.8)")
    command.add_argument("--within", type=float, default=20, metavar="SECONDS", help="in this time (default 20)")
    command.add_argument("--shrinkage", type=float, default=0, metavar="SHARE", help="paid time away from calls")
    command.add_argument("--patience", type=float, metavar="SECONDS", help="average wait before hanging up (Erlang A)")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the fewest agents who reach the target; without ``--patience`` nobody hangs up (Erlang C)."""
    from corpus.sizing import agents_needed, offered_load, with_shrinkage

    load = offered_load(options.calls, options.per, options.handling)
    service = agents_needed(load, options.handling, options.target, options.within, options.patience)
    scheduled = with_shrinkage(service.agents, options.shrinkage)
    if options.json:
        out_json(_json(service, scheduled, options))
    else:
        _print(service, scheduled, options)
    return 0


def _json(service: Service, scheduled: int, options: argparse.Namespace) -> dict[str, object]:
    return {
        "model": "erlang-c" if options.patience is None else "erlang-a",
        "load": round(service.load, 4),
        "agents": service.agents,
        "scheduled": scheduled,
        "service_level": round(service.service_level, 4),
        "waiting": round(service.waiting, 4),
        "average_wait": round(service.average_wait, 2) if math.isfinite(service.average_wait) else None,
        "occupancy": round(service.occupancy, 4),
        "abandonment": round(service.abandonment, 4),
    }


def _print(service: Service, scheduled: int, options: argparse.Namespace) -> None:
    model = "Erlang C, nobody hangs up"
    if options.patience is not None:
        model = f"Erlang A, patience {options.patience:g} s on average"
    out(f"{service.load:.2f} erlangs ({model})")
    out(f"{service.agents} agents at the phones answer {service.service_level:.1%} within {options.within:g} s")
    out(f"{service.waiting:.1%} wait, {service.average_wait:.1f} s on average; occupancy {service.occupancy:.1%}")
    if options.patience is not None:
        out(f"{service.abandonment:.1%} hang up")
    if options.shrinkage:
        out(f"{scheduled} agents scheduled, with a shrinkage of {options.shrinkage:.1%}")
