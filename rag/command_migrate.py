"""``standardiste migrate``: copies the store into another one."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rag.terminal import out, out_json, progress


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    command.add_argument(
        "--to", required=True, metavar="STORE", help="sqlite, sqlite:FOLDER, milvus:FILE.db or milvus://HOST:PORT"
    )
    command.add_argument(
        "--records", default="", metavar="DATABASE", help="for texts and notes beside Milvus: postgresql://…"
    )
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Copy the settings' store into ``--to``, and compare both."""
    from rag.migrate import migrate
    from rag.opening import open_encoder, open_place
    from rag.places import parse_place, place_of
    from rag.settings import SettingsError, load_settings

    settings = load_settings(options.index)
    source, target = place_of(settings), parse_place(options.to, options.records, settings.index, "--to")
    if (source.milvus and target.milvus and source.records_name == target.records_name) or source == target:
        raise SettingsError(
            f"The store is {source} already, and --to would keep its texts in the same place: name another store, or "
            "another database with --records."
        )
    encoder = open_encoder(settings)
    moved = migrate(open_place(source, encoder), open_place(target, encoder), f"{target}", progress)
    if options.json:
        out_json({"from": str(source), "to": str(target), **asdict(moved)})
    else:
        out(
            f"{moved.articles} articles in {moved.passages} passages, {moved.vectors} vectors, {moved.words} words, "
            f"{moved.conversations} conversations and {moved.judgements} judgements are now in {target} as they are in "
            f"{source}, compared one by one; nothing was embedded ({moved.seconds:.1f} s)."
        )
    return 0
