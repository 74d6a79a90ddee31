"""A Word document → its paragraphs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from corpus.draft import Draft, UnreadableArticle

_LARGEST_PART = 20_000_000
_LARGEST_TOTAL = 200_000_000
"""Bytes, unpacked: pictures are unpacked too, the text of a long article takes a megabyte."""
_HEADING = re.compile(r"(?:heading|titre|title|subtitle|sous-titre)(?: \d)?", re.IGNORECASE)


def read_docx(path: Path) -> Draft:
    """Return the paragraphs, list items and table rows of a .docx file.

    Raises UnreadableArticle: protected, damaged or too large.
    """
    _refuse_bombs(path)
    import docx
    from docx.table import Table

    try:
        document = docx.Document(str(path))
        lines: list[str] = []
        headings: set[str] = set()
        fields: dict[str, str] = {}
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                lines += [" ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows]
                continue
            shown = block.text.strip()
            style = (block.style.name or "") if block.style is not None else ""
            if shown and _HEADING.fullmatch(style):
                headings.add(" ".join(shown.split()))
                if style.lower() in ("title", "titre") and "title" not in fields:
                    fields["title"] = " ".join(shown.split())
            listed = style.lower().startswith(("list", "liste"))
            lines += [f"• {shown}" if listed and shown else shown] if listed else [shown, ""]
        properties = document.core_properties
        hints = {"title": properties.title or "", "author": properties.author or ""}
    except (UnreadableArticle, MemoryError):
        raise
    except Exception as error:
        # python-docx raises whatever a damaged file makes its code raise.
        raise UnreadableArticle(path, "is a damaged Word document: save it again as .docx.") from error
    return Draft("\n".join(lines), fields, {k: v.strip() for k, v in hints.items()}, frozenset(headings))


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        # Word wraps a protected document into the old compound format.
        if path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0":
            why = "is protected by a password or in the old .doc format: save it as an unprotected .docx."
        else:
            why = "is a damaged Word document: save it again as .docx."
        raise UnreadableArticle(path, why) from error
    texts = [part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))]
    if len(parts) > 5000 or max(texts, default=0) > _LARGEST_PART or sum(p.file_size for p in parts) > _LARGEST_TOTAL:
        raise UnreadableArticle(path, "unpacks to far more than an article holds: split it up or save it as text.")
