"""The native engine: llama.cpp built on this machine, for this machine's processor, when somebody asked for it.

``python -m rag.native build`` makes it (``make native``), ``python -m rag.native remove`` takes it away. It is a folder
of the cache with the server's program and ``engine.json``, put in place whole. ``rag.local`` uses it where it is sound,
xllamacpp's wheel otherwise; ``STANDARDISTE_ENGINE=wheel`` leaves it alone.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embeddings.processor import Processor, this_processor
from embeddings.weights import WeightsError, cache_folder
from embeddings.wheels import file_sha256

SOURCE_VERSION = "0.3.36"
"""Of llama-cpp-python, whose source archive carries llama.cpp's: an engine of another version is not used."""
PROGRAM = "llama-server"
RECORD = "engine.json"
AGAIN = "“make native” builds it anew, “python -m rag.native remove” takes it away."


class NativeError(Exception):
    """The native engine cannot be had or used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class NativeEngine:
    """An engine in the cache; ``options`` are the arguments that were measured to be the fastest."""

    sha256: str
    version: str
    compiler: str
    processor: Processor
    options: tuple[str, ...]
    measured: dict[str, Any]
    """The model's name, and for each of the engines compared its tokens/s read and written."""

    @property
    def binary(self) -> Path:
        """The program."""
        return home() / PROGRAM

    def describe(self) -> str:
        """For people, on one line."""
        options = f", {' '.join(self.options)}" if self.options else ""
        return f"llama.cpp built on this machine (llama-cpp-python {self.version}{options})"


def home() -> Path:
    """The engine's folder; it is there when an engine is."""
    return cache_folder() / "engine"


def find() -> NativeEngine | None:
    """The engine that is in the cache, None if there is none; ``NativeError`` if it must not be used."""
    if not home().is_dir():
        return None
    engine = _read()
    if engine.version != SOURCE_VERSION:
        raise NativeError(f"The native engine is of version {engine.version} instead of {SOURCE_VERSION}: {AGAIN}")
    if not this_processor().runs(engine.processor):
        raise NativeError(f"The native engine was built for another processor ({engine.processor.name}): {AGAIN}")
    for path in (home(), home() / RECORD, engine.binary):
        _check_rights(path)
    if file_sha256(engine.binary) != engine.sha256:
        raise NativeError(f"{engine.binary} was damaged or changed since it was built: {AGAIN}")
    return engine


def _read() -> NativeEngine:
    path = home() / RECORD
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        processor = known.pop("processor")
        flags, options = tuple(processor.pop("flags")), tuple(known.pop("options"))
        return NativeEngine(**known, processor=Processor(**processor, flags=flags), options=options)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NativeError(f"{path} cannot be read ({type(error).__name__}): {AGAIN}") from error


def write_record(folder: Path, engine: NativeEngine) -> None:
    """Put what is known of the engine beside it. Raises ``OSError``."""
    (folder / RECORD).write_text(json.dumps(asdict(engine), indent=1), encoding="utf-8")


def _check_rights(path: Path) -> None:
    """What anybody may write, anybody may make run as this user."""
    try:
        state = path.stat()
    except OSError as error:
        raise NativeError(f"{path} cannot be read ({error.strerror}): {AGAIN}") from error
    if state.st_uid not in (os.getuid(), 0) or state.st_mode & stat.S_IWOTH:
        raise NativeError(f"{path} belongs to somebody else, or anybody may write it: {AGAIN}")


def main(arguments: list[str] | None = None) -> int:
    """``python -m rag.native build|remove``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rag.native", description="llama.cpp built for this machine.")
    actions = parser.add_subparsers(dest="action", required=True)
    build = actions.add_parser("build", help="build it, measure it against the wheel, keep it if it is faster")
    build.add_argument("--again", action="store_true", help="also where a sound one is there")
    actions.add_parser("remove", help="take it away")
    chosen = parser.parse_args(arguments)
    from rag.errors import explain
    from rag.native_build import build as make
    from rag.native_build import remove

    try:
        sys.stderr.write(f"{make(again=chosen.again) if chosen.action == 'build' else remove()}\n")
    except (NativeError, WeightsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing of the native engine was changed.\n")
        return 1
    except Exception as error:
        if os.environ.get("STANDARDISTE_TRACEBACK"):
            raise
        sentence, code = explain(error)
        sys.stderr.write(f"{sentence}\n")
        return code
    return 0


if __name__ == "__main__":
    # Run as a script this module would be there twice, with two NativeErrors.
    from rag import native

    sys.exit(native.main())
