"""``standardiste backup`` and ``standardiste restore``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rag.terminal import out

if TYPE_CHECKING:
    from rag.settings import Settings


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options that both share."""
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--overwrite", action="store_true", help="replace what is there")


def run_backup(options: argparse.Namespace) -> int:
    """Copy the index into a file; needs no weights."""
    from rag.backup import backup
    from rag.settings import load_settings

    settings = load_settings(options.index)
    copied = backup(_folder(settings), options.file, options.overwrite)
    out(f"{copied.articles} articles in {copied.passages} passages: {options.file} ({copied.bytes:,} bytes, verified)")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Make a file the index, and write the FAISS files anew."""
    from rag.backup import restore
    from rag.opening import open_encoder, open_store
    from rag.schema import fingerprint
    from rag.settings import load_settings

    settings = load_settings(options.index)
    folder = _folder(settings)
    encoder = open_encoder(settings)
    copied = restore(options.file, folder, fingerprint(encoder.name, encoder.dimension), options.overwrite)
    open_store(settings, encoder).mend()
    out(f"{copied.articles} articles in {copied.passages} passages: the index {folder}")
    return 0


def _folder(settings: Settings) -> Path:
    """The folder of the settings' SQLite store. Raises ``StoreError`` where they name another engine."""
    from rag.places import place_of
    from rag.store import StoreError

    place = place_of(settings)
    if place.milvus:
        raise StoreError(
            f"A backup is of SQLite's index, and the store is {place}: copy it with “standardiste migrate --to "
            "sqlite:FOLDER”, then back that up with STANDARDISTE_STORE=sqlite:FOLDER, or use Milvus's own backup."
        )
    return place.folder
