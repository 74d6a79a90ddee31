"""Hostile files, read in a process of their own: each costs a sentence, and nothing but itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from corpus_samples import FIRST, SECOND
from hostile import ODD_NAMES, SECRET, hostile_files

from corpus import apart
from corpus.apart import Limits, Worker
from corpus.read import UnreadableArticle, article_files, read_articles

ROOT = Path(__file__).parents[2]
CHECKS = Path(__file__).parents[3] / "shared" / "checks" / "hostile_files.py"


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bon.md").write_text(f"# Un titre\n\n{FIRST}\n\n{SECOND}\n", encoding="utf-8")
    return folder


def sentence(result, path):
    """Whether a refusal is one line that ends with a stop and names the file without what a terminal could obey."""
    message = str(result)
    return message.endswith(".") and message.isprintable() and path.suffix in message


@pytest.mark.parametrize("name", hostile_files(Path()))
def test_a_hostile_file_is_an_article_or_a_sentence_and_the_rest_is_read(worker, folder, name, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    (folder / name).write_bytes(hostile_files(secret)[name])
    results = dict(worker.read_articles([folder / name, folder / "bon.md"]))
    assert results[folder / "bon.md"].title == "Un titre"
    result = results.get(folder / name)
    if isinstance(result, UnreadableArticle):
        assert sentence(result, folder / name)
    elif result is not None:
        assert SECRET not in result.text


def test_the_files_of_the_project_s_checks_do_no_harm(worker, folder, tmp_path):
    if not CHECKS.exists():
        pytest.skip(f"{CHECKS} is not on this machine")
    subprocess.run([sys.executable, CHECKS], cwd=folder, check=True, capture_output=True)
    files = [file for file in sorted(folder.iterdir())]
    results = dict(worker.read_articles(files))
    assert set(results) == set(files)
    assert results[folder / "bon.md"].title == "Un titre"
    refused = [path for path, result in results.items() if isinstance(result, UnreadableArticle)]
    assert len(refused) > 10
    assert all(sentence(results[path], path) for path in refused)
    assert not Path("/tmp/pwned_by_zipslip.txt").exists()


def test_what_is_read_apart_is_what_is_read_here(worker, folder):
    files = article_files([ROOT / "corpus" / "articles", folder])
    assert list(worker.read_articles(files)) == list(read_articles(files))


def test_several_processes_read_the_same_in_the_same_order(folder, monkeypatch):
    monkeypatch.setattr(apart, "ALONE", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    for number in range(12):
        (folder / f"{number}.md").write_text(f"# Titre {number}\n\n{FIRST}\n\n{SECOND}\n", encoding="utf-8")
    (folder / "5.md").write_bytes(b"\0" * 400)
    files = sorted(folder.iterdir())
    worker = Worker()
    started: set[int] = set()
    ask = Worker.read_drafts

    def noting(one, path):
        drafts = ask(one, path)
        started.add(one._process.pid)
        return drafts

    monkeypatch.setattr(Worker, "read_drafts", noting)
    read = list(worker.read_articles(files))
    assert [path for path, _ in read] == files
    assert len(started) > 1
    # The others have ended with the work.
    assert [pid for pid in started if pid != worker._process.pid and Path(f"/proc/{pid}").exists()] == []
    here = list(read_articles(files))
    assert [str(one) if isinstance(one, UnreadableArticle) else one for _, one in read] == [
        str(one) if isinstance(one, UnreadableArticle) else one for _, one in here
    ]
    worker.close()


def test_lines_that_repeat_are_still_the_sites_own(worker, folder):
    for number in range(3):
        text = f"# Titre {number}\n\nLe Fil des plateaux\n\n{FIRST}\n\nN° {number}. {SECOND}\n\nSuivez-nous au café\n"
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    files = sorted(folder.iterdir())
    assert list(worker.read_articles(files)) == list(read_articles(files))


def test_a_reader_that_hangs_is_ended_and_the_rest_is_read(folder):
    worker = Worker()
    files = [folder / "bon.md"]
    list(worker.read_articles(files))
    os.kill(worker._process.pid, signal.SIGSTOP)
    worker._limits = Limits(seconds=0.2)
    ((_, refused),) = worker.read_articles(files)
    assert "takes more than 0.2 s" in str(refused)
    assert sentence(refused, files[0])
    worker._limits = Limits()
    ((_, article),) = worker.read_articles(files)
    assert article.title == "Un titre"
    worker.close()


def test_a_reader_that_takes_too_much_memory_is_ended_and_the_rest_is_read(folder):
    worker = Worker(Limits(memory=150_000_000))
    (folder / "grand.txt").write_bytes("€".encode() * 16_000_000)
    results = dict(worker.read_articles([folder / "grand.txt", folder / "bon.md"]))
    assert "memory" in str(results[folder / "grand.txt"])
    assert results[folder / "bon.md"].title == "Un titre"
    worker.close()


def test_a_reader_that_was_killed_is_started_again(folder):
    worker = Worker()
    list(worker.read_articles([folder / "bon.md"]))
    worker._process.kill()
    worker._process.wait()
    ((_, article),) = worker.read_articles([folder / "bon.md"])
    assert article.title == "Un titre"
    worker.close()


def test_a_folder_lends_no_modules_to_its_reader(folder, monkeypatch):
    (folder / "json.py").write_text("raise SystemExit('taken over')")
    (folder / "corpus").mkdir()
    monkeypatch.chdir(folder)
    worker = Worker()
    ((_, article),) = worker.read_articles([Path("bon.md")])
    assert article.title == "Un titre"
    worker.close()


def test_a_forked_process_has_a_reader_of_its_own(folder):
    worker = Worker()
    list(worker.read_articles([folder / "bon.md"]))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            ((_, article),) = worker.read_articles([folder / "bon.md"])
            code = 0 if article.title == "Un titre" else 1
            worker.close()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ((_, article),) = worker.read_articles([folder / "bon.md"])
    assert article.title == "Un titre"
    worker.close()


@pytest.mark.parametrize("name", ODD_NAMES, ids=repr)
def test_odd_names_are_read_and_shown_harmlessly(worker, folder, name):
    path = Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))
    path.write_text(f"# Un titre\n\n{FIRST}\n", encoding="utf-8")
    (folder / "bon.md").unlink()
    assert article_files([folder]) == [path]
    ((_, result),) = worker.read_articles([path])
    if b"\xe9" in name:
        assert "no UTF-8: rename" in str(result)
    else:
        assert result.title == "Un titre"
        assert result.id.isprintable()
    path.write_bytes(b"")
    ((_, refused),) = worker.read_articles([path])
    assert sentence(refused, path)


def test_nothing_outside_the_folder_is_read(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(SECRET, encoding="utf-8")
    os.symlink(outside / "secret.md", folder / "file.md")
    os.symlink("../outside/secret.md", folder / "relative.md")
    os.symlink(outside, folder / "folder")
    os.symlink(folder, folder / "cycle")
    os.symlink("loop.md", folder / "loop.md")
    os.symlink(folder / "file.md", folder / "twice.md")
    os.symlink("/etc", folder / "etc.md")
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "folder.md" / "in.md").write_text(FIRST, encoding="utf-8")
    assert [path.relative_to(folder).as_posix() for path in article_files([folder])] == ["bon.md", "folder.md/in.md"]
