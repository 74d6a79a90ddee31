"""Article files → clean articles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from corpus.article import Article
from corpus.assemble import assemble
from corpus.bylines import join_bylines
from corpus.clean import clean_characters, repeated_lines, text_lines
from corpus.draft import Draft, UnreadableArticle, printable
from corpus.formats import holds_articles, read_drafts

__all__ = ["MissingPath", "UnreadableArticle", "article_files", "read_article", "read_articles"]


class MissingPath(FileNotFoundError):
    """A path that does not exist; the message is one sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


def article_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files named, and those with a supported suffix in the folders named, deeper ones too.

    Folders are walked in sorted order; hidden files and links that lead out of the folder are passed over. A file
    is returned once, a file named itself whatever its suffix.

    Raises MissingPath.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(_walk(path)))
        elif path.exists():
            files[path] = None
        else:
            raise MissingPath(f"{printable(str(path))} does not exist: check the path.")
    return list(files)


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for name, folders, names in os.walk(folder):
        folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
        for file in sorted(names):
            path = Path(name) / file
            if file.startswith(".") or (path.is_symlink() and not _leads_into(root, path)):
                continue
            if path.is_file() and holds_articles(path):
                yield path


def _leads_into(root: Path, link: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link to itself; a RuntimeError until Python 3.13
        return False


def read_articles(files: Iterable[Path]) -> Iterator[tuple[Path, Article | UnreadableArticle]]:
    """Yield each file with its article, or with why it has none, in order; a feed or mailbox once for each entry.

    All are read before the first is yielded, because lines that stand at the edges of several files are the
    site's, not the article's. ``Article.id`` is the file's stem, with the entry's name behind it where there are
    several; it is not made unique. Entries of which nothing is left are passed over.
    """
    drafts: list[tuple[Path, Draft | UnreadableArticle, list[str]]] = []
    for path in files:
        try:
            found = read_drafts(path)
        except UnreadableArticle as error:
            drafts.append((path, error, []))
            continue
        drafts += [(path, draft, lines_of(draft)) for draft in found]
    repeated = repeated_lines(lines for _, _, lines in drafts)
    for path, read, lines in drafts:
        if isinstance(read, UnreadableArticle):
            yield path, read
            continue
        try:
            yield path, assemble(path, read, lines, repeated)
        except UnreadableArticle as error:
            if not read.entry:
                yield path, error


def lines_of(draft: Draft) -> list[str]:
    """Return the draft's lines, with clean characters, an author's line of several in one."""
    return join_bylines(text_lines(clean_characters(draft.text)))


def read_article(path: Path) -> Article:
    """Read one file; of a feed or mailbox, the first entry.

    Raises UnreadableArticle.
    """
    _, article = next(read_articles([path]))
    if isinstance(article, UnreadableArticle):
        raise article
    return article
