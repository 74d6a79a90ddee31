"""RSS and Atom files → one draft an entry. Nothing outside the file is read, no entity is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.draft import Draft
from corpus.entries import named
from corpus.html import read_fragment

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACES = frozenset(
    {"", "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"}
    | {"http://purl.org/dc/elements/1.1/", "http://purl.org/rss/1.0/modules/content/"}
)
"""Namespaces that are read: media, podcasts and the like have titles and authors of other things."""
_ROOTS = re.compile(rb"<(?:rss|feed|(?:\w+:)?RDF)[\s>]")
_BEGINNING = 4096
_UNDECLARED_ENTITY = 26
"""libxml2's XML_ERR_UNDECLARED_ENTITY: feeds write &nbsp; as if they were HTML."""
_PERSON = re.compile(r"[^\s@]+@[^\s@]+\s*\((?P<name>[^()]+)\)")


def is_feed(path: Path) -> bool:
    """Tell whether an XML file begins like a feed. Raises OSError."""
    with path.open("rb") as file:
        return _ROOTS.search(file.read(_BEGINNING)) is not None


def read_feed(data: bytes) -> list[Draft]:
    """Return the entries that have text, in the file's order.

    Raises ValueError if it is no feed, damaged, or declares entities, and TooManyEntries.
    """
    root = _parse(data)
    if _name(root) not in ("rss", "feed", "RDF"):
        raise ValueError("no RSS or Atom")
    channel = next((child for child in root if _name(child) == "channel"), root)
    about = _fields(channel)
    feed = {"publication": _line(about.get("title")), "language": _language(root, about)}
    return named(_drafts(root, feed))


def _parse(data: bytes) -> _Element:
    from lxml import etree

    if b"<!ENTITY" in data:
        raise ValueError("it declares entities")
    try:
        return _tree(data, recover=False)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) != _UNDECLARED_ENTITY:
            raise ValueError(str(error).splitlines()[0]) from error
    return _tree(re.sub(rb"&(?!#|amp;|lt;|gt;|quot;|apos;)(\w{1,30};)", rb"&amp;\1", data), recover=True)


def _tree(data: bytes, recover: bool) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(data, parser=parser)
    if root is None:
        raise ValueError("it is empty")
    # Whatever the encoding in which they were declared.
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():
        raise ValueError("it declares entities")
    return root


def _drafts(root: _Element, feed: dict[str, str]) -> Iterator[tuple[str, Draft]]:
    for entry in root.iter():
        if _name(entry) not in ("item", "entry"):
            continue
        fields = _fields(entry)
        bodies = [
            read_fragment(_markup(fields[name]))
            for name in ("encoded", "content", "description", "summary")
            if name in fields
        ]
        text, headings = max(bodies, key=lambda body: len(body[0]), default=("", frozenset()))
        link = _link(entry)
        stated = {
            "title": _line(fields.get("title")),
            "author": _author(fields),
            "date": _date(fields),
            "source": link,
            **feed,
        }
        shown = {name: value for name, value in stated.items() if value}
        identity = _line(fields.get("guid")) or _line(fields.get("id")) or link or f"{stated['title']} {stated['date']}"
        yield identity, Draft(text, shown, headings=headings)


def _name(element: _Element) -> str:
    """The element's name without its namespace; "" for what is not read."""
    if not isinstance(element.tag, str):
        return ""
    space, _, name = element.tag.rpartition("}")
    return name if space.lstrip("{") in _SPACES or name == "RDF" else ""


def _fields(parent: _Element) -> dict[str, _Element]:
    """The first child of each name that is not empty."""
    found: dict[str, _Element] = {}
    for child in parent:
        if (name := _name(child)) and (len(child) or (child.text or "").strip()):
            found.setdefault(name, child)
    return found


def _markup(element: _Element) -> str:
    """What an entry's element holds, as HTML: escaped, or (Atom's "xhtml") as elements, or plain text."""
    from lxml import etree

    if len(element):
        return "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    text = element.text or ""
    return text if element.get("type", "html") != "text" else text.replace("&", "&amp;").replace("<", "&lt;")


def _line(element: _Element | None) -> str:
    """The text of an element on one line, without the markup that titles sometimes carry."""
    return " ".join(read_fragment(_markup(element))[0].split()) if element is not None else ""


def _author(fields: dict[str, _Element]) -> str:
    stated = fields["author"] if "author" in fields else fields.get("creator")
    if stated is not None and len(stated):
        stated = _fields(stated).get("name")
    text = _line(stated)
    found = _PERSON.fullmatch(text)
    return found["name"].strip() if found else text


def _date(fields: dict[str, _Element]) -> str:
    stated = next(
        (fields[name] for name in ("pubDate", "published", "date", "issued", "updated") if name in fields), None
    )
    text = _line(stated)
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except ValueError:
        return text


def _link(entry: _Element) -> str:
    """The address of the entry's page: Atom's alternate, RSS's link."""
    for child in entry:
        if _name(child) == "link":
            address = child.get("href") if child.get("rel", "alternate") == "alternate" else None
            address = address or (child.text or "").strip()
            if address.startswith(("http://", "https://")):
                return address
    return ""


def _language(root: _Element, about: dict[str, _Element]) -> str:
    stated = _line(about.get("language")) or root.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    return stated[:2].lower() if stated[:2].isalpha() else ""
