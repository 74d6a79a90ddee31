import time
from dataclasses import replace
from datetime import date

import page_fake as fake
import pytest

from page.adding import Adder, corrected, read_files
from page.chat import Refused
from page.languages import FRENCH
from rag.shelf import add, remove, restore
from rag.store import StoreError


@pytest.fixture
def assistant() -> fake.FakeAssistant:
    return fake.FakeAssistant()


NEW = replace(fake.ARTICLE, id="salon", title="Le salon", source="neuf.md")


def test_an_article_handed_over_gets_an_id_of_its_own_and_is_replaced_by_the_same_file(assistant):
    store = assistant.store
    assert add(store, assistant.encoder, NEW, "neuf.md") == "salon-2"
    assert add(store, assistant.encoder, replace(NEW, author="B."), "neuf.md") == "salon-2"
    assert len(store.articles()) == 3
    assert store.article("salon-2").author == "B."


def test_a_removed_article_comes_back_as_it_was(assistant):
    before = assistant.store.articles()
    removed = remove(assistant.store, "salon")
    assert [row.id for row in assistant.store.articles()] == ["autre"]
    restore(assistant.store, assistant.encoder, removed)
    assert assistant.store.articles() == before
    assert assistant.article("salon") == fake.ARTICLE
    with pytest.raises(StoreError):
        remove(assistant.store, "nowhere")


def test_files_are_read_and_what_is_wrong_names_only_the_file(tmp_path):
    good, bad = tmp_path / "a.md", tmp_path / "b.txt"
    good.write_text("# Titre\n\nUne phrase entière, assez longue pour un article.\n")
    bad.write_text("")
    one, other = read_files([good, bad])
    assert one.article.title == "Titre"
    assert other.article is None
    assert "b.txt" in other.error
    assert str(tmp_path) not in other.error


def test_corrections_take_the_place_of_what_was_understood():
    article = corrected(fake.ARTICLE, ("Un autre  titre", " ", "La Gazette", "2020-05-01"), FRENCH)
    assert article.text.startswith("Un autre titre\n\nLa vente du salon")
    assert [article.text[span.start : span.end] for span in article.headings] == ["Un autre titre", "La vente du salon"]
    assert (article.author, article.publication, article.date) == (None, "La Gazette", date(2020, 5, 1))
    untitled = corrected(replace(fake.ARTICLE, title="fichier"), ("Titre", "", "", ""), FRENCH)
    assert untitled.text == fake.ARTICLE.text


@pytest.mark.parametrize(("fields", "said"), [((" ", "", "", ""), "titre"), (("T", "", "", "01/02/2020"), "date")])
def test_a_wrong_correction_is_a_sentence(fields, said):
    with pytest.raises(Refused, match=said):
        corrected(fake.ARTICLE, fields, FRENCH)


def test_indexing_goes_on_in_the_background_and_reports_each_article(assistant):
    adder = Adder(assistant)
    batch = adder.submit([(NEW, "neuf.md"), (replace(NEW, text="\ud800"), "faux.md")])
    deadline = time.monotonic() + 20
    while batch.progress().waiting and time.monotonic() < deadline:
        time.sleep(0.02)
    progress = batch.progress()
    assert progress.added == ("Le salon",)
    assert [name for name, _ in progress.failed] == ["faux.md"]
