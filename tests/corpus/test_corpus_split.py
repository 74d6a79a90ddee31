from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Passage, Span
from corpus.split import LARGEST, split


def count(text: str) -> int:
    """Count as the tokenizer does: two special tokens, one for each four characters begun."""
    return 2 + -(-len(text) // 4)


def article(text: str, headings: tuple[str, ...] = (), title: str = "") -> Article:
    spans = tuple(Span(text.index(line), text.index(line) + len(line)) for line in headings)
    return Article("a", title or "Sans titre", text, None, None, None, "fr", "a.txt", spans)


SENTENCE = "Les conseillers du plateau de nuit répondent aux clients qui appellent depuis l'étranger. "


def check(passages: tuple[Passage, ...], text: str) -> None:
    position = 0
    for number, passage in enumerate(passages):
        assert passage.number == number
        assert passage.text == text[passage.start : passage.end]
        assert position <= passage.start < passage.end
        assert not text[position : passage.start].strip()
        position = passage.end
        inside = passage.start
        for sentence in passage.sentences:
            assert inside <= sentence.start < sentence.end <= passage.end
            assert not text[inside : sentence.start].strip()
            inside = sentence.end
        assert not text[inside : passage.end].strip()
    assert not text[position:].strip()


lines = st.text(st.characters(exclude_characters="\n"), max_size=400) | st.builds(
    lambda times: SENTENCE * times, st.integers(0, 12)
)


@settings(deadline=None)
@given(st.lists(st.tuples(lines, st.booleans()), max_size=12), st.sampled_from([(120, 160), (20, 30), (400, 400)]))
def test_passages_cover_the_text_in_order(parts: list[tuple[str, bool]], sizes: tuple[int, int]) -> None:
    text, headings = "", []
    for line, heading in parts:
        if heading and line.strip():
            start = len(text) + len(line) - len(line.lstrip())
            headings.append(Span(start, start + len(line.strip())))
        text += line + "\n\n"
    given_article = Article("a", "x", text, None, None, None, "fr", "a.txt", tuple(headings))
    passages = split(given_article, count, *sizes)
    check(passages, text)
    for passage in passages:
        # White space between sentences may add a little to what was counted.
        assert sum(count(text[s.start : s.end]) - 2 for s in passage.sentences) + 2 <= LARGEST


def test_passages_have_about_the_target_size() -> None:
    text = "\n\n".join(SENTENCE * 6 for _ in range(10)).strip()
    sizes = [count(passage.text) for passage in split(article(text), count)]
    assert all(80 <= size <= 160 for size in sizes)


def test_a_heading_stands_with_its_text() -> None:
    text = "\n\n".join(
        ["Le titre", SENTENCE * 5, "Une section", SENTENCE * 4, "Une autre", SENTENCE * 7, "Fin", SENTENCE]
    )
    headings = ("Le titre", "Une section", "Une autre", "Fin")
    passages = split(article(text, headings, title="Le titre"), count)
    check(passages, text)
    for passage in passages:
        assert not passage.text.rstrip().endswith(headings)
    assert passages[0].heading == ""
    assert {passage.heading for passage in passages} >= {"Une section", "Une autre"}
    second = next(passage for passage in passages if passage.text.startswith("Une section"))
    assert second.heading == "Une section"


def test_a_sentence_over_the_limit_stands_alone() -> None:
    long = "Il énumère " + "les casques, les postes et les plannings " * 20 + "sans fin."
    text = SENTENCE * 3 + long + " " + SENTENCE * 3
    passages = split(article(text), count)
    check(passages, text)
    assert long in [passage.text for passage in passages]


@pytest.mark.parametrize(
    "long",
    ["a" * 5000, "mot " * 2000, "mot, " * 2000, "écoute ; " * 900],
    ids=["letters", "words", "commas", "semicolons"],
)
def test_a_sentence_over_the_window_is_cut(long: str) -> None:
    passages = split(article(long), count)
    check(passages, long)
    assert all(count(passage.text) <= LARGEST for passage in passages)
    if "," in long:
        assert all(passage.text.endswith(",") for passage in passages)


def test_tiny_paragraphs_are_merged() -> None:
    text = "\n\n".join(["Qui paye ?"] * 30)
    assert len(split(article(text), count)) <= 2


def test_no_text_no_passage() -> None:
    assert split(article(""), count) == ()
    assert split(article(" \n\n "), count) == ()


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        split(article("a"), count, 200, 100)
