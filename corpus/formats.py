"""A file → its drafts: one reader a format, with the limits that keep a hostile file from harm."""

from __future__ import annotations

from pathlib import Path

from corpus.docx import read_docx
from corpus.draft import Draft, UnreadableArticle
from corpus.encodings import decode
from corpus.entries import MOST, TooManyEntries
from corpus.feed import is_feed, read_feed
from corpus.frontmatter import split_front_matter
from corpus.html import LARGEST as LARGEST_PAGE
from corpus.html import read_html
from corpus.markdown import read_markdown
from corpus.mbox import read_mbox
from corpus.pdf import read_pdf

_FEEDS = frozenset({".rss", ".atom", ".xml"})
SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".mbox"}) | _FEEDS
LARGEST_FILE = 50_000_000
"""Bytes."""
LONGEST_TEXT = 2_000_000
"""Characters, some 1,000 pages: a folder of articles, not an article."""
MOST_LINES = 50_000


def holds_articles(path: Path) -> bool:
    """Tell whether a file found in a folder is one to read: by its suffix, and XML only if it is a feed."""
    suffix = path.suffix.lower()
    try:
        return suffix in SUFFIXES and (suffix != ".xml" or is_feed(path))
    except OSError:
        return True  # Reading it will say why it cannot be read.


def read_drafts(path: Path) -> list[Draft]:
    """Read one file: one draft, or as many as a feed or mailbox has entries, one at least.

    Raises UnreadableArticle: not there, no permission, empty, too large, binary, damaged, protected, of a format
    that is not read, or with a name that is no text.
    """
    try:
        if any("\ud800" <= char <= "\udfff" for char in str(path)):
            raise UnreadableArticle(path, "has a name that is no UTF-8: rename the file.")
        if not path.is_file():
            raise UnreadableArticle(path, "is not a file: name a text, Markdown, HTML, PDF or Word file.")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise UnreadableArticle(path, f"is larger than {LARGEST_FILE // 1_000_000} MB: split it up.")
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            known = ", ".join(sorted(SUFFIXES))
            raise UnreadableArticle(path, f"has a format that is not read: save it as one of {known}.")
        if size == 0:
            raise UnreadableArticle(path, "is empty: remove it or save the article into it again.")
        drafts = _read_entries(path) if suffix in _FEEDS or suffix == ".mbox" else [_read(path)]
    except OSError as error:
        raise UnreadableArticle(path, f"cannot be read ({error.strerror}): check its permissions.") from error
    for draft in drafts:
        _refuse_long(path, draft)
    return drafts


def _refuse_long(path: Path, draft: Draft) -> None:
    if len(draft.text) > LONGEST_TEXT:
        raise UnreadableArticle(path, f"has more than {LONGEST_TEXT:,} characters: split it into articles.")
    if draft.text.count("\n") + draft.text.count("\r") > MOST_LINES:
        raise UnreadableArticle(path, f"has more than {MOST_LINES:,} lines: split it into articles.")


def _read_entries(path: Path) -> list[Draft]:
    feed = path.suffix.lower() in _FEEDS
    try:
        drafts = read_feed(path.read_bytes()) if feed else read_mbox(path)
    except TooManyEntries as error:
        raise UnreadableArticle(path, f"holds more than {MOST:,} articles: split it up.") from error
    except ValueError as error:
        kind = "RSS or Atom feed" if feed else "mailbox in mbox format"
        raise UnreadableArticle(path, f"is not a sound {kind} ({error}): save or export it again.") from error
    if not drafts:
        raise UnreadableArticle(path, "holds no entry with text: save it with the articles' text.")
    return drafts


def _read(path: Path) -> Draft:
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        return read_pdf(path)
    if suffix == ".docx":
        return read_docx(path)
    data = path.read_bytes()
    page = suffix in (".html", ".htm")
    if page and len(data) > LARGEST_PAGE:
        raise UnreadableArticle(path, f"is a page of more than {LARGEST_PAGE // 1_000_000} MB: save its text only.")
    try:
        text = decode(data)
    except ValueError as error:
        why = f"holds binary data, not text: give it the ending of its format or remove it ({suffix} is read as text)."
        raise UnreadableArticle(path, why) from error
    if page:
        return _read_page(path, data, text)
    if suffix == ".txt":
        return _read_text(text)
    try:
        return read_markdown(text)
    except ValueError as error:
        why = f"has front matter that is not valid YAML ({error}): mend the lines between the two ---."
        raise UnreadableArticle(path, why) from error


def _read_text(text: str) -> Draft:
    # A text file may carry front matter, or a rule of dashes that only looks like it.
    try:
        fields, body = split_front_matter(text)
    except ValueError:
        return Draft(text)
    return Draft(body, fields) if fields else Draft(text)


def _read_page(path: Path, data: bytes, text: str) -> Draft:
    # A page that names its encoding is left to the parser, unless it is not what its bytes say.
    declared = b"charset" in data[:4096].lower() and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        valid = text.encode("utf-8") == data
        return read_html(text if valid or not declared else data)
    except (ValueError, RecursionError) as error:
        raise UnreadableArticle(path, "is not a readable web page: save it again from the browser.") from error
