"""Lines that say who wrote an article, where it appeared and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from corpus.dates import DATED, ONLY_DATE, find_date
from corpus.names import NAME, ordinary_case, people, publication

_LONGEST = 160
_MOST_WORDS = 18
_LEAD = re.compile(
    r"(?:(?:article|billet|post|texte|dossier|tribune|interview) )?"
    r"(?P<verb>publi[ée]e?s?|post[ée]e?|r[ée]dig[ée]e?|[ée]crite?|mise? en ligne|mise? [àa] jour|modifi[ée]e?|"
    r"cr[ée]{2}e?|actualis[ée]e?|dernière (?:mise à jour|modification)|parue?|posted|published|written|updated|"
    r"propos recueillis|texte|recueilli)\b|(?:par|by)\b|(?:auteure?|author|r[ée]dact(?:eur|rice)|sign[ée]e?) ?:",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?:\b(?:par|by)\b|(?:auteure?|author|r[ée]dact(?:eur|rice)|sign[ée]e?) ?:)[\s:]*(?P<who>\S.*)$", re.IGNORECASE
)
_UPDATE = re.compile(r"mise? [àa] jour|modifi|actualis|updated|dernière", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"\s[-–—/•·]\s|\s*[|•·]\s*|,|\s\b(?:le|on|dans|in|[Pp]ubliée?|[Pp]osté|[Mm]ise?|modifié|à|pour)\b(?:\s|$)"
)
_ROLE = re.compile(
    rf"(?P<name>{NAME}),? (?:-|–|,)? ?(?:(?:direct(?:eur|rice)|r[ée]dact(?:eur|rice)|chef|secrétaire|responsable)"
    r"[^.]{0,20}(?:r[ée]daction|en chef|de la publication|éditorial\w*)|journaliste|correspondante?|"
    r"envoyée? spéciale?|chroniqueu\w+|éditorialiste|blogueu\w+|rédact(?:eur|rice))\b[^.]{0,60}",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"(?:[Cc]hronique|[Tt]ribune|[Bb]illet|[ÉéEe]dito(?:rial)?|[Aa]nalyse|[Uu]n (?:article|texte)) "
    rf"(?:de |d[’'])(?P<name>{NAME})"
    r"(?:, [^.!?]{3,80})?"
)
_BROKEN = re.compile(
    r"(?:publi[ée]|post[ée]|r[ée]dig[ée]|[ée]crit|posted|written)?e? ?(?:par|le|by|on)|auteur ?:?", re.IGNORECASE
)
_ENVOY = re.compile(
    r"[,;–—-]?\s*(?:de|par) notre (?:envoyée?|correspondante?)(?: spéciale?| permanente?)?"
    rf"(?: à [^,]{{2,30}},?)?,? (?P<name>{NAME})"
)
_SIGNED = re.compile(rf"(?i:sign[ée]e?) ?:? (?P<name>{NAME})(?=[\s,.(;–-]|$)")
_SIGNATURE = re.compile(rf"[—–-]?\s*(?P<name>{NAME})(?:, [^.!?]{{3,90}})?")


@dataclass(frozen=True, slots=True)
class Byline:
    """What a line says beside the text: any part may be missing."""

    author: str | None = None
    publication: str | None = None
    day: date | None = None
    updated: bool = False
    """The day is that of a change, not of publication."""
    lead: bool = False
    """It begins as by-lines do: "Publié", "Par"."""


def read_byline(line: str) -> Byline | None:
    """Return what a by-line states, None for any other line."""
    shown = " ".join(line.replace("\u00a0", " ").split()).lstrip("•*·-–—✍ ")
    words = len(shown.split())
    if not shown or len(shown) > _LONGEST or words > _MOST_WORDS or (shown.endswith(".") and words > 8):
        return None
    day = find_date(shown)
    if ONLY_DATE.fullmatch(shown.strip(" .,|-–")):
        return Byline(day=day)
    lead = _LEAD.match(shown)
    if lead:
        return _read_lead(shown, day)
    role = _ROLE.fullmatch(shown) or _COLUMN.fullmatch(shown)
    if role:
        author = people(role["name"])
        return Byline(author=author, day=day) if author else None
    return _read_pieces(shown, day) if day else None


def join_bylines(lines: list[str]) -> list[str]:
    """Return ``lines`` with by-lines that a page broke ("Publié par", "Anne Dupont", "le 12 mars 2015") made whole."""
    joined = list(lines)
    for i, line in enumerate(lines):
        if not 2 <= len(line) <= 20 or not _BROKEN.fullmatch(line):
            continue
        for j in range(i + 1, min(i + 4, len(lines))):
            part = lines[j].strip(" -–")
            if part and (people(part) or ONLY_DATE.fullmatch(part) or _UPDATE.match(part)) and len(part) <= 60:
                joined[i], joined[j] = f"{joined[i]} {part}", ""
            elif part:
                break
    return joined


def _read_lead(shown: str, day: date | None) -> Byline | None:
    rest = " ".join(DATED.sub(" ", shown).split())
    by = _BY.search(rest)
    pieces = [piece.strip() for piece in _SEPARATOR.split(by["who"])] if by else []
    who = next((piece for piece in pieces if piece), "")
    author = people(who)
    medium = None if author else publication(who, alone=True)
    anonymous = re.match(r"(?:la |l[’'])?(?:r[ée]daction|équipe|admin|redac)\b", who, re.IGNORECASE) is not None
    bare = len(rest.split()) <= 5 and not who
    starts_with_by = re.match(r"(?:par|by)\b", shown, re.IGNORECASE) is not None
    if not (author or medium or anonymous or (day and not starts_with_by) or (bare and not starts_with_by)):
        return None
    return Byline(author, medium, day, _UPDATE.match(shown) is not None, lead=True)


def _read_pieces(shown: str, day: date | None) -> Byline | None:
    """Read "Anne Dupont | 6 févr. 2013 | Actualités": a date with a name, or between bars."""
    rest = DATED.sub("|", shown)
    pieces = [piece.strip(" ,") for piece in _SEPARATOR.split(rest) if piece and piece.strip(" ,")]
    pieces = [re.sub(r"^(?:par|by) ", "", piece, flags=re.IGNORECASE) for piece in pieces]
    author = next((name for piece in pieces if (name := people(piece))), None)
    medium = next((name for piece in pieces if (name := publication(piece))), None)
    short = sum(len(piece.split()) for piece in pieces) <= 8
    if short and (author or medium or re.search(r"[|•·]", shown)):
        return Byline(author, medium, day)
    return None


def envoy(text: str) -> tuple[str, str] | None:
    """Return the name in "de notre envoyé spécial X" and all of that phrase, if ``text`` (a line) has it."""
    found = _ENVOY.search(text[:400])
    return (ordinary_case(found["name"]), found.group()) if found else None


def signature(line: str, vocabulary: frozenset[str]) -> str | None:
    """Return the author that signs at the end: "Signé : X, …", "Anne Dupont", "Anne Dupont, consultante chez Y".

    ``vocabulary`` holds the words that the article writes in lower case: a name has none of them.
    """
    signed = _SIGNED.match(line[:200])
    if signed:
        return ordinary_case(signed["name"])
    found = _SIGNATURE.fullmatch(line.strip()) if len(line) <= 120 else None
    name = people(found["name"]) if found else None
    if name is None or any(word.casefold() in vocabulary for word in re.findall(r"[^\W\d_]{2,}", name)):
        return None
    return name
