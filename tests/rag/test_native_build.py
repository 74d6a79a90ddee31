"""Building the native engine: real pip, real archives and processes, with small programs for compiler and engine."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest
from native_fakes import FakeWheel, in_cache, program

from embeddings.manifest import Pinned
from embeddings.weights import cache_folder
from rag import native, native_build
from rag.native import PROGRAM, NativeError, find, home
from rag.native_source import fetch_archive, unpack
from rag.speed import SLOW_SECONDS, advice

INSIDE = PurePosixPath("llama_cpp_python-0.3.36/vendor/llama.cpp")
PYPROJECT = """
[build-system]
requires = ["scikit-build-core"]
build-backend = "scikit_build_core.build"
[project]
name = "llama-cpp-python"
version = "0.3.36"
"""


def packed(path: Path, *members: tuple[str, bytes] | tarfile.TarInfo) -> Path:
    """An archive of files, given as name and content, and of other things."""
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            archive.addfile(info, io.BytesIO(member[1]))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_only_the_source_of_llama_cpp_is_unpacked(tmp_path):
    archive = packed(
        tmp_path / "a.tar.gz", ("llama_cpp_python-0.3.36/setup.py", b"1/0"), (f"{INSIDE}/CMakeLists.txt", b"project")
    )
    source = unpack(archive, tmp_path / "out")
    assert [str(path.relative_to(source)) for path in source.rglob("*")] == ["CMakeLists.txt"]
    assert not list((tmp_path / "out").rglob("setup.py"))


HOSTILE = {
    "parent": ("../outside", b"x"),
    "parent, from inside": (f"{INSIDE}/../../../../outside", b"x"),
    "another folder, from inside": (f"{INSIDE}/../outside", b"x"),
    "absolute": ("/outside", b"x"),
    "a link out": link(f"{INSIDE}/a", "../../../../outside"),
    "a hard link out": link(f"{INSIDE}/a", "../outside", tarfile.LNKTYPE),
    "a device": link(f"{INSIDE}/a", "", tarfile.CHRTYPE),
}


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE)
def test_an_archive_that_leads_outside_is_refused(tmp_path, member):
    archive = packed(tmp_path / "a.tar.gz", (f"{INSIDE}/CMakeLists.txt", b"project"), member)
    with pytest.raises(NativeError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize("content", [b"no archive", b""], ids=["no archive", "empty"])
def test_an_archive_that_is_none_is_named(tmp_path, content):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(NativeError):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder that pip takes for its only source of packages."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pinned(path: Path) -> Pinned:
    content = path.read_bytes()
    return Pinned("llama-cpp-python", "0.3.36", hashlib.sha256(content).hexdigest(), len(content))


def test_the_archive_is_fetched_by_its_sum_and_nothing_of_it_is_run(registry, tmp_path):
    root = "llama_cpp_python-0.3.36"
    trace = f"open({str(tmp_path / 'ran')!r}, 'w')".encode()
    archive = packed(
        registry / f"{root}.tar.gz", (f"{root}/pyproject.toml", PYPROJECT.encode()), (f"{root}/setup.py", trace),
        (f"{root}/scikit_build_core/build.py", trace), (f"{root}/scikit_build_core/__init__.py", trace),
        (f"{root}/PKG-INFO", b"Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n"),
    )  # fmt: skip
    work = tmp_path / "work"
    work.mkdir()
    assert fetch_archive(work, pinned(archive)).read_bytes() == archive.read_bytes()
    assert not (tmp_path / "ran").exists()
    assert [path.name for path in work.iterdir()] == ["llama-cpp-python-0.3.36.tar.gz"]


def test_an_archive_that_is_not_to_be_had_or_not_the_pinned_one_is_named(registry, tmp_path):
    wanted = Pinned("llama-cpp-python", "0.3.36", "0" * 64, 1)
    with pytest.raises(NativeError, match=r"is there a network\?.*make native"):
        fetch_archive(tmp_path, wanted)
    packed(registry / "llama_cpp_python-0.3.36.tar.gz", ("llama_cpp_python-0.3.36/pyproject.toml", PYPROJECT.encode()))
    with pytest.raises(NativeError, match="is not the file that is pinned"):
        fetch_archive(tmp_path, wanted)


NINJA = """#!{python}
import os, shutil, signal, sys
print("[1/2] compiling", flush=True)
{act}
print("[2/2] linking", flush=True)
folder = sys.argv[sys.argv.index("-C") + 1]
os.makedirs(folder + "/bin")
shutil.copy({engine!r}, folder + "/bin/llama-server")
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Tools on PATH that build ``engine``, a source for them, weights, and a wheel to compare with."""
    monkeypatch.setenv("STANDARDISTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("STANDARDISTE_MODEL", str(tmp_path / "weights.gguf"))
    (tmp_path / "weights.gguf").touch()
    for name in ("bin", "wheel"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(FakeWheel, "folder", tmp_path / "wheel", raising=False)
    monkeypatch.setattr("rag.local.WheelServer", FakeWheel)
    source = packed(tmp_path / "source.tar.gz", (f"{INSIDE}/CMakeLists.txt", b"project"))
    monkeypatch.setattr(native_build, "fetch_archive", lambda folder: source)

    def prepare(act: str = "", **engine: object) -> None:
        made = program(tmp_path / "engine", **engine)
        for name, text in {
            "cmake": f"#!{sys.executable}\n",
            "cc": "#!/bin/sh\n", "c++": "#!/bin/sh\necho c++ 12\n",
            "ninja": NINJA.format(python=sys.executable, act=act, engine=str(made)),
        }.items():  # fmt: skip
            (tmp_path / "bin" / name).write_text(text)
            (tmp_path / "bin" / name).chmod(0o755)

    prepare()
    return prepare


def left_over() -> list[str]:
    """What a build has left in the cache besides an engine; the source would be kept for the next try."""
    work = cache_folder() / ".partial" / "engine"
    return [path.name for path in work.glob("*") if path.name != "build.log"]


def test_what_is_built_is_measured_and_kept_with_the_fastest_options(workshop, capsys):
    assert native.main(["build"]) == 0
    said = capsys.readouterr().err
    assert "reads 165 prompt tokens/s and writes 13.0, the wheel's 76 and 13.0" in said
    assert "STANDARDISTE_ENGINE=wheel" in said
    engine = find()
    assert engine is not None
    assert engine.options == ("--no-repack",)
    assert {name: speed["read"] for name, speed in engine.measured.items() if name != "model"} == {
        "wheel": 76.0, "native": 118.0, "native --no-repack": 165.0,
    }  # fmt: skip
    assert (engine.compiler, left_over()) == ("c++ 12", [])
    workshop(act="sys.exit('it was built again')")
    assert native.main(["build"]) == 0
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "why"),
    [({"unpacked": 50.0, "repacked": 50.0}, "It is not kept"), ({"says": "Blabla"}, "does not answer “Quelle")],
    ids=["slower", "wrong"],
)
def test_a_build_that_is_slower_or_wrong_is_not_kept(workshop, capsys, engine, why):
    workshop(**engine)
    assert native.main(["build"]) == 1
    assert why in capsys.readouterr().err
    assert find() is None
    assert left_over() == []


def test_a_build_that_fails_names_the_log_and_leaves_the_old_engine(workshop, capsys):
    in_cache()
    before = (home() / PROGRAM).read_bytes()
    workshop(act="sys.exit('error: no member named x')")
    assert native.main(["build", "--again"]) == 1
    assert "build.log" in capsys.readouterr().err
    assert "no member named x" in (cache_folder() / ".partial" / "engine" / "build.log").read_text()
    assert (home() / PROGRAM).read_bytes() == before
    assert left_over() == []


def test_a_full_disk_is_said_to_be_full(workshop, capsys):
    workshop(act="sys.exit('fatal error: No space left on device')")
    assert native.main(["build"]) == 1
    assert "disk is too full" in capsys.readouterr().err


def test_a_measurement_that_fails_costs_no_second_build(workshop, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FakeWheel, "options", ["--refuse"])
        assert native.main(["build"]) == 1
    assert find() is None
    workshop(act="sys.exit('it was built again')")
    assert native.main(["build"]) == 0
    assert find() is not None
    assert left_over() == []


@pytest.fixture
def heard():
    """An interruption is heard in a shell's background job too, where SIGINT is ignored from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_leaves_nothing_half_there(workshop, capsys, heard, name):
    workshop(act=f"os.kill({os.getpid()}, signal.{name}); signal.pause()")
    assert native.main(["build"]) == 1
    assert "Interrupted" in capsys.readouterr().err
    assert find() is None
    assert left_over() == []


