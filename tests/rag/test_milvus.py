"""What only a Milvus store can meet: two halves, of which either may be gone, old, or behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from stand_ins import WordEncoder
from store_kinds import PASSWORD, milvus_server, place, require_milvus

from rag.build import index
from rag.places import Place, parse_place
from rag.store import StoreDamaged, StoreError, StoreMismatch
from rag.words import stems

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Place]:
    with place("milvus-lite", tmp_path, None) as here:
        yield here


@pytest.fixture
def opened(encoder: WordEncoder) -> Iterator[Callable]:
    """Opens Milvus stores, closed in the end."""
    require_milvus()
    from rag.milvus import MilvusStore

    stores: list[MilvusStore] = []

    def open_(here: Place, **options) -> MilvusStore:
        stores.append(MilvusStore(here, encoder.name, encoder.dimension, **options))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def search(store, encoder, question="Borealis visiteurs tarifs"):
    found = store.search(encoder.encode_queries([question])[0], stems(question), 10)
    return sorted((one.row.id, one.row.digest) for one in found)


WRITER = """
    import os, signal, sys
    from pathlib import Path
    sys.path[:0] = [{root!r}, {tests!r}]
    from dataclasses import replace
    from stand_ins import WordEncoder
    from rag import milvus
    from rag.places import parse_place
    from rag.build import indexed_passages

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    encoder = WordEncoder()
    store = milvus.MilvusStore(parse_place({store!r}, "", Path({folder!r}), "test"), encoder.name, encoder.dimension)
    article = store.article("salon")
    changed = replace(article, text=article.text + "\\n\\nUne phrase de plus sur Borealis.")
    (row,) = [row for row in store.articles() if row.id == "salon"]
    {where} = die
    with store.writing():
        store.put(changed, row.path, "new", indexed_passages(changed, encoder))
