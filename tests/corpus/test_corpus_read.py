from __future__ import annotations

import os
import textwrap
import zipfile
from datetime import date
from pathlib import Path

import docx
import pypdf
import pytest
from corpus_files import PAGE, write_pdf
from corpus_samples import FIRST, SECOND, THIRD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.read import MissingPath, UnreadableArticle, article_files, read_article, read_articles
from corpus.split import split

TITLE = "Armorine rapatrie ses appels"


def test_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text(f"{TITLE}\n\n{FIRST}\n{SECOND}\n", encoding="utf-8")
    article = read_article(path)
    assert article.id == "note"
    assert article.title == TITLE
    assert article.titled
    assert article.text == f"{TITLE}\n\n{FIRST}\n\n{SECOND}"
    assert article.source == "note.txt"
    assert article.language == "fr"
    assert [article.text[span.start : span.end] for span in article.headings] == [TITLE]


def test_an_untitled_text_takes_its_title_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "le_retour-des-appels.txt"
    path.write_text(FIRST, encoding="utf-8")
    article = read_article(path)
    assert article.title == "le retour des appels"
    assert article.text == FIRST
    assert not article.titled


def test_a_title_from_a_file_is_not_how_the_text_begins(tmp_path: Path) -> None:
    path = tmp_path / "Le.txt"
    path.write_text(FIRST, encoding="utf-8")
    assert not read_article(path).titled


def test_hard_wrapped_lines_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text(TITLE + "\n\n" + "\n".join(textwrap.wrap(f"{FIRST} {SECOND} {THIRD}", 72)), encoding="utf-8")
    assert read_article(path).text == f"{TITLE}\n\n{FIRST} {SECOND} {THIRD}"


