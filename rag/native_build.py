"""Builds the native engine, measures it against the wheel's, and puts it in place if it is faster."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from embeddings.processor import this_processor
from embeddings.weights import cache_folder
from embeddings.wheels import file_sha256
from rag.native import PROGRAM, SOURCE_VERSION, NativeEngine, NativeError, find, home, write_record
from rag.native_measure import Comparison, compare, model_to_measure
from rag.native_source import fetch_archive, find_tools, unpack

SPACE = 1_000_000_000
"""Bytes needed for a while: the archive, its source, and what the compiler makes of it."""
CMAKE_OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release", "GGML_NATIVE": "ON", "BUILD_SHARED_LIBS": "OFF",
    "LLAMA_BUILD_SERVER": "ON", "LLAMA_BUILD_TESTS": "OFF", "LLAMA_BUILD_EXAMPLES": "OFF",
    # Nothing is fetched while it is built, and the server fetches nothing.
    "LLAMA_CURL": "OFF", "LLAMA_OPENSSL": "OFF", "LLAMA_BUILD_UI": "OFF", "LLAMA_USE_PREBUILT_UI": "OFF",
}  # fmt: skip
AMX_OFF = ("-mno-amx-tile", "-mno-amx-int8", "-mno-amx-bf16")
"""GCC up to 12 miscompiles the tiles' configuration: the server dies at the first batch (llama.cpp's issue 20824)."""
PROGRESS = re.compile(r"\[(\d+)/(\d+)\]")
_NEEDS = """Building llama.cpp for this machine's processor. It needs a C++ compiler (here: {compiler}), {space:.1f} GB
of disk for a while and, for source and tools that are not here yet, the network. On two cores it takes about five
minutes; then the build is measured against the wheel's engine. Ctrl-C leaves everything as it is.
"""


def find_compilers() -> tuple[str, str] | None:
    """The C and the C++ compiler, as cmake chooses them; None where one is missing."""
    found = []
    for variable, names in (("CC", ("cc", "gcc", "clang")), ("CXX", ("c++", "g++", "clang++"))):
        chosen = os.environ.get(variable)
        path = next(filter(None, map(shutil.which, [chosen] if chosen else names)), None)
        if path is None:
            return None
        found.append(path)
    return found[0], found[1]


def build(again: bool = False) -> str:
    """Build the engine and put it in place; returns what is to be said. Raises ``NativeError`` and ``OSError``."""
    if sys.platform != "linux":
        raise NativeError("The native engine is built on Linux only; elsewhere the wheel's engine serves.")
    model, weights = model_to_measure()
    if not again and (here := _sound()):
        return f"It is there already: {here.describe()}; “python -m rag.native build --again” builds it anew."
    compilers = find_compilers()
    if compilers is None:
        raise NativeError(
            "Building llama.cpp needs a C and a C++ compiler: install them (Debian and Ubuntu: apt install g++; "
            "Fedora: dnf install gcc-c++), then run “make native” again."
        )
    version = _first_line([compilers[1], "--version"])
    sys.stderr.write(_NEEDS.format(compiler=version, space=SPACE / 1e9))
    work = cache_folder() / ".partial" / "engine"
    with _full_disk(), _terminable(), _alone(work):
        for abandoned in work.glob("build-*"):
            shutil.rmtree(abandoned)
        if shutil.disk_usage(work).free < SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with tempfile.TemporaryDirectory(dir=work, prefix="build-") as name:
            folder = Path(name)
            built = _built(work, folder, compilers, version)
            comparison = compare(built, model, weights)
            if comparison.worthwhile:
                fresh = folder / "fresh"
                fresh.mkdir()
                shutil.copy(built, fresh / PROGRAM)
                _record(fresh, comparison, version)
                _put_in_place(fresh, folder)
        shutil.rmtree(work, ignore_errors=True)
    if not comparison.worthwhile:
        raise NativeError(f"{comparison.sentence()} It is not kept: the wheel's engine serves as before.")
    return f"{comparison.sentence()} It serves from now on; STANDARDISTE_ENGINE=wheel leaves it alone."


def remove() -> str:
    """Take the engine away; returns what is to be said."""
    if not home().exists():
        return "There is no native engine."
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        os.rename(home(), Path(folder) / "engine")
    return "The native engine is gone; the wheel's serves."


def _sound() -> NativeEngine | None:
    with contextlib.suppress(NativeError):
        return find()
    return None


def _built(work: Path, folder: Path, compilers: tuple[str, str], version: str) -> Path:
    """The program, compiled in ``folder`` unless a run that ended while it measured has left it in ``work``."""
    made = repr((SOURCE_VERSION, version, this_processor())).encode("utf-8")
    target = work / f"built-{hashlib.sha256(made).hexdigest()}"
    if not target.exists():
        archive = fetch_archive(work)
        program = _compile(unpack(archive, folder / "source"), folder, compilers, work / "build.log")
        os.replace(program, target)
    return target


def _compile(source: Path, folder: Path, compilers: tuple[str, str], log: Path) -> Path:
    """The server's program, built in ``folder``; what the tools said is in ``log``."""
    tools, output = find_tools(folder / "tools"), folder / "build"
    options = {**CMAKE_OPTIONS, "CMAKE_C_COMPILER": compilers[0], "CMAKE_CXX_COMPILER": compilers[1]}
    flags = _flags(compilers)
    options |= {"CMAKE_C_FLAGS": flags, "CMAKE_CXX_FLAGS": flags, "CMAKE_MAKE_PROGRAM": str(tools["ninja"])}
    configure = [str(tools["cmake"]), "-G", "Ninja", "-S", str(source), "-B", str(output)]
    commands = (
        [*configure, *(f"-D{name}={value}" for name, value in options.items())],
        [str(tools["ninja"]), "-C", str(output), "-j", str(_jobs()), PROGRAM],
    )
    with log.open("w", encoding="utf-8") as file:
        failed = any(_run(command, file, source) for command in commands)
    if failed:
        raise NativeError(_why(log))
    return output / "bin" / PROGRAM


