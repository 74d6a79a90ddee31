"""Search by words over postings: the same scores as BM25 by hand, whatever came or went since they were counted."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from embeddings.sealed import SealError
from rag import postings
from rag.bm25 import bm25, idf
from rag.fulltext import Scored, Words
from rag.postings import Postings, build

NOTHING = np.zeros(0, np.int64)
STEMS = ["salon", "prix", "appel", "tarif", "été", "œuvre", "2012", "a"]


def rows(count, first=1, seed=0):
    chance = random.Random(seed)

    def field(most):
        return " ".join(chance.choices(STEMS, weights=range(len(STEMS), 0, -1), k=chance.randrange(most)))

    return [(first + 3 * n, field(3), field(2), field(2), field(30)) for n in range(count)]


def by_hand(kept, terms):
    average = sum(len(row[-1].split()) for row in kept) / len(kept)
    found = {t: sum(any(t in field.split() for field in row[1:]) for row in kept) for t in terms}
    weights = {term: idf(count, len(kept)) for term, count in found.items()}
    return {row[0]: bm25(weights, row[1:], average) for row in kept}, found


@pytest.fixture(params=[7, postings.CHUNK], ids=["many chunks", "one chunk"])
def chunks(request, monkeypatch):
    monkeypatch.setattr(postings, "CHUNK", request.param)


TERMS = ["prix", "été", "a", "inconnu"]


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("gone", [0, 20], ids=["all there", "some gone"])
@pytest.mark.parametrize("newer", [0, 30], ids=["none new", "some new"])
def test_scores_are_those_of_bm25_by_hand(gone, newer):
    old, new = rows(80), rows(newer, 1000, 1)
    removed = np.array([row[0] for row in old[::4]][:gone], np.int64)
    kept = [row for row in old if row[0] not in removed.tolist()] + new
    words = Words(build(old), build(new), removed)
    expected, frequencies = by_hand(kept, TERMS)
    scored = words.score(TERMS)
    assert words.frequencies(TERMS) == frequencies
    assert words.total == len(kept)
    assert scored.of(list(expected)) == pytest.approx(expected, rel=1e-5)
    best = scored.best(10)
    assert [expected[key] for key in best] == pytest.approx(sorted(expected.values(), reverse=True)[:10], rel=1e-5)
    assert not set(best) & set(removed.tolist())
    allowed = np.array([kept[3][0], kept[-1][0]], np.int64)
    assert set(scored.best(10, allowed)) == {key for key in allowed.tolist() if expected[key] > 0}


def test_the_vocabulary_is_every_stem_by_first_letter():
    words = Words(build(rows(40)), build([(999, "", "", "", "zèbre prix")]), NOTHING)
    known = words.vocabulary()
    assert known["z"] == {"zèbre": 1}
    assert "été" in known["é"]
    assert "œuvre" in known["œ"]
    assert known["p"]["prix"] == words.frequencies(["prix"])["prix"]
    assert known.get("x", {}) == {}
    assert set(known) == {stem[0] for stem in [*STEMS, "zèbre"]}


def test_a_stem_of_passages_that_are_gone_is_no_word_any_more():
    words = Words(build([(1, "", "", "", "salon"), (2, "", "", "", "prix")]), build(()), np.array([1]))
    assert words.vocabulary() == {"p": {"prix": 1}}


def test_postings_come_back_from_disk_and_damage_is_noticed(tmp_path: Path):
    made = build(rows(50))
    path = tmp_path / "words.postings"
    sha256 = made.write(path)
    again = Postings.read(path, sha256)
    assert Words(again, build(()), NOTHING).score(TERMS).best(9) == Words(made, build(()), NOTHING).score(TERMS).best(9)
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)
    with pytest.raises(SealError, match="damaged"):
        Postings.read(path, sha256)


def test_no_passages_hold_no_words(tmp_path: Path):
    made = build(())
    again = Postings.read(tmp_path / "w", made.write(tmp_path / "w"))
    words = Words(again, build(()), NOTHING)
    assert words.score(["prix"]).best(3) == []
    assert words.vocabulary() == {}


@pytest.mark.parametrize("share", [0.5, 0.0001, 0.0], ids=["a frequent word", "a rare word", "none"])
@pytest.mark.parametrize("count", [20, 9000])
def test_the_best_are_those_that_sorting_all_would_give(count, share):
    chance = np.random.default_rng(count)
    scores = np.where(chance.random(count) < share, np.round(8 * chance.random(count), 2), 0).astype(np.float32)
    keys = 3 * np.arange(count)
    expected = sorted((place for place in range(count) if scores[place]), key=lambda place: (-scores[place], place))
    assert Scored([(keys, scores)]).best(30) == [3 * place for place in expected[:30]]
    allowed = keys[count // 3 :]
    among = [3 * place for place in expected if place >= count // 3]
    assert Scored([(keys, scores)]).best(30, allowed) == among[:30]