"""


@pytest.mark.parametrize(
    ("where", "digest_after"),
    [
        ("milvus.record", "old"),
        ("milvus.forget_leftovers", "new"),
        ("store._vectors.delete", "new"),
    ],
    ids=["before the records say so", "before the leftover is forgotten", "before the old rows are deleted"],
)
def test_a_killed_writer_leaves_the_old_article_or_the_new_one_and_its_rows_are_swept(
    opened, encoder, folder, tmp_path, where, digest_after
):
    # A server outlives its client; the file of Milvus Lite dies with it.
    with milvus_server(tmp_path / "server") as address:
        here = parse_place(address, "", tmp_path / "index", "test")
        store = opened(here)
        index(store, encoder, [folder])
        old = next(row.digest for row in store.articles() if row.id == "salon")
        code = textwrap.dedent(WRITER).format(
            root=str(ROOT), tests=str(ROOT / "tests"), store=address, folder=str(tmp_path / "index"), where=where
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        expected = old if digest_after == "old" else "new"
        assert dict(search(store, encoder))["salon"] == expected
        assert len(search(store, encoder)) == len(store.indexed("salon")) + len(store.indexed("prix"))
        assert all(finding.ok for finding in store.check())
        with store.writing():
            pass
        assert dict(search(store, encoder))["salon"] == expected
        assert store._vectors.count("passages") == 2
        assert all(finding.ok for finding in store.check())


def test_a_server_that_is_away_is_one_sentence(opened, tmp_path):
    with pytest.raises(StoreError, match=r"Milvus at milvus://127\.0\.0\.1:1 does not answer.*STANDARDISTE_STORE\.$"):
        opened(parse_place("milvus://127.0.0.1:1", "", tmp_path, "test"))


def test_a_server_that_goes_away_is_one_sentence(opened, tmp_path, encoder, folder, monkeypatch):
    monkeypatch.setattr("rag.milvus_vectors.READ", 1.0)
    with milvus_server(tmp_path / "server") as address:
        store = opened(parse_place(address, "", tmp_path / "index", "test"))
        index(store, encoder, [folder])
    with pytest.raises(StoreError, match=r"does not answer.*\.$"):
        search(store, encoder)
    assert len(store.articles()) == 2


def test_a_database_that_is_away_is_one_sentence_without_its_password(opened, lite, postgres):
    require_milvus()
    if postgres is None:
        pytest.skip("PostgreSQL is not installed")
    here = replace(lite, records=f"postgresql://standardiste:{PASSWORD.replace(' ', '%20')}@127.0.0.1:1/articles")
    with pytest.raises(StoreError, match=r"postgresql://127\.0\.0\.1:1/articles cannot be used.*\.$") as away:
        opened(here)
    wrong = replace(lite, records=postgres.address("absent").replace("pass-word", "s3cret-word"))
    with pytest.raises(StoreError, match="cannot be used") as refused:
        opened(wrong)
    assert "word%20of" not in str(away.value) + str(refused.value)
    assert "word of" not in str(away.value) + str(refused.value)


def test_an_old_server_is_refused_by_its_version(opened, lite, monkeypatch):
    from pymilvus import MilvusClient

    monkeypatch.setattr(MilvusClient, "get_server_version", lambda self, **_: "v2.3.4")
    with pytest.raises(StoreMismatch, match=r"v2\.3\.4.*update it to 2\.4"):
        opened(lite)


def test_records_and_vectors_of_two_indexes_are_not_mixed(opened, lite, tmp_path, encoder, folder):
    index(opened(lite), encoder, [folder])
    with milvus_server(tmp_path / "other") as address:
        other = parse_place(address, "", tmp_path / "index", "test")
        with pytest.raises(StoreDamaged, match="does not hold the passages of the index"):
            opened(other)


def test_another_index_on_the_same_server_is_another_index(opened, tmp_path, encoder, folder):
    with milvus_server(tmp_path / "server") as address:
        one = opened(parse_place(address, "", tmp_path / "one", "test"))
        other = opened(parse_place(address, "", tmp_path / "other", "test"))
        index(one, encoder, [folder])
        assert search(other, encoder) == []
        assert len(search(one, encoder)) == 2


def test_a_file_that_another_process_holds_is_one_sentence(opened, tmp_path):
    require_milvus()
    file = tmp_path / "held.db"
    code = (
        f"import sys; from milvus_lite.db import MilvusLite; database = MilvusLite({str(file)!r})\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(StoreError, match=r"held\.db cannot be opened.*Milvus server for several\.$"):
            opened(parse_place(f"milvus:{file}", "", tmp_path / "index", "test"))
    finally:
        holder.communicate("")


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        ("UPDATE articles SET text = replace(text, 'Borealis', 'Boréalis')", "records"),
        ("UPDATE passages SET words = replace(words, 'salon', 'sabot')", "records"),
        ("UPDATE terms SET passages = passages + 1", "words"),
        ("UPDATE passages SET vectors_sum = x'00000000'", "vectors"),
    ],
    ids=["text", "stems", "count", "vector"],
)
def test_doctor_sees_what_is_not_as_it_was_written(opened, lite, encoder, folder, harm, what):
    import sqlite3

    store = opened(lite)
    index(store, encoder, [folder])
    with sqlite3.connect(lite.folder / "records.db") as connection:
        connection.execute(harm)
    connection.close()
    assert [finding.what for finding in store.check() if not finding.ok] == [what]
    if what == "words":
        store.mend()
        assert all(finding.ok for finding in store.check())


def test_lost_vectors_are_said_to_be_lost(opened, lite, encoder, folder):
    store = opened(lite)
    index(store, encoder, [folder])
    store._vectors._client.delete(store._vectors._names["sentences"], filter="version == 1")
    assert [finding.what for finding in store.check() if not finding.ok] == ["vectors"]
    with pytest.raises(StoreDamaged, match="lost vectors"):
        search(store, encoder)


def test_reads_wait_for_every_write_only_while_the_store_changes(opened, lite, encoder, folder, monkeypatch):
    now = [0.0]
    store = opened(lite, clock=lambda: now[0])
    index(store, encoder, [folder])
    levels: list[str] = []
    nearest = store._vectors.nearest
    monkeypatch.setattr(
        store._vectors, "nearest", lambda *arguments: (levels.append(arguments[-1]), nearest(*arguments))[1]
    )
    search(store, encoder)
    now[0] += 11
    search(store, encoder)
    with store.writing():
        store.remove("prix")
    search(store, encoder)
    assert levels == ["Strong"] * 2 + ["Bounded"] * 2 + ["Strong"] * 2


def test_nothing_of_it_is_imported_for_sqlite():
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests'); from stand_ins import WordEncoder\n"
        "import tempfile; from rag.opening import open_place; from rag.places import Place\n"
        "open_place(Place(Path(tempfile.mkdtemp())), WordEncoder())\n"
        "print([name for name in ('pymilvus', 'milvus_lite', 'sqlalchemy', 'psycopg', 'grpc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout.strip() == "[]"
