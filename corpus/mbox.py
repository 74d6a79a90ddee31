"""A mailbox export (mbox) → one draft a mail."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import IO, cast

from corpus.draft import Draft
from corpus.encodings import decode
from corpus.entries import MOST, TooManyEntries, named
from corpus.html import LARGEST, read_fragment

_FROM_QUOTED = re.compile(r"^>(>*From )", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_LIST = re.compile(r"^\s*\"?(?P<name>[^\"<]*?)\"?\s*<[^>]*>\s*$")
_LONGEST_HEADER = 4_000
"""Characters: reading a header takes time quadratic in its length."""
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What Python's email package raises on mails that break its rules."""


class _ShortHeaders(EmailPolicy):
    """Cuts headers that are too long, before anything reads them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


def read_mbox(path: Path) -> list[Draft]:
    """Return the mails that have text, in the file's order; mails that cannot be decoded are passed over.

    Raises ValueError if the file is no mailbox, TooManyEntries, and OSError.
    """
    with path.open("rb") as file:
        if not file.read(5) == b"From ":
            raise ValueError("no mailbox")
    box = mailbox.mbox(path, factory=cast("type[mailbox.mboxMessage]", _parse), create=False)
    try:
        if len(box) > MOST:
            raise TooManyEntries
        return named(_drafts(box))
    finally:
        box.close()


def _parse(file: IO[bytes]) -> EmailMessage:
    return cast(EmailMessage, BytesParser(policy=_ShortHeaders()).parse(file))


def _drafts(box: mailbox.mbox) -> Iterator[tuple[str, Draft]]:
    for key in box.iterkeys():
        try:
            mail = cast(EmailMessage, box[key])
            draft = _draft(mail)
            yield str(mail.get("Message-ID") or "").strip() or f"{draft.fields} {draft.text}", draft
        except _UNREADABLE:
            continue


def _draft(mail: EmailMessage) -> Draft:
    text, headings = _body(mail)
    name, address = parseaddr(str(mail.get("From", "")))
    stated = {
        "title": " ".join(str(mail.get("Subject", "")).split()),
        "author": " ".join(name.split()),
        "publication": _publication(mail, address),
        "date": _date(str(mail.get("Date", ""))),
    }
    return Draft(text, {field: value for field, value in stated.items() if value}, headings=headings)


def _body(mail: EmailMessage) -> tuple[str, frozenset[str]]:
    """The longer of the plain and the HTML text: newsletters often have a plain part that says "see online"."""
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    text = _text(plain) if plain is not None else ""
    text = _SIGNATURE.split(_FROM_QUOTED.sub(r"\1", text))[0]
    markup = _text(page) if page is not None else ""
    shown, headings = read_fragment(markup) if markup and len(markup) <= LARGEST else ("", frozenset[str]())
    return (shown, headings) if len(shown.split()) > len(text.split()) else (text, frozenset())


def _text(part: MIMEPart) -> str:
    """The part's text; where it names no encoding, as its bytes look."""
    if part.get_content_charset() is not None:
        return str(part.get_content())
    payload = part.get_payload(decode=True)
    return decode(payload) if isinstance(payload, bytes) else ""


def _publication(mail: EmailMessage, address: str) -> str:
    """The list's name, the sender's organisation, or the domain that the mail came from."""
    listed = _LIST.match(str(mail.get("List-Id", "")))
    if listed and listed["name"].strip():
        return " ".join(listed["name"].split())
    return " ".join(str(mail.get("Organization", "")).split()) or address.rpartition("@")[2].lower()


def _date(stated: str) -> str:
    try:
        return parsedate_to_datetime(stated).date().isoformat()
    except ValueError:
        return ""
