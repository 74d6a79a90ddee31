"""Files of an older state: what came and went since is searched all the same, exactly as in an index made anew."""

from __future__ import annotations

import random
from datetime import date

import pytest
from stand_ins import WordEncoder

from embeddings import vectors
from rag.backup import backup, restore
from rag.build import index
from rag.hits import EVERYTHING, Filters
from rag.schema import fingerprint
from rag.sqlite import SqliteStore
from rag.words import stems

WORDS = ["salon", "prix", "tarif", "plateau", "appel", "conseiller", "client", "offre", "heure", "Maroc", "Lille"]


class SmallWords(WordEncoder):
    """The words of a text in fewer numbers."""

    name = "small:1"
    dimension = 64


@pytest.fixture
def encoder():
    return SmallWords()


@pytest.fixture
def quantised(monkeypatch):
    """Every index is one of codes, whose candidates are all that there is."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 30)
    monkeypatch.setattr(vectors, "LISTS", 4)
    monkeypatch.setattr("rag.derived.SLACK", 0.5)


def write(folder, numbers, edition=0):
    folder.mkdir(exist_ok=True)
    for number in numbers:
        chance = random.Random(1000 * edition + number)
        text = "\n\n".join(" ".join(chance.choices(WORDS, k=12)).capitalize() + f" {number}." for _ in range(3))
        year = 2000 + number % 10
        head = f"---\ntitle: Numéro {number}\npublication: Revue {number % 3}\ndate: {year}-01-01\nlanguage: fr\n---\n"
        (folder / f"a{number:03}.md").write_text(head + text + "\n", encoding="utf-8")


def answers(store, encoder, filters=EVERYTHING):
    """For some questions, what is found, without keys; vectors in a file are rounded, those in the database are not."""
    found = []
    for question in ("prix du plateau à Lille", "conseiller client Maroc", "offre"):
        candidates = store.search(encoder.encode_queries([question])[0], stems(question), 200, filters)
        found.append(sorted(
            (one.row.id, one.passage.number, Near(one.scores.dense), Near(one.scores.sentence), Near(one.scores.words))
            for one in candidates
        ))  # fmt: skip
    return found


class Near(float):
    """A score that equals those that only rounding parts from it."""

    def __eq__(self, other):
        return abs(self - other) < 1e-4

    __hash__ = None


FILTERS = [EVERYTHING, Filters(publication="revue 1"), Filters(since=date(2003, 1, 1), until=date(2005, 1, 1))]


@pytest.mark.usefixtures("quantised")
def test_a_reader_follows_what_is_written_without_files_made_anew(tmp_path, encoder):
    write(tmp_path / "articles", range(60))
    writer = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    reader = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(writer, encoder, [tmp_path / "articles"])
    assert answers(reader, encoder)
    files = {file.name: file.read_bytes() for file in (tmp_path / "index").glob("*.faiss")}
    write(tmp_path / "articles", range(0, 60, 9), edition=1)
    write(tmp_path / "articles", range(60, 64))
    (tmp_path / "articles" / "a010.md").unlink()
    index(writer, encoder, [tmp_path / "articles"], prune=True)
    assert {file.name: file.read_bytes() for file in (tmp_path / "index").glob("*.faiss")} == files
    anew = SqliteStore(tmp_path / "anew", encoder.name, encoder.dimension)
    index(anew, encoder, [tmp_path / "articles"])
    opened = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    for filters in FILTERS:
        expected = answers(anew, encoder, filters)
        assert answers(reader, encoder, filters) == expected
        assert answers(opened, encoder, filters) == expected
    assert all(finding.ok for finding in writer.check())
    assert any("searched beside them" in finding.detail for finding in writer.check())


@pytest.mark.usefixtures("quantised")
@pytest.mark.parametrize("harm", ["flip", "delete"])
def test_without_a_vectors_file_the_answers_are_the_same_and_doctor_mends_it(tmp_path, encoder, harm):
    write(tmp_path / "articles", range(60))
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(store, encoder, [tmp_path / "articles"])
    expected = answers(store, encoder)
    store.close()
    file = tmp_path / "index" / "passages.vectors"
    content = file.read_bytes()
    if harm == "delete":
        file.unlink()
    else:
        file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    encoder.embedded.clear()
    again = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    assert answers(again, encoder) == expected
    assert [finding.what for finding in again.check() if not finding.ok] == ["faiss"]
    again.mend()
    assert all(finding.ok for finding in again.check())
    assert file.read_bytes() == content
    assert answers(again, encoder) == expected
    assert encoder.embedded == []


@pytest.mark.usefixtures("quantised")
def test_few_vectors_need_no_vectors_file(tmp_path, encoder, monkeypatch):
    write(tmp_path / "articles", range(60))
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(store, encoder, [tmp_path / "articles"])
    assert {file.name for file in (tmp_path / "index").glob("*.vectors")} == {"passages.vectors", "sentences.vectors"}
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 10_000)
    (tmp_path / "index" / "passages.faiss").unlink()
    store.mend()
    assert not [*(tmp_path / "index").glob("*.vectors")]
    assert all(finding.ok for finding in store.check())


@pytest.mark.usefixtures("quantised")
def test_doctor_tells_the_recall(tmp_path, encoder):
    write(tmp_path / "articles", range(60))
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(store, encoder, [tmp_path / "articles"])
    assert any("recall@10 against the exact search" in finding.detail for finding in store.check())


@pytest.mark.parametrize("few", [True, False], ids=["exact", "quantised"])
def test_an_interrupted_indexing_is_searched_at_once(tmp_path, encoder, few, request):
    if not few:
        request.getfixturevalue("quantised")
    write(tmp_path / "articles", range(40))
    store = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    index(store, encoder, [tmp_path / "articles"])
    store.remove("a003")  # as if killed before the files were written
    store.close()
    again = SqliteStore(tmp_path / "index", encoder.name, encoder.dimension)
    (tmp_path / "articles" / "a003.md").unlink()
    anew = SqliteStore(tmp_path / "anew", encoder.name, encoder.dimension)
    index(anew, encoder, [tmp_path / "articles"])
    assert answers(again, encoder) == answers(anew, encoder)


def test_a_restored_index_is_not_followed_from_what_was_there_before(tmp_path, encoder):
    write(tmp_path / "one", range(8))
    write(tmp_path / "two", range(8), edition=5)
    made = {}
    for name in ("one", "two"):
        made[name] = SqliteStore(tmp_path / f"index-{name}", encoder.name, encoder.dimension)
        index(made[name], encoder, [tmp_path / name])
        backup(tmp_path / f"index-{name}", tmp_path / f"{name}.backup")
    expected = answers(made["two"], encoder)
    assert answers(made["one"], encoder) != expected
    wanted = fingerprint(encoder.name, encoder.dimension)
    restore(tmp_path / "two.backup", tmp_path / "index-one", wanted, overwrite=True)
    assert answers(made["one"], encoder) == expected
