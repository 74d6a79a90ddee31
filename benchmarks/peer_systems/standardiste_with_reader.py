"""Standardiste as it comes: its reader takes a second look at the first passages."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peer_systems.harness import main
from benchmarks.peer_systems.standardiste import Standardiste


class StandardisteWithReader(Standardiste):
    """The same index."""

    def open(self, folder: Path) -> None:
        """Store, encoder and reader."""
        from rag.opening import open_reader

        super().open(folder)
        self._retriever.reader = open_reader(self._encoder)


if __name__ == "__main__":
    main(StandardisteWithReader())