def _run(command: list[str], log: IO[str], folder: Path) -> int:
    """The command's exit code; its progress is shown, and what it says written to ``log``."""
    from tqdm import tqdm

    # Git would otherwise take the source for a part of whatever repository the cache lies in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent), "NINJA_STATUS": "[%f/%t] "}
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            encoding="utf-8", errors="replace", env=environment, start_new_session=True,
        ) as process,
        tqdm(desc="build", unit="step", file=sys.stderr, disable="-G" in command) as bar,
    ):  # fmt: skip
        try:
            for line in process.stdout or ():
                log.write(line)
                if step := PROGRESS.match(line):
                    bar.total = int(step.group(2))
                    bar.update(int(step.group(1)) - bar.n)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode


def _flags(compilers: tuple[str, str]) -> str:
    """What keeps AMX out on x86; a compiler that does not know the flags does not know AMX."""
    if platform.machine() != "x86_64":
        return ""
    probe = [compilers[0], *AMX_OFF, "-E", "-x", "c", os.devnull]
    return " ".join(AMX_OFF) if subprocess.run(probe, capture_output=True).returncode == 0 else ""


def _jobs() -> int:
    """How many files are compiled at once: the largest need about a gigabyte each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return max(1, min(len(os.sched_getaffinity(0)), memory))


def _why(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    if "No space left on device" in text:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "Killed signal" in text:
        return f"The compiler ran out of memory: close other programs and run “make native” again (the log: {log})."
    return f"llama.cpp could not be built; the compiler's messages are in {log}, and the wheel's engine still serves."


def _record(fresh: Path, comparison: Comparison, compiler: str) -> None:
    """Write what is known of the engine beside it."""
    engine = NativeEngine(
        file_sha256(fresh / PROGRAM), SOURCE_VERSION, compiler, this_processor(),
        comparison.options, comparison.record(),
    )  # fmt: skip
    write_record(fresh, engine)


def _put_in_place(fresh: Path, folder: Path) -> None:
    for path in fresh.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    if home().exists():
        os.rename(home(), folder / "replaced")
    os.rename(fresh, home())


def _first_line(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]


@contextlib.contextmanager
def _alone(work: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    work.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work.with_name(f"{work.name}.lock"), timeout=0):
            yield
    except Timeout:
        raise NativeError("Another process is building the native engine: wait for it.") from None


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Ends by SIGTERM as by Ctrl-C: with everything put away."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NativeError(
            f"The disk is too full: building takes {SPACE / 1e9:.1f} GB in {cache_folder()} for a while; free some, or "
            "let STANDARDISTE_CACHE name a folder elsewhere."
        ) from error
