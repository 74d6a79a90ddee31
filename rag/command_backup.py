"""``standardiste backup`` and ``standardiste restore``."""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.terminal import out


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options that both share."""
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--overwrite", action="store_true", help="replace what is there")


def run_backup(options: argparse.Namespace) -> int:
    """Copy the index into a file; needs no weights."""
    from rag.backup import backup
    from rag.settings import load_settings

    copied = backup(load_settings(options.index).index, options.file, options.overwrite)
    out(f"{copied.articles} articles in {copied.passages} passages: {options.file} ({copied.bytes:,} bytes, verified)")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Make a file the index, and write the FAISS files anew."""
    from rag.backup import restore
    from rag.opening import open_encoder, open_store
    from rag.schema import fingerprint
    from rag.settings import load_settings

    settings = load_settings(options.index)
    encoder = open_encoder(settings)
    copied = restore(options.file, settings.index, fingerprint(encoder.name, encoder.dimension), options.overwrite)
    open_store(settings, encoder).mend()
    out(f"{copied.articles} articles in {copied.passages} passages: the index {settings.index}")
    return 0
