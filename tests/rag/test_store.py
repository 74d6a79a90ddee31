"""What only the store on one machine does: its files, its lock, its connections."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from stand_ins import WordEncoder

from rag.build import index
from rag.sqlite import SqliteStore
from rag.store import StoreDamaged, StoreError, StoreLocked, StoreMismatch


def search(store: SqliteStore, encoder: WordEncoder, question: str) -> list[str]:
    from rag.words import stems

    candidates = store.search(encoder.encode_queries([question])[0], stems(question), 10)
    best = sorted(candidates, key=lambda candidate: -candidate.scores.dense - candidate.scores.words)
    return [candidate.row.id for candidate in best]


def test_a_store_opened_again_reads_its_faiss_files(filled, encoder, folder):
    filled.close()
    again = SqliteStore(filled.folder, encoder.name, encoder.dimension)
    assert search(again, encoder, "Borealis")[0] == "salon"
    assert all(finding.ok for finding in again.check())


@pytest.mark.parametrize("harm", ["flip", "truncate", "delete"])
def test_a_damaged_faiss_file_is_noticed_and_mended_without_embedding(filled, encoder, harm):
    file = filled.folder / "sentences.faiss"
    content = bytearray(file.read_bytes())
    filled.close()
    if harm == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif harm == "truncate":
        file.write_bytes(content[: len(content) // 2])
    else:
        file.unlink()
    encoder.embedded.clear()
    again = SqliteStore(filled.folder, encoder.name, encoder.dimension)
    assert [finding.what for finding in again.check() if not finding.ok] == ["faiss"]
    assert search(again, encoder, "Borealis")[0] == "salon"
    again.mend()
    assert all(finding.ok for finding in again.check())
    assert encoder.embedded == []


def test_another_schema_is_refused(filled, encoder):
    filled.close()
    with sqlite3.connect(filled.folder / "articles.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreMismatch, match="99"):
        SqliteStore(filled.folder, encoder.name, encoder.dimension)


def test_a_file_that_is_no_database_is_reported(tmp_path, encoder):
    (tmp_path / "articles.db").write_bytes(b"not a database" * 200)
    with pytest.raises(StoreDamaged, match=r"articles\.db"):
        SqliteStore(tmp_path, encoder.name, encoder.dimension)


def test_a_second_writer_is_told_so_and_a_killed_one_lets_go(filled, encoder):
    context = multiprocessing.get_context("fork")
    ready, never = context.Event(), context.Event()

    def hold() -> None:
        with SqliteStore(filled.folder, encoder.name, encoder.dimension).writing():
            ready.set()
            never.wait()

    holder = context.Process(target=hold)
    holder.start()
    assert ready.wait(10)
    with pytest.raises(StoreLocked, match="Another process"), filled.writing():
        pass
    holder.kill()
    holder.join()
    with filled.writing():
        filled.remove("prix")
    assert [row.id for row in filled.articles()] == ["salon"]


def test_a_full_disk_is_one_sentence_and_harms_nothing(filled, encoder, folder):
    # The next transaction gets the connection that was used last.
    (connection,) = filled._database._idle
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    long = "\n\n".join(f"La phrase numéro {n} parle du plateau numéro {n}." for n in range(400))
    (folder / "long.txt").write_text(long, encoding="utf-8")
    with pytest.raises(StoreError, match="disk is full"):
        index(filled, encoder, [folder])
    assert {row.id for row in filled.articles()} == {"salon", "prix"}
    assert all(finding.ok for finding in filled.check())


def test_threads_that_come_and_go_leave_no_connection_open(filled, encoder):
    def files():
        return sum(filled.folder in Path(os.path.realpath(one)).parents for one in Path("/proc/self/fd").iterdir())

    before = files()
    assert before
    for _ in range(20):
        thread = threading.Thread(target=search, args=(filled, encoder, "Meridion"))
        thread.start()
        thread.join()
    assert files() == before
