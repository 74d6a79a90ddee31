"""Each rule of ``corpus check`` on small articles made for it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from corpus.check import SHIPPED, Report, check, strictly
from corpus.readability import kandel_moles, syllables
from corpus.tracing import untraced_lines
from corpus.worked import computed

FRONT = {
    "title": '"Le central de Vanves"',
    "author": "Jeanne Martin",
    "publication": "La Gazette du Casque",
    "date": "2024-03-02",
    "language": "fr",
    "topics": "[histoire, central]",
    "sources": '\n  - title: "Le central"\n    publication: Archives\n    date: 2011\n    address: https://archives.example/1',
}
OPENING = (
    "Le central de Vanves a ouvert en 1931 avec 240 opératrices. Selon Paul Durand, il coûtait 3 millions d’euros."
)


NOUNS = [
    "réception",
    "conseillère",
    "conversation",
    "direction",
    "opératrice",
    "organisation",
    "supervision",
    "formation",
]
VERBS = ["progresse", "commence", "continue", "recommence", "communique", "participe", "travaille", "termine"]
ADVERBS = ["rarement", "régulièrement", "doucement", "parfois", "lentement", "immédiatement"]


def prose(subject: str, sentences: int = 45) -> str:
    """Plain French without figures or names, the same for the same subject."""
    draw = random.Random(subject).choice
    return " ".join(
        f"Dans {subject}, la {draw(NOUNS)} {draw(VERBS)} {draw(ADVERBS)} et la {draw(NOUNS)} {draw(VERBS)} aussi."
        for _ in range(sentences)
    )


def write(folder: Path, name: str = "central", body: str | None = None, **fields: str | None) -> Path:
    """An article that is sound but for what is given; a field of None is left out."""
    folder.mkdir(exist_ok=True)
    front = {**FRONT, **fields}
    lines = [f"{field}: {value}" for field, value in front.items() if value is not None]
    text = body if body is not None else f"{OPENING}\n\n## Une salle\n\n{prose('cette salle')}\n"
    path = folder / f"{name}.md"
    path.write_text("---\n" + "\n".join(lines) + "\n---\n\n" + text, encoding="utf-8")
    return path


def told(report: Report, level: str = "error") -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in report.findings if finding.level == level]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "articles"


def test_a_sound_article_has_no_error_and_its_facts_are_told_to_be_untraced(folder: Path) -> None:
    write(folder)
    report = check(folder)
    assert told(report) == []
    assert told(report, "warning") == [("facts", 15)]
    assert [one.fact.text for one in report.facts()] == [
        "Vanves", "1931", "240", "Paul Durand", "3 millions d’euros",
    ]  # fmt: skip
    assert all(one.open for one in report.facts())
    assert strictly(report).errors == 1


@pytest.mark.parametrize(
    ("fields", "rule", "line"),
    [
        ({"title": None}, "front matter", 1),
        ({"author": ""}, "front matter", 3),
        ({"publication": None}, "front matter", 1),
        ({"date": None}, "date", 1),
        ({"date": "mars 2024"}, "date", 5),
        ({"date": "2999-01-01"}, "date", 5),
        ({"language": "français"}, "front matter", 6),
        ({"topics": "[]"}, "front matter", 7),
        ({"topics": "[3939]"}, "front matter", 7),
        ({"sources": None}, "sources", 1),
        ({"sources": "\n  - publication: Archives"}, "sources", 8),
        ({"sources": "\n  - title: A\n    date: 2011-13\n    address: https://a.example/1"}, "date", 8),
        ({"sources": "\n  - title: A\n    date: 3011\n    address: https://a.example/1"}, "date", 8),
        ({"sources": "\n  - title: A\n    address: archives"}, "sources", 8),
    ],
    ids=lambda value: (
        next(iter(value.items()))[0] + "=" + str(next(iter(value.items()))[1])[:40] if isinstance(value, dict) else ""
    ),
)
def test_front_matter_that_is_incomplete_is_named_with_its_line(
    folder: Path, fields: dict[str, str | None], rule: str, line: int
) -> None:
    write(folder, **fields)
    assert (rule, line) in told(check(folder))


@pytest.mark.parametrize("day", ["2011", "2011-06", "2011-06-30"])
def test_a_source_may_be_dated_by_year_month_or_day(folder: Path, day: str) -> None:
    write(folder, sources=f"\n  - title: A\n    date: {day}\n    address: https://a.example/1")
    assert told(check(folder)) == []


def test_front_matter_that_is_no_yaml_spares_the_other_articles(folder: Path) -> None:
    write(folder, "bad", title="[a")
    write(folder, "never", date="2023-02-30")
    write(folder, "good")
    report = check(folder)
    assert [sheet.name for sheet in report.sheets] == ["good"]
    assert told(report) == [("front matter", 1), ("front matter", 1)]


def test_length_and_language_are_measured(folder: Path) -> None:
    write(folder, body="Trop court pour un article de la presse.\n")
    assert ("length", 15) in told(check(folder))
    english = "The agents answer the calls of the customers in the evening and write down what they said. " * 25
    write(folder, body=english)
    assert told(check(folder)) == [("language", 6)]


def test_a_link_into_nothing_is_an_error(folder: Path) -> None:
    links = "[ici](autre.md) [là](absent.md) [haut](#une-salle) [bas](#nulle-part) [loin](https://a.example/x)"
    write(folder, body=f"{OPENING}\n\n## Une salle\n\n{prose('cette salle')}\n\n{links}\n")
    write(folder, "autre", title="Autre", body=prose("un autre lieu"))
    messages = [finding.message for finding in check(folder).findings if finding.rule == "link"]
    assert len(messages) == 2
    assert "absent.md" in messages[0]
    assert "#nulle-part" in messages[1]


def test_copies_near_copies_and_shared_sentences(folder: Path) -> None:
    write(folder, "a")
    write(folder, "b", title="Autre")
    write(
        folder, "c", title="Encore", body=OPENING + " Rien de plus." + prose("cette salle", 22) + prose("un lieu", 23)
    )
    write(folder, "d", title="Le central de Vanves", body=prose("une autre maison"))
    shared = "Les opératrices y branchaient des fiches du matin au soir, sans une minute de repos."
    write(folder, "e", title="Cinq", body=prose("une grange") + "\n\n" + shared)
    write(folder, "f", title="Six", body=prose("un champ") + "\n\n" + shared)
    found = {
        (Path(one.path).stem, one.level, one.rule)
        for one in check(folder).findings
        if one.rule in ("duplicate", "title")
    }
    assert found == {
        ("b", "error", "duplicate"),
        ("c", "error", "duplicate"),
        ("d", "error", "title"),
        ("f", "warning", "duplicate"),
    }


def test_reading_ease_is_computed_by_hand_and_bounded(folder: Path) -> None:
    assert [syllables(word) for word in ("chat", "lignes", "téléphone", "l’attente")] == [1, 1, 3, 2]
    # Le, chat, dort, la: a syllable each; souris, soupire: two. Two sentences of three words.
    assert kandel_moles(["Le chat dort.", "La souris soupire."]) == pytest.approx(207 - 1.015 * 3 - 73.6 * 8 / 6)
    with pytest.raises(ValueError, match="words"):
        kandel_moles(["240"])
    hard = "L’externalisation internationale transnationalise irrémédiablement l’organisation opérationnelle. " * 60
    write(folder, body=hard)
    assert ("reading level", 15) in told(check(folder), "warning")


def test_facts_are_traced_by_side_file_source_title_or_common_knowledge(folder: Path, tmp_path: Path) -> None:
    sources = "\n  - title: Souvenirs de Paul Durand\n    address: https://a.example/1\n  - title: B\n    address: https://a.example/2"
    path = write(folder, sources=sources)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "common.yaml").write_text("- Vanves\n", encoding="utf-8")
    (tmp_path / "facts" / "central.yaml").write_text('"1931": 2\n"3 millions d\'euros": [1, 2]\n"240":\n"1900": 1\n')
    report = check(path)
    found = {one.fact.text: (one.sources, one.common) for one in report.facts()}
    assert found == {
        "Vanves": ((), True),
        "1931": ((2,), False),
        "240": ((), False),
        "Paul Durand": ((1,), False),
        "3 millions d’euros": ((1, 2), False),
    }
    assert [finding.message for finding in report.findings if "1900" in finding.message]
    lines = list(untraced_lines(report.sheets[0], report.traced["central"]))
    assert lines[0] == "# central.yaml"
    assert [line for line in lines if not line.startswith("#")] == [
        '"240":  # line 15: Le central de Vanves a ouvert en 1931 avec 240 opératrices.'
    ]


@pytest.mark.parametrize(
    "noted", ['"1931": 9', '"1931": x', "- 1931", '"1931": [2'], ids=["range", "word", "list", "yaml"]
)
def test_a_damaged_side_file_is_an_error(folder: Path, tmp_path: Path, noted: str) -> None:
    write(folder)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "central.yaml").write_text(noted + "\n")
    assert told(check(folder)) == [("facts", 1)]


def test_a_worked_example_traces_only_where_the_article_names_its_command(folder: Path) -> None:
    write(folder)
    assert all(one.open for one in check(folder, worked={"central": "240 opératrices"}).facts())
    write(folder, sources="\n  - title: Exemples\n    command: python -m corpus.worked")
    report = check(folder, worked={"central": "240 opératrices"})
    assert [one.fact.text for one in report.facts() if not one.open] == ["240"]


@pytest.mark.parametrize(
    ("sentence", "facts"),
    [
        ("Elle date du 1er juin 2016 ; l’AFRC y compte 1 200 agents.", ["1er juin 2016", "AFRC", "1 200"]),
        ("La norme ISO 18295-1 exige 80/20, soit 97,5 % des appels.", ["ISO", "18295-1", "80/20", "97,5 %"]),
        (
            "Teleperformance paie 8,345 milliards d’euros ; B2S suit.",
            ["Teleperformance", "8,345 milliards d’euros", "B2S"],
        ),
        ("Il cite « Selon Paul de la Tour, rien ne va ».", ["Paul de la Tour"]),
        ("Rien n’est écrit ici.", []),
    ],
)
def test_figures_and_names_are_found_as_they_are_written(folder: Path, sentence: str, facts: list[str]) -> None:
    write(folder, body=f"{sentence}\n\n{prose('cette salle')} On lit selon la norme, rien de plus.\n")
    assert [one.fact.text for one in check(folder).facts()] == facts


def test_the_sample_is_the_same_for_the_same_seed(folder: Path) -> None:
    write(folder)
    report = check(folder)
    assert report.sample(3, seed=1) == check(folder).sample(3, seed=1)
    assert len(report.sample(99, seed=1)) == 5
    assert {tuple(one.fact.text for one in report.sample(3, seed)) for seed in range(8)} != {("Vanves", "1931", "240")}


def test_a_folder_without_articles_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no article"):
        check(tmp_path)
    with pytest.raises(FileNotFoundError, match="no article"):
        check(tmp_path / "absent.md")


def test_the_shipped_articles_have_no_error() -> None:
    report = check(SHIPPED, worked=computed())
    assert [finding for finding in report.findings if finding.level == "error"] == []