def test_front_matter_wins(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        f"""---
title: "Un autre titre : le vrai"
author: Nadia Ferrand
publication: Le Fil
date: 2020-05-06
language: fr
source: https://fil.example/a
---
# Un autre titre : le vrai

Publié par Marc Petit le 12 mars 2019

{FIRST} Voir [le lien](https://a.example) et *l'accent* ![vue](a.png).

## Une section

- un
- deux

> {SECOND}

| a | b |
|---|---|
| 1 | 2 |
""",
        encoding="utf-8",
    )
    article = read_article(path)
    assert article.title == "Un autre titre : le vrai"
    assert (article.author, article.publication, article.date) == ("Nadia Ferrand", "Le Fil", date(2020, 5, 6))
    assert article.source == "https://fil.example/a"
    assert article.text.split("\n\n") == [
        "Un autre titre : le vrai",
        f"{FIRST} Voir le lien et l'accent .",
        "Une section",
        "• un\n• deux",
        SECOND,
        "a b",
        "1 2",
    ]
    assert [article.text[span.start : span.end] for span in article.headings] == [article.title, "Une section"]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_a_web_page(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(PAGE.replace("utf-8", encoding).encode(encoding, "xmlcharrefreplace"))
    article = read_article(path)
    assert article.text.split("\n\n") == [
        TITLE,
        FIRST,
        "Un coût maîtrisé",
        SECOND,
        "• premier point\n• second point",
        THIRD,
    ]
    assert (article.title, article.author, article.publication) == (TITLE, "Claire Vasseur", "Relation Pro")
    assert article.date == date(2019, 3, 12)
    assert article.source == "https://relation-pro.example/armorine"
    assert len(article.headings) == 2


def test_a_bare_web_page(tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    path.write_text("<p>Court.</p>", encoding="utf-8")
    assert read_article(path).text == "Court."


def test_a_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph("Par Claire Vasseur, le 12 mars 2019")
    document.add_paragraph(FIRST)
    document.add_heading("Un coût maîtrisé", 1)
    document.add_paragraph("un point", style="List Bullet")
    document.add_paragraph("deux points", style="List Bullet")
    document.add_paragraph(SECOND)
    document.save(str(tmp_path / "note.docx"))
    article = read_article(tmp_path / "note.docx")
    assert article.text.split("\n\n") == [TITLE, FIRST, "Un coût maîtrisé", "• un point\n• deux points", SECOND]
    assert (article.author, article.date) == ("Claire Vasseur", date(2019, 3, 12))
    assert len(article.headings) == 2


def test_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    first, second = textwrap.wrap(FIRST, 80), textwrap.wrap(THIRD, 80)
    write_pdf(
        path, [["Le Fil 1", TITLE, *first, "12"], ["Le Fil 2", *second, "13"], ["Le Fil 3", "Fin de partie.", "14"]]
    )
    article = read_article(path)
    assert article.text.split("\n\n") == [TITLE, FIRST, THIRD, "Fin de partie."]


def test_a_protected_pdf_is_refused(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.pdf", tmp_path / "secret.pdf"
    write_pdf(plain, [["Un texte"]])
    writer = pypdf.PdfWriter(clone_from=plain)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    with pytest.raises(UnreadableArticle, match=r"secret\.pdf is protected by a password"):
        read_article(path)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("café déjà vu".encode("latin-1"), "café déjà vu"),
        ("L’été, 5 € « net »…".encode("cp1252"), "L’été, 5 € « net »…"),
        ("héllo monde".encode("utf-16"), "héllo monde"),
        ("héllo monde".encode("utf-16-le"), "héllo monde"),
        ("héllo monde".encode("utf-16-be"), "héllo monde"),
        ("héllo monde".encode("utf-32"), "héllo monde"),
        ("\ufeffhéllo monde".encode(), "héllo monde"),
        (FIRST.encode("mac_roman"), FIRST),
        ("Это простой русский текст о центрах обработки вызовов и о клиентах.".encode("cp1251"), None),
    ],
    ids=["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "mac", "cp1251"],
)
def test_encodings(data: bytes, text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(data)
    found = read_article(path).text
    assert found == text if text else found.startswith("Это")


LINES = [FIRST, SECOND, "Par Anne Dupont", "Publié le 12 mars 2019", "1 Comment", "A lire aussi", "Menu", "---", "# Un"]


def _docx_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"A" * 30_000_000)


BAD = {
    "empty.txt": (b"", "is empty"),
    "binary.txt": (bytes(range(256)) * 20, "binary data"),
    "nul.txt": (b"un texte\0avec un nul", "binary data"),
    "pdf.txt": (b"%PDF-1.4 du texte", "binary data"),
    "damaged.pdf": (b"%PDF-1.4\nrien", "damaged PDF"),
    "damaged.docx": (b"PK\x03\x04 rien", "damaged Word"),
    "old.docx": (b"\xd0\xcf\x11\xe0 rien", "protected"),
    "table.csv": (b"a;b", "format that is not read"),
    "matter.md": (b"---\ntitle: [a\n---\ntexte", "front matter"),
    "aliases.md": (b"---\ntitle: &a [x]\nauthor: *a\n---\ntexte", "front matter"),
    "furniture.txt": (b"Recherche\n\nImprimer\n\nRetour haut de page", "no text left"),
    "blank.txt": (b" \n\n \t ", "no text left"),
    "blank.html": (b"<html><body></body></html>", "no text left"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name][0])
    with pytest.raises(UnreadableArticle) as caught:
        read_article(path)
    message = str(caught.value)
    assert BAD[name][1] in message
    assert name in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_scan_and_bombs_are_refused(tmp_path: Path) -> None:
    write_pdf(tmp_path / "scan.pdf", [[""]])
    with pytest.raises(UnreadableArticle, match="scan"):
        read_article(tmp_path / "scan.pdf")
    _docx_bomb(tmp_path / "bomb.docx")
    with pytest.raises(UnreadableArticle, match="unpacks to"):
        read_article(tmp_path / "bomb.docx")
    (tmp_path / "long.txt").write_text("a" * 6_000_000)
    with pytest.raises(UnreadableArticle, match="characters"):
        read_article(tmp_path / "long.txt")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nested.html", "<div>" * 100_000 + "x"),
        ("quotes.md", ">" * 50_000 + " x\n"),
        ("brackets.md", "[" * 50_000 + "](" * 50_000),
        ("list.md", "".join(" " * depth + "- a\n" for depth in range(1000))),
        ("spaces.txt", "a" + " " * 200_000 + "b\n"),
        ("stars.md", "*a " * 50_000),
        ("lines.txt", "Par A B\n" * 20_000),
        ("yaml.md", "---\n" + "[" * 20_000 + "\n---\ntexte"),
    ],
)
def test_hostile_files_do_no_harm(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ((_, result),) = read_articles([tmp_path / name])
    assert result


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=80) | st.sampled_from(LINES), max_size=15))
def test_any_text_becomes_an_article_or_a_sentence(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "any.txt"
    path.write_bytes("\n".join(lines).encode("utf-8", errors="surrogatepass"))
    ((_, result),) = read_articles([path])
    if isinstance(result, UnreadableArticle):
        return
    assert result.title
    assert "\n\n\n" not in result.text
    assert result.text == result.text.strip("\n")
    position = 0
    for span in result.headings:
        assert position <= span.start < span.end <= len(result.text)
        position = span.end
    passages = split(result, lambda text: 2 + len(text) // 4)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(result.text.split())


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\0\1\2")
    (tmp_path / "b.txt").write_text(FIRST, encoding="utf-8")
    results = list(read_articles([tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "gone.txt"]))
    assert [path.name for path, _ in results] == ["a.txt", "b.txt", "gone.txt"]
    assert [isinstance(result, UnreadableArticle) for _, result in results] == [True, False, True]


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    for name in ("b/c.md", "a.TXT", "b/.hidden.txt", ".git/d.txt", "x.csv", "z.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("texte")
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    os.symlink(outside / "secret.txt", folder / "link.txt")
    os.symlink(outside, folder / "linked")
    os.symlink(folder / "a.TXT", folder / "inner.txt")
    found = [path.relative_to(folder).as_posix() for path in article_files([folder, folder / "x.csv", folder])]
    assert found == ["a.TXT", "inner.txt", "z.html", "b/c.md", "x.csv"]
    assert article_files([tmp_path / "in" / ".git"]) != []
    (tmp_path / "none").mkdir()
    assert article_files([tmp_path / "none"]) == []


def test_a_missing_path_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingPath, match=r"nowhere does not exist: .*\.$"):
        article_files([tmp_path / "nowhere"])
