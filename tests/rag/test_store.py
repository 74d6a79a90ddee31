"""The store and the pipeline that fills it, over a real SQLite and a real FAISS."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from datetime import date
from pathlib import Path

import pytest
from stand_ins import PRICE, SALON, WordEncoder

from corpus.article import Article
from corpus.split import split
from rag.build import index
from rag.hits import EVERYTHING, Filters
from rag.sqlite import SqliteStore
from rag.store import NothingToIndex, StoreDamaged, StoreError, StoreLocked, StoreMismatch


def search(store: SqliteStore, encoder: WordEncoder, question: str, filters: Filters = EVERYTHING) -> list[str]:
    from rag.words import stems

    candidates = store.search(encoder.encode_queries([question])[0], stems(question), 10, filters)
    best = sorted(candidates, key=lambda candidate: -candidate.scores.dense - candidate.scores.words)
    return [candidate.row.id for candidate in best]


def test_index_reports_what_it_did(store, encoder, folder):
    report = index(store, encoder, [folder])
    assert (report.added, report.updated, report.unchanged, report.failed) == (2, 0, 0, [])
    assert report.articles == 2
    assert report.passages == sum(row.passages for row in store.articles())


def test_metadata_comes_back_as_written(filled):
    salon = next(row for row in filled.articles() if row.id == "salon")
    assert (salon.title, salon.author, salon.publication) == (
        "Un salon change de nom", "Jeanne Martin", "La Gazette du Casque",
    )  # fmt: skip
    assert salon.date == date(2012, 4, 10)


def test_every_passage_and_sentence_is_a_span_of_the_article(filled, encoder):
    for candidate in filled.search(encoder.encode_queries(["salon prix visiteurs"])[0], ["salon", "prix"], 50):
        text = filled.article(candidate.row.id).text
        passage = candidate.passage
        assert passage.text == text[passage.start : passage.end]
        assert all(passage.start <= span.start < span.end <= passage.end for span in passage.sentences)


def test_unchanged_articles_are_left_alone_and_embedded_once(filled, encoder, folder):
    encoder.embedded.clear()
    report = index(filled, encoder, [folder])
    assert (report.added, report.updated, report.unchanged) == (0, 0, 2)
    assert encoder.embedded == []


def test_a_changed_article_embeds_only_its_new_text(filled, encoder, folder):
    encoder.embedded.clear()
    (folder / "prix.md").write_text(PRICE + "\nLe Portugal attire aussi les prestataires.\n", encoding="utf-8")
    report = index(filled, encoder, [folder])
    assert (report.updated, report.unchanged) == (1, 1)
    assert "Le Portugal attire aussi les prestataires." in encoder.embedded
    assert "Les donneurs d'ordres exigent des tarifs plus bas." not in encoder.embedded
    assert search(filled, encoder, "Portugal")[0] == "prix"


def test_prune_removes_articles_whose_file_is_gone(filled, encoder, folder):
    (folder / "prix.md").unlink()
    assert index(filled, encoder, [folder]).removed == 0
    assert index(filled, encoder, [folder], prune=True).removed == 1
    assert [row.id for row in filled.articles()] == ["salon"]
    assert set(search(filled, encoder, "tarifs prestataires")) == {"salon"}


def test_two_files_of_one_name_get_two_ids(filled, encoder, folder):
    (folder / "ailleurs").mkdir()
    (folder / "ailleurs" / "salon.md").write_text(SALON.replace("Borealis", "Meridion"), encoding="utf-8")
    index(filled, encoder, [folder])
    assert {row.id for row in filled.articles()} == {"salon", "salon-2", "prix"}


def test_an_unreadable_file_is_reported_and_the_rest_indexed(store, encoder, folder):
    (folder / "binaire.txt").write_bytes(bytes(range(256)) * 40)
    report = index(store, encoder, [folder])
    assert report.added == 2
    assert [Path(failure["path"]).name for failure in report.failed] == ["binaire.txt"]
    assert "binaire.txt" in report.failed[0]["error"]


def test_an_empty_folder_is_said_to_be_empty(store, encoder, tmp_path):
    (tmp_path / "vide").mkdir()
    with pytest.raises(NothingToIndex, match="vide"):
        index(store, encoder, [tmp_path / "vide"])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"salon", "prix"}),
        (Filters(since=date(2013, 1, 1)), {"prix"}),
        (Filters(until=date(2012, 4, 10)), {"salon"}),
        (Filters(since=date(2012, 4, 11), until=date(2015, 8, 31)), set()),
        (Filters(publication="la gazette du casque"), {"salon"}),
        (Filters(publication="LE JOURNAL DES PLATEAUX", since=date(2015, 9, 1)), {"prix"}),
        (Filters(publication="inconnue"), set()),
        (Filters(author="JEANNE MARTIN"), {"salon"}),
    ],
    ids=["all", "since", "until", "between", "publication", "both", "none", "author"],
)
def test_filters(filled, encoder, filters, found):
    assert set(search(filled, encoder, "les prestataires du salon et les prix", filters)) == found


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


def test_another_encoder_is_refused_by_name(filled):
    with pytest.raises(StoreMismatch, match="words:1.*other:2"):
        SqliteStore(filled.folder, "other:2", 4096)


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


def test_an_article_is_stored_whole_or_not_at_all(filled, encoder):
    article = filled.article("salon")
    broken = split(Article("salon", "Autre", "Autre.\n\nUne phrase.", None, None, None, "fr", ""), encoder.count_tokens)
    with pytest.raises(AttributeError):
        filled.put(article, "/elsewhere", "digest", [*broken, None])  # fails after the old rows are deleted
    assert filled.article("salon") == article
    assert all(finding.ok for finding in filled.check())


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


def test_readers_see_what_another_connection_wrote(filled, encoder, folder):
    reader = SqliteStore(filled.folder, encoder.name, encoder.dimension)
    assert search(reader, encoder, "Meridion recrutement")[0] == "salon"
    (folder / "neuf.md").write_text(
        "# Meridion recrute\n\nMeridion recrute 300 téléconseillers à Lille.\n", encoding="utf-8"
    )
    index(filled, encoder, [folder])
    assert search(reader, encoder, "Meridion recrute à Lille")[0] == "neuf"


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


def test_an_unknown_article_is_named(filled):
    with pytest.raises(StoreError, match="nobody"):
        filled.article("nobody")
