"""What every store must do, and the pipeline that fills it: the same tests over every engine (``store_kinds``)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from stand_ins import PRICE, SALON, WordEncoder

from corpus.article import Article, Span
from corpus.split import split
from rag.build import index, indexed_passages
from rag.hits import EVERYTHING, Filters
from rag.opening import open_place
from rag.store import NothingToIndex, Store, StoreError, StoreLocked, StoreMismatch


@pytest.fixture
def store(any_store):
    return any_store


def search(store: Store, encoder: WordEncoder, question: str, filters: Filters = EVERYTHING) -> list[str]:
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


def test_another_encoder_is_refused_by_name(filled, place):
    other = WordEncoder()
    other.name = "other:2"
    with pytest.raises(StoreMismatch, match="words:1.*other:2"):
        open_place(place, other)


def test_a_store_opened_again_is_as_it_was(filled, encoder, place):
    filled.close()
    again = open_place(place, encoder)
    assert search(again, encoder, "Borealis")[0] == "salon"
    assert all(finding.ok for finding in again.check())
    again.close()


def test_an_article_is_stored_whole_or_not_at_all(filled, encoder):
    article = filled.article("salon")
    broken = split(Article("salon", "Autre", "Autre.\n\nUne phrase.", None, None, None, "fr", ""), encoder.count_tokens)
    with pytest.raises(AttributeError):
        filled.put(article, "/elsewhere", "digest", [*broken, None])  # fails after the old rows are deleted
    assert filled.article("salon") == article
    assert all(finding.ok for finding in filled.check())


def test_readers_see_what_another_connection_wrote(filled, encoder, folder, place):
    reader = open_place(place, encoder)
    assert search(reader, encoder, "Meridion recrutement")[0] == "salon"
    (folder / "neuf.md").write_text(
        "# Meridion recrute\n\nMeridion recrute 300 téléconseillers à Lille.\n", encoding="utf-8"
    )
    index(filled, encoder, [folder])
    assert search(reader, encoder, "Meridion recrute à Lille")[0] == "neuf"
    assert reader.vocabulary()["l"]["lill"] == 1
    reader.close()


def test_an_unknown_article_is_named(filled):
    with pytest.raises(StoreError, match="nobody"):
        filled.article("nobody")


def test_a_second_writer_is_told_so(filled, encoder, place):
    other = open_place(place, encoder)
    with filled.writing():
        with pytest.raises(StoreLocked, match="Another process"), other.writing():
            pass
        assert search(other, encoder, "Borealis")[0] == "salon"
    with other.writing():
        other.remove("prix")
    assert [row.id for row in filled.articles()] == ["salon"]
    other.close()


def test_an_article_put_under_another_id_takes_the_place_of_its_path(filled, encoder):
    article, (row,) = filled.article("salon"), [row for row in filled.articles() if row.id == "salon"]
    passages = [
        replace(indexed, passage=replace(indexed.passage, article="foire")) for indexed in filled.indexed("salon")
    ]
    with filled.writing():
        filled.put(replace(article, id="foire"), row.path, row.digest, passages)
    assert {row.id for row in filled.articles()} == {"foire", "prix"}
    assert search(filled, encoder, "Borealis visiteurs")[0] == "foire"
    assert all(finding.ok for finding in filled.check())


def test_what_was_put_is_given_back_to_the_last_bit(filled, encoder):
    passages = filled.indexed("salon")
    assert [indexed.passage.number for indexed in passages] == list(range(len(passages)))
    for indexed in passages:
        spans = indexed.passage.sentences
        texts = [filled.article("salon").text[span.start : span.end] for span in spans]
        assert indexed.vectors[1:].tobytes() == encoder.encode_passages(texts).tobytes()
        assert len(indexed.digests) == 1 + len(spans)
        assert "boreal" in indexed.words[-1].split()
    assert filled.indexed("nobody") == []


def test_sentences_are_found_by_their_span(filled, encoder):
    passage = filled.indexed("salon")[0].passage
    spans = [("salon", passage.sentences[1]), ("salon", Span(0, 3)), ("nobody", passage.sentences[1])]
    vectors = filled.sentence_vectors(spans)
    start, end = passage.sentences[1].start - passage.start, passage.sentences[1].end - passage.start
    assert np.array_equal(vectors[0], encoder.encode_passages([passage.text[start:end]])[0])
    assert not vectors[1:].any()


def test_words_are_counted_by_passage_and_forgotten_with_their_article(filled):
    before, total = filled.document_frequencies(["prestatair", "boreal", "absent"])
    assert before == {"prestatair": 2, "boreal": 1, "absent": 0}
    assert total == sum(row.passages for row in filled.articles())
    assert filled.vocabulary()["b"] == {"boreal": 1, "bas": 1}
    with filled.writing():
        filled.remove("salon")
    assert filled.document_frequencies(["prestatair", "boreal"]) == ({"prestatair": 1, "boreal": 0}, 1)
    assert filled.vocabulary()["b"] == {"bas": 1}


def test_an_article_without_words_is_found_by_its_vector(store, encoder):
    article = Article("vide", "?", "… — …", None, None, None, "fr", "")
    passages = [replace(indexed, words=("",) * 4) for indexed in indexed_passages(article, encoder)]
    assert passages
    with store.writing():
        store.put(article, "/vide", "digest", passages)
    assert search(store, encoder, "rien") == ["vide"]
    assert store.document_frequencies(["rien"]) == ({"rien": 0}, 1)


@pytest.mark.parametrize("name", ['Le "Soir"', "L'Écho", "a\\b", '" or day >= 0 or "" == "', "x" * 5000])
def test_a_name_is_compared_whatever_it_holds(store, encoder, folder, name):
    index(store, encoder, [folder])
    (row,) = [row for row in store.articles() if row.id == "salon"]
    article = replace(store.article("salon"), publication=name)
    with store.writing():
        store.put(article, row.path, row.digest, store.indexed("salon"))
    assert search(store, encoder, "salon prix", Filters(publication=name.upper())) == ["salon"]
    assert search(store, encoder, "salon prix", Filters(publication=name[:-1])) == []


def test_asked_by_several_threads_while_an_article_changes_it_is_never_seen_in_half(filled, encoder, place):
    """Both states of the article hold the same words, so that every search must find exactly one of them."""
    (row,) = [row for row in filled.articles() if row.id == "salon"]
    article, passages = filled.article("salon"), filled.indexed("salon")
    seen: list[list[str]] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        reader = open_place(place, encoder)
        try:
            while not done.is_set():
                seen.append(sorted(search(reader, encoder, "Borealis visiteurs tarifs")))
        except BaseException as error:
            failed.append(error)
        finally:
            reader.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    with filled.writing():
        for number in range(12):
            filled.put(article, row.path, f"digest {number}", passages)
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert seen
    assert all(found == ["prix", "salon"] for found in seen)
