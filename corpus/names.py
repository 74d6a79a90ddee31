"""Names of people and publications as by-lines give them."""

from __future__ import annotations

import re

from corpus.furniture import fold

_CAPITAL = "A-ZÀ-ÖØ-ÞŒŠŽ"
_TOKEN = rf"[{_CAPITAL}](?:[\w’'.-]*\w|\.)?"
_PARTICLE = r"(?:de la|de|du|des|le|la|van der|van den|van|von|der|den|ben|bin|el|al|da|di|dos|d[’']|l[’'])"
NAME = rf"{_TOKEN}(?:[ \u00a0](?:{_PARTICLE}[ \u00a0]?)?{_TOKEN}){{1,3}}"
"""A person's name, of two to four words."""
_NAME = re.compile(NAME)
_PEOPLE = re.compile(rf"{NAME}(?:(?:, | et | & | and ){NAME}){{0,4}}")
_NOBODY = re.compile(
    r"\b(?:rédaction|redaction|équipe|equipe|magazine|mag|blog|service|agence|communiqué|communique|contact|site|groupe|"
    r"admin\w*|editor\w*|staff|team|journal|news|média|media|médias|relation|relations|client|clients|centre|centres|"
    r"marketing|presse|rédacteur|afp|reuters|invité|invitée|tribune|webmaster|user|office|lecture|publié|posté|"
    r"imprimer|partager|lire|plus|salon|forum|dossier|interview)\b|"
    r"^(?:le|la|les|un|une|ce|cette|nos|notre|votre)\b",
    re.IGNORECASE,
)
_PUBLICATION = re.compile(
    r"^(?:(?:le |la )?(?:magazine|blog|site|revue|journal|portail|webzine|rédaction (?:de|du)|équipe (?:de|du))"
    r"(?: de| du)? ?:?|©|copyright)\s+(?P<name>\S.{1,60})$",
    re.IGNORECASE,
)
# Read on a line of their own or after a title; nothing else shows that a name alone is a publication.
_KNOWN = frozenset(
    {"les echos", "le monde", "le figaro", "la tribune", "l'express", "le point", "liberation", "challenges", "capital"}
    | {"l'usine nouvelle", "l'usine digitale", "strategies", "lsa", "silicon", "silicon.fr", "zdnet", "zdnet france"}
    | {"le journal du net", "journal du net", "jdn", "e-marketing", "emarketing", "e-marketing.fr", "bfm business"}
    | {"relation client magazine", "relationclientmag", "relation client mag", "centres d'appels", "action commerciale"}
    | {"en-contact", "en contact", "le nouvel economiste", "l'informaticien", "le monde informatique", "lmi", "01net"}
)
_MEDIUM = re.compile(
    r"\b(?:mag|magazine|blog|média|media|news|info|revue|journal|gazette|hebdo|presse)\b", re.IGNORECASE
)


def people(text: str) -> str | None:
    """Return the names in ``text`` if it holds nothing else, in ordinary case; None for "La rédaction" and the like."""
    shown = " ".join(text.replace("\u00a0", " ").split()).strip(" ,;:-–—|/•·*")
    if len(shown) > 150 or not _PEOPLE.fullmatch(shown) or _NOBODY.search(shown):
        return None
    return ordinary_case(shown)


def stated_author(text: str) -> str | None:
    """Return the author that markup states, less strictly than a by-line: a single name will do."""
    shown = " ".join(text.split()).strip(" ,;:-–—|/•·*")
    shown = re.sub(r"^(?:par|by)\s+", "", shown, flags=re.IGNORECASE)
    if not shown or len(shown) > 150 or "@" in shown or "://" in shown:
        return None
    if people(shown) is None and (_NOBODY.search(shown) or shown.casefold() in ("python-docx", "author", "auteur")):
        return None
    return ordinary_case(shown)


def publication(text: str, *, alone: bool = False) -> str | None:
    """Return the publication named by "Magazine X", "Le blog : X!"; with ``alone`` also by "X Magazine"."""
    shown = " ".join(text.replace("\u00a0", " ").split()).strip(" ,;:-–—|/•·*")
    if fold(shown) in _KNOWN:
        return shown
    found = _PUBLICATION.match(shown)
    name = found["name"] if found else shown if alone and _MEDIUM.search(shown) else None
    if name is None or len(name.split()) > 6:
        return None
    return name.strip(" !.:|-–—") or None


def ordinary_case(name: str) -> str:
    """Return "Anne DUPONT-DURAND" as "Anne Dupont-Durand"; initials stay."""

    def calm(found: re.Match[str]) -> str:
        word = found.group()
        return word if len(word) < 3 or not word.isupper() else word[0] + word[1:].lower()

    return re.sub(r"[^\W\d_]+", calm, name)
