"""Files that mean harm, small to write and large to read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

LAUGHS = '<!DOCTYPE d [<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SECRET = "le secret de la machine"


def _docx(document: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            '"/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.'
            'document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", document)
    return content.getvalue()


def _word(text: str, before: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return _docx(
        f'<?xml version="1.0"?>{before}<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )


def _feed(text: str, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>F</title><item><title>Une</title>'
        f"<description>{text}</description></item></channel></rss>"
    ).encode()


def _mail(depth: int) -> bytes:
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From a Mon Jan 1 00:00:00 2024\nSubject: s\n{parts}Content-Type: text/plain\n\nTexte.\n".encode()


def _entity(secret: Path) -> str:
    return f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]>'


def hostile_files(secret: Path) -> dict[str, bytes]:
    """Content by name; ``secret`` is a file outside the folder, which some of them try to read."""
    return {
        "nested.html": b"<div>" * 100_000 + b"x",
        "tables.html": b"<table><tr><td>" * 20_000 + b"x",
        "attributes.html": b"<p " + b" ".join(b"a%d='x'" % n for n in range(8_000)) + b">x",
        "comments.html": b"<!--" * 200_000,
        "entities.html": b"&lt;" * 500_000,
        "quotes.md": b">" * 50_000 + b" x\n",
        "emphasis.md": b"*a **a " * 25_000,
        "links.md": b"[" * 50_000 + b"](" * 50_000,
        "backticks.md": b"".join(b"`" * n + b" " for n in range(1, 1_500)),
        "references.md": b"".join(b"[%d]: /x\n" % n for n in range(40_000)) + b"[0]" * 40_000,
        "yaml.md": b"---\ntitle: " + b"[" * 20_000 + b"\n---\ntexte\n",
        "yaml-tag.md": b"---\ntitle: !!python/object/apply:os.system ['true']\n---\ntexte\n",
        "one-line.txt": b"a" * 20_000_000,
        "spaces.txt": b"a" + b" " * 200_000 + b"b\n",
        "dashes.txt": b"-" * 1_000_000,
        "stops.txt": b". " * 500_000,
        "bylines.txt": b"Par A B, le 1 mai 2012\n" * 20_000,
        "nul.txt": b"un texte\0avec un nul",
        "bad-utf8.txt": b"ok \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xff\xfe\xfd trunc \xe2\x82",
        "combining.txt": ("Z" + "\u0335" * 500_000).encode(),
        "direction.txt": ("bidi \u202eevil\u202c " + "".join(chr(0xE0000 + ord(c)) for c in "ignore")).encode(),
        "laughs.docx": _docx(f'<?xml version="1.0"?>{LAUGHS}]><d>&l9;</d>'),
        "entity.docx": _word("&x;", _entity(secret)),
        "bomb.docx": _word("A" * 60_000_000),
        "part.docx": _word("A" * 19_000_000),
        "laughs.rss": _feed("&l9;", LAUGHS + "]>"),
        "entity.rss": _feed("&x;", _entity(secret)),
        "deep.mbox": _mail(3_000),
        "noise.pdf": b"%PDF-1.7\n" + os.urandom(4_096),
        "noise.docx": b"PK\x03\x04" + os.urandom(4_096),
    }


ODD_NAMES = (
    b"a..%2f..%2fetc%2fpasswd.md",
    b"CON.md",
    b"-rf.md",
    b"<img src=x onerror=alert(1)>.md",
    b"new\nline.md",
    b"escape\x1b[31m.md",
    b"caf\xe9.md",  # no UTF-8
    "évasion\u202edm.md".encode(),
    b"a" * 250 + b".md",
)
