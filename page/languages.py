"""The languages that the page speaks, and which of them a browser wants."""

from __future__ import annotations

from page.english import ENGLISH
from page.french import FRENCH
from page.texts import Texts

__all__ = ["ENGLISH", "FRENCH", "LANGUAGES", "preferred", "texts_for"]

LANGUAGES = {texts.language: texts for texts in (FRENCH, ENGLISH)}
"""The page's words by ISO 639-1; the first is spoken to those who understand none of them."""


def texts_for(language: str, otherwise: Texts = FRENCH) -> Texts:
    """Give the page's words in ``language`` (ISO 639-1), else ``otherwise``."""
    return LANGUAGES.get(language, otherwise)


def preferred(accept_language: str, otherwise: Texts = FRENCH) -> Texts:
    """Choose by the header that a browser sends (RFC 9110, 12.5.4): "en-GB,en;q=0.9,fr;q=0.8" wants English."""
    wanted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        tag, _, weight = item.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    for share, language in sorted(wanted, key=lambda pair: -pair[0]):
        if share > 0 and language in LANGUAGES:
            return LANGUAGES[language]
    return otherwise