def test_without_a_compiler_its_package_is_named(workshop, capsys, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert native.main(["build"]) == 1
    assert "apt install g++" in capsys.readouterr().err


def test_without_weights_there_is_nothing_to_measure_with(workshop, capsys, monkeypatch):
    monkeypatch.setenv("STANDARDISTE_MODEL", "qwen2.5-coder-1.5b")
    assert native.main(["build"]) == 1
    assert "make setup" in capsys.readouterr().err


def test_an_engine_is_removed(workshop, capsys):
    in_cache()
    assert native.main(["remove"]) == 0
    assert find() is None
    assert native.main(["remove"]) == 0
    assert "There is no native engine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "model", "native", "compiler", "told"),
    [
        (SLOW_SECONDS, "qwen2.5-coder-1.5b", False, True, []),
        (SLOW_SECONDS + 1, "qwen2.5-coder-1.5b", False, True, ["make native", "0.5b", "--no-llm"]),
        (SLOW_SECONDS + 1, "qwen2.5-coder-1.5b", True, True, ["0.5b", "--no-llm"]),
        (SLOW_SECONDS + 1, "qwen2.5-coder-0.5b", False, False, ["--no-llm"]),
    ],
    ids=["quick enough", "wheel", "native already", "smallest, no compiler"],
)
def test_advice_names_what_can_be_done(seconds, model, native, compiler, told):
    said = advice(seconds, model, native, compiler)
    assert [way for way in ("make native", "0.5b", "--no-llm") if way in said] == told
    assert bool(said) == bool(told)
