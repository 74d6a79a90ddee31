"""Stages beside each other: order, bounds, errors and interruptions."""

from __future__ import annotations

import threading

import pytest
from stand_ins import WordEncoder

from rag.build import Here, index
from rag.pipeline import Behind, ahead


def at_work():
    return [thread.name for thread in threading.enumerate() if thread.name in ("ahead", "behind")]


def test_what_is_made_ahead_comes_in_order():
    with ahead(range(50), 2, threading.Event()) as items:
        assert list(items) == list(range(50))


def test_no_more_is_made_ahead_than_there_is_room_for():
    made = []

    def numbers():
        for number in range(1000):
            made.append(number)
            yield number

    with ahead(numbers(), 2, threading.Event()) as items:
        for taken in items:
            # Two wait, one is in the maker's hand.
            assert len(made) <= taken + 1 + 3
            if taken == 20:
                break
    assert len(made) < 30
    assert not at_work()


def test_an_error_of_the_maker_is_raised_where_its_items_are_taken():
    def broken():
        yield 1
        raise OSError("no file")

    taken = []
    with pytest.raises(OSError, match="no file"), ahead(broken(), 2, threading.Event()) as items:
        taken.extend(items)
    assert not at_work()


def test_all_that_was_handed_over_is_done_when_the_block_is_interrupted():
    done = []

    def interrupted():
        with Behind(done.append, 10) as later:
            for number in range(8):
                later.put(number)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == list(range(8))


def test_after_an_error_nothing_more_is_done_and_the_error_is_raised():
    done = []

    def consume(number):
        if number == 2:
            raise OSError("disk full")
        done.append(number)

    def hand_over():
        with Behind(consume, 10) as later:
            for number in range(8):
                later.put(number)

    with pytest.raises(OSError, match="disk full"):
        hand_over()
    assert done == [0, 1]


class Interrupted(WordEncoder):
    """Embeds some batches, then the user presses Ctrl-C."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def encode_passages(self, texts):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return super().encode_passages(texts)


def test_an_interrupted_indexing_keeps_what_was_embedded_and_the_next_goes_on(store, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.build.BATCH", 4)
    many = tmp_path / "many"
    many.mkdir()
    for number in range(12):
        (many / f"a{number:02}.txt").write_text(f"Le plateau numéro {number} ouvre. Il emploie {number} personnes.\n")
    told = []
    with pytest.raises(KeyboardInterrupt):
        index(store, Interrupted(2), [many], progress=lambda files: lambda *done: told.append((files, *done)))
    kept = len(store.articles())
    assert 0 < kept < 12
    assert told == [(12, 1, 1)] * kept
    assert all(finding.ok for finding in store.check())
    report = index(store, encoder, [many])
    assert (report.unchanged, report.added) == (kept, 12 - kept)
    assert not any("numéro 0" in text for text in encoder.embedded)


def test_a_text_of_two_batches_on_their_way_is_embedded_once(store, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.build.BATCH", 1)
    for number in range(6):
        (tmp_path / f"a{number}.txt").write_text(f"Le même avis partout.\n\nArticle {number} du recueil.\n")
    index(store, encoder, sorted(tmp_path.glob("*.txt")))
    assert encoder.embedded.count("Le même avis partout.") == 1


class Hoarding(Here):
    """Takes several batches before it hands the first one back, as a cluster does."""

    def embed(self, batches):
        hoard = list(batches)
        yield from super().embed(hoard)


def test_stages_that_look_ahead_are_given_a_text_once_and_all_is_stored(store, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.build.BATCH", 1)
    for number in range(6):
        (tmp_path / f"a{number}.txt").write_text(f"Le même avis partout.\n\nArticle {number} du recueil.\n")
    report = index(store, encoder, sorted(tmp_path.glob("*.txt")), stages=Hoarding(encoder))
    assert report.added == 6
    assert len(encoder.embedded) == len(set(encoder.embedded))
    assert all(finding.ok for finding in store.check())
