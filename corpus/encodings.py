"""Bytes → text, whatever wrote them."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"\x1f\x8b",
)
_SAMPLE = 1 << 16
# What western European texts write beyond ASCII. A text of other characters in cp1252 is in another encoding.
_WESTERN = re.compile("[^\x00-\x7fÀ-ÿŒœŸ€‚„…‹›‘’“”•–—™\u00a0¡¢£§©ª«¬\u00ad®°±²³´µ¶·¹º»¼½¾¿]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_DAMAGED = 0.05
"""Share of damaged characters up to which a text is taken for UTF-8 with scars."""
_LIKELY = ["mac_roman", "cp1252", "cp850", "cp1250", "cp1251", "koi8_r", "cp1253"]
"""Tried first, in the order of likelihood in a French folder: short texts pass for Chinese otherwise."""
_ACCENTED = 0.4
"""Share of accented letters above which a text is not western: "café déjà vu" has 0.3, French prose 0.04."""
_BINARY = 0.01
"""Share of control characters above which a file is no text."""


def decode(data: bytes) -> str:
    """Return the text in ``data``: UTF-8, UTF-16 and UTF-32, Windows and ISO encodings.

    Raises ValueError if it is no text.
    """
    text = _decode_unicode(data)
    if text is None:
        if b"\0" in data or data.startswith(_MAGIC):
            raise ValueError("binary")
        text = _decode_bytes(data)
    if "\0" in text or len(_CONTROLS.findall(text)) > _BINARY * len(text):
        raise ValueError("binary")
    return text


def _decode_unicode(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    sample = data[:_SAMPLE]
    if len(sample) >= 4 and b"\0" in sample:
        for encoding, zeros, others in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            # Western text in UTF-16 has a zero in every other byte; binary files have them on both sides.
            if sample[zeros::2].count(0) > 0.4 * len(sample) / 2 and not sample[others::2].count(0):
                return data.decode(encoding, errors="replace")
    return None


def _decode_bytes(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    scarred = data.decode("utf-8", errors="replace")
    beyond = sum(1 for char in scarred if char > "\x7f")
    if scarred.count("\ufffd") <= _DAMAGED * beyond:
        return scarred
    western = data.decode("cp1252", errors="replace")
    letters = sum(map(str.isalpha, western[:_SAMPLE]))
    accented = sum(char.isalpha() and char > "\x7f" for char in western[:_SAMPLE])
    # Cyrillic bytes are all accented letters in cp1252.
    if not _WESTERN.search(western) and accented <= _ACCENTED * letters:
        return western
    from charset_normalizer import from_bytes

    # Guesses are made on a sample: the guesser takes minutes on tens of megabytes.
    sample = data[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_LIKELY).best() or from_bytes(sample).best()
    if best is None:
        raise ValueError("unknown encoding")
    return data.decode(best.encoding, errors="replace")
