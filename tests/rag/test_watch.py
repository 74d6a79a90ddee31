"""A folder that is followed: a real one, with the stand-in encoder."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from stand_ins import PRICE

from rag import cli, command_index
from rag.build import index
from rag.store import StoreLocked
from rag.watch import follow

LONGEST = 20
"""Seconds to wait for what happens within two."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("rag.watch.PATIENCE", 100)


@pytest.fixture
def following(store, encoder, folder):
    """Follow ``folder`` in a thread; gives a function that waits until the index holds just these articles."""
    changed, stop = threading.Condition(), threading.Event()

    def update():
        index(store, encoder, [folder], prune=True)
        with changed:
            changed.notify_all()
        return True

    thread = threading.Thread(target=follow, args=([folder], update, stop))
    thread.start()

    def holds(*ids):
        def as_wished():
            return {row.id for row in store.articles()} == set(ids)

        with changed:
            return changed.wait_for(as_wished, LONGEST)

    yield holds
    stop.set()
    thread.join(LONGEST)
    assert not thread.is_alive()


def test_what_appears_changes_and_goes_is_indexed(following, folder, store):
    assert following("salon", "prix")
    (folder / "nouveau.md").write_text(PRICE.replace("guerre", "paix"), encoding="utf-8")
    assert following("salon", "prix", "nouveau")
    (folder / "nouveau.md").rename(folder / "prix.md")
    assert following("salon", "prix")
    assert store.article("prix").title == "La paix des prix"
    inner = folder / "2015"
    inner.mkdir()
    (folder / "prix.md").rename(inner / "tarifs.md")
    assert following("salon", "tarifs")
    inner.rename(folder.parent / "ailleurs")
    assert following("salon")


def test_a_locked_store_is_tried_again(folder):
    stop, tries = threading.Event(), []

    def update():
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        return len(tries) == 3

    follow([folder], update, stop)
    assert len(tries) == 3


@pytest.fixture
def watched(tmp_path, encoder, monkeypatch):
    """Run ``index --watch`` in this process and interrupt it when ``update`` was called; gives the exit code."""
    monkeypatch.setattr("rag.opening.open_encoder", lambda settings: encoder)
    monkeypatch.setenv("STANDARDISTE_INDEX", str(tmp_path / "index"))
    # A shell starts what runs in its background with the interrupt ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(*arguments):
        def interrupted(paths, update, stop=None):
            def update_then_interrupt():
                done = update()
                os.kill(os.getpid(), signal.SIGINT)
                return done

            follow(paths, update_then_interrupt, stop)

        monkeypatch.setattr("rag.watch.follow", interrupted)
        return cli.main(["index", *map(str, arguments), "--watch"])

    yield run
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_it_with_a_sentence(watched, folder, capsys):
    assert watched(folder) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2 added")
    assert said.err.splitlines() == [
        f"Following {folder}; Ctrl-C ends it.",
        f"No longer following {folder}; what was indexed is kept.",
    ]


def test_a_folder_that_vanishes_is_told_and_not_fatal(watched, folder, capsys, monkeypatch):
    real = command_index.message

    def lose_it(text):
        if text.startswith("Following"):
            folder.rename(folder.parent / "ailleurs")
        real(text)

    monkeypatch.setattr(command_index, "message", lose_it)
    monkeypatch.setattr("rag.watch.follow", lambda paths, update: update() and update())
    assert cli.main(["index", str(folder), "--watch"]) == 0
    said = capsys.readouterr().err
    assert said.count("does not exist") == 1


def test_a_lock_is_no_failure(watched, folder, monkeypatch):
    calls = []

    def locked_once(*arguments, **stages):
        calls.append(arguments)
        if len(calls) == 2:
            raise StoreLocked("taken")
        return index(*arguments, **stages)

    monkeypatch.setattr("rag.build.index", locked_once)
    results = []
    monkeypatch.setattr("rag.watch.follow", lambda paths, update: results.extend([update(), update()]))
    assert cli.main(["index", str(folder), "--watch"]) == 0
    assert results == [False, True]
