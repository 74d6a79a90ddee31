"""The native engine: a child process that serves this one alone, and is gone when it is; else the wheel serves."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from native_fakes import FakeWheel, in_cache, program

from embeddings import processor
from embeddings.processor import this_processor
from rag import native
from rag.answer import Assistant
from rag.breaker import Breaker
from rag.local import LocalModel
from rag.model import ModelUnavailable
from rag.native import RECORD, NativeError, find, home
from rag.native_server import NativeServer
from rag.settings import SettingsError, load_settings

ROOT = Path(__file__).parents[2]
QUESTION = "À qui le salon Téléphonia a-t-il été vendu ?"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, and a stand-in for the wheel."""
    monkeypatch.setenv("STANDARDISTE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "wheel").mkdir()
    monkeypatch.setattr(FakeWheel, "folder", tmp_path / "wheel", raising=False)
    monkeypatch.setattr("rag.local.WheelServer", FakeWheel)


@pytest.fixture
def model(tmp_path):
    """The local model; its weights are for nobody to read here."""
    return LocalModel(tmp_path / "weights.gguf", "tiny")


def say(model) -> str:
    return "".join(model.stream([{"role": "user", "content": "Bonjour"}], 10))


def seen(path: Path) -> dict:
    """What a program was given."""
    return json.loads(path.with_name("seen.json").read_text())


def ended(process: int) -> bool:
    """Whether a process has ended, now or within ten seconds."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def test_the_native_engine_serves_where_it_is_in_the_cache(model, tmp_path):
    path = in_cache("--no-repack")
    assert say(model) == "Bonjour"
    assert model.is_native
    assert "--no-repack" in model.engine
    given = seen(path)
    assert str(tmp_path / "weights.gguf") in given["arguments"]
    assert "--no-repack" in given["arguments"]
    assert model.speed(10, 4).read == 165.0


def test_the_key_is_no_argument_and_the_server_sees_no_setting(model, monkeypatch):
    monkeypatch.setenv("LLAMA_ARG_HOST", "0.0.0.0")
    monkeypatch.setenv("STANDARDISTE_KEY", "of-another-server")
    path = in_cache()
    say(model)
    given = seen(path)
    key = given["environment"]["LLAMA_API_KEY"]
    assert len(key) == 32
    for process in (given["process"], model._server.process):
        assert key.encode() not in Path(f"/proc/{process}/cmdline").read_bytes()
    assert "127.0.0.1" in given["arguments"]
    assert not [name for name in given["environment"] if name.startswith(("LLAMA_ARG", "STANDARDISTE"))]


def test_without_an_engine_the_wheel_serves_and_nothing_is_said(model, caplog):
    assert say(model) == "Bonjour"
    assert (model.is_native, model.fallback, caplog.text) == (False, "", "")
    assert "xllamacpp" in model.engine


def test_the_setting_leaves_the_engine_alone(tmp_path, monkeypatch):
    path = in_cache()
    monkeypatch.setenv("STANDARDISTE_ENGINE", "wheel")
    monkeypatch.setenv("STANDARDISTE_MODEL", str(tmp_path / "weights.gguf"))
    (tmp_path / "weights.gguf").touch()
    from rag.llm import open_local

    assert say(open_local(load_settings())) == "Bonjour"
    assert not path.with_name("seen.json").exists()
    with pytest.raises(SettingsError, match="auto or wheel, not “nativ”"):
        load_settings(environment={"STANDARDISTE_ENGINE": "nativ"})


def damage(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


def other_processor(path: Path, monkeypatch) -> None:
    cpuinfo = path.with_name("cpuinfo")
    cpuinfo.write_text("model name : Elsewhere\nflags : fpu sse2\n")
    monkeypatch.setattr(processor, "CPUINFO", cpuinfo)


UNFIT = {
    "changed": (lambda path, patch: damage(path), "damaged or changed"),
    "another processor": (other_processor, "another processor"),
    "no record": (lambda path, patch: (home() / RECORD).unlink(), "engine.json cannot be read"),
    "a record that is none": (lambda path, patch: (home() / RECORD).write_text("[]"), "engine.json cannot be read"),
    "no program": (lambda path, patch: path.unlink(), "cannot be read"),
    "anybody may write it": (lambda path, patch: path.chmod(0o777), "anybody may write"),
    "another version": (lambda path, patch: patch.setattr(native, "SOURCE_VERSION", "9.9"), "instead of 9.9"),
}


@pytest.mark.parametrize(("harm", "why"), UNFIT.values(), ids=UNFIT)
def test_an_engine_that_must_not_be_used_leaves_the_model_to_the_wheel(model, caplog, monkeypatch, harm, why):
    path = in_cache()
    harm(path, monkeypatch)
    assert (say(model), say(model)) == ("Bonjour", "Bonjour")
    assert not path.with_name("seen.json").exists()
    assert (model.is_native, len(caplog.records)) == (False, 1)
    assert why in caplog.text
    assert "make native" in caplog.text


def test_features_that_came_with_a_newer_kernel_do_not_matter():
    processor = this_processor()
    more = replace(processor, flags=(*processor.flags, "new"))
    assert more.runs(processor)
    assert not processor.runs(more)
    assert not replace(processor, machine="other").runs(processor)


def test_an_engine_that_does_not_start_leaves_the_model_to_the_wheel(model, caplog):
    in_cache("--refuse")
    assert say(model) == "Bonjour"
    assert [record.getMessage() for record in caplog.records] == [
        "The native engine does not start (it ended with code 3). The local model runs in the wheel's engine instead."
    ]


def test_an_engine_that_never_gets_ready_is_ended(tmp_path, monkeypatch):
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *given, **named: started.append(popen(*given, **named)) or started[0]
    )
    with pytest.raises(NativeError, match="loaded in time"):
        NativeServer(program(tmp_path / "engine"), ["--hang"], tmp_path / "weights.gguf", "key", seconds=0.0)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_an_engine_that_dies_in_an_answer_costs_that_answer_and_the_wheel_goes_on(model, caplog):
    in_cache("--crash")
    with pytest.raises(ModelUnavailable) as caught:
        say(model)
    assert caught.value.failure == "broken off"
    model._server._process.wait(10)
    assert (say(model), say(model)) == ("Bonjour", "Bonjour")
    assert [record.getMessage() for record in caplog.records] == [
        "The native engine has ended unexpectedly. The local model runs in the wheel's engine instead."
    ]


def test_a_reader_whose_answer_breaks_off_has_quotes_and_the_next_one_an_answer(filled, encoder, model, monkeypatch):
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    in_cache("--crash")
    assistant = Assistant(filled, encoder, Breaker(model))
    answer = assistant.ask(QUESTION)
    assert answer.status == "extractive"
    assert "modèle de langue" in answer.notices[0]
    model._server._process.wait(10)
    assert assistant.ask(QUESTION).seconds.first_token is not None
    assert not model.is_native


OWNER = """
import sys
from pathlib import Path
from rag.native_server import NativeServer
server = NativeServer(Path(sys.argv[1]), [], Path("weights.gguf"), "key")
print(server.process, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path):
    """A process that has started an engine; and the numbers of the engine's keeper and of the engine."""
    path = program(tmp_path / "engine")
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        keeper = int(process.stdout.readline())
        yield process, keeper, seen(path)["process"]
        process.kill()


def test_an_engine_does_not_outlive_a_parent_that_is_killed(owner):
    process, keeper, server = owner
    process.kill()
    assert ended(server)
    assert ended(keeper)


def test_an_engine_ends_with_its_parent(owner):
    process, keeper, server = owner
    process.stdin.close()
    assert process.wait(30) == 0
    assert ended(server)
    assert ended(keeper)


def test_an_engine_does_not_outlive_its_keeper(owner):
    _, keeper, server = owner
    os.kill(keeper, signal.SIGKILL)
    assert ended(server)


def test_ctrl_c_at_the_terminal_does_not_reach_the_engine(owner):
    process, keeper, server = owner
    # The terminal signals its foreground group; this one is in no group of ours.
    assert os.getpgid(keeper) == os.getpgid(server) == keeper
    assert os.getsid(server) not in (os.getsid(process.pid), os.getsid(0))


def test_an_engine_ends_with_the_model_that_it_serves(tmp_path):
    path = in_cache()
    model = LocalModel(tmp_path / "weights.gguf", "tiny")
    say(model)
    del model
    assert ended(seen(path)["process"])


@pytest.fixture
def doctor(tmp_path, monkeypatch, encoder):
    """What ``doctor`` finds of the local model."""
    monkeypatch.setenv("STANDARDISTE_MODEL", str(tmp_path / "weights.gguf"))
    (tmp_path / "weights.gguf").touch()
    from rag.opening import _model

    return lambda: {finding.what: finding for finding in _model(load_settings(tmp_path / "index"))}


def test_doctor_tells_engine_and_speed(doctor):
    in_cache("--no-repack")
    found = doctor()
    assert all(finding.ok for finding in found.values())
    assert "built on this machine" in found["engine"].detail
    assert found["speed"].detail == ("reads 165 prompt tokens/s and writes 13.0: a first word after about 1.8 s")


def test_doctor_finds_fault_with_an_engine_that_cannot_be_used(doctor):
    damage(in_cache())
    found = doctor()["engine"]
    assert (found.ok, found.mend) == (False, "make native")
    assert "damaged or changed" in found.detail


@pytest.mark.slow
def test_the_real_engine_serves_the_real_model_and_hands_over_when_it_is_killed(monkeypatch, caplog):
    monkeypatch.undo()
    try:
        engine = find()
    except NativeError as error:
        pytest.skip(str(error))
    if engine is None:
        pytest.skip("no native engine was built here (“make native” takes some minutes)")
    from rag.llm import open_local

    model = open_local(load_settings(environment={}))
    asked = [{"role": "user", "content": "Quelle est la capitale de la France ? Réponds en un mot."}]
    assert "Paris" in "".join(model.stream(asked, 8))
    assert model.is_native
    os.killpg(model._server.process, signal.SIGKILL)
    model._server._process.wait(10)
    assert "Paris" in "".join(model.stream(asked, 8))
    assert "ended unexpectedly" in caplog.text
