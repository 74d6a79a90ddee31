"""Whose article a question names: "De quoi le blog GoodMorning Client accuse-t-il …", "selon François Rouffiac".

An article seldom says who wrote it. Its own passages answer such a question once the source is left out of it, and the
search keeps to what that source wrote; what is known of the articles tells that it is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.hits import Filters, Hit
from rag.words import fold, stems

_KIND = (
    r"(?:blog|magazine|mensuel|revue|journal|quotidien|hebdomadaire|site|média|auteure?|autrice|journaliste|blogueu(?:r|se)"
    r"|éditorialiste|chroniqueu(?:r|se)|author|journalist|newspaper|review|website|revista|periódico|diario|autora?"
    r"|periodista)"
)
_THE = r"(?:(?:le|la|du|de la|l['’]|the|el|del)\s*)"
_SAYS = (
    r"(?:dit|disait|écrit|écrivait|explique|expliquait|raconte|affirme|estime|pense|juge|accuse|reproche|critique"
    r"|regrette|décrit|évoque|parle|recommande|préconise|prédit|prévoit|conclut|constate|remarque|compare|appelle|nomme"
    r"|qualifie|dénonce|souligne|déplore|attribue|conseille|croit|craint|rapporte|cite|mentionne|signale|ironise"
    r"|s['’]étonne|s['’]inquiète|se plaint|se moque|disent|écrivent|expliquent|pensent|jugent|reprochent|critiquent"
    r"|décrivent|évoquent|parlent|voit|propose|présente|annonce|défend|souhaite|attend)"
)
_HAS_SAID = (
    r"(?:(?:a|avait)-t-(?:il|elle|on) (?:dit|écrit|expliqué|raconté|affirmé|estimé|pensé|jugé|accusé|reproché|critiqué"
    r"|regretté|décrit|évoqué|parlé|recommandé|prédit|prévu|conclu|constaté|remarqué|comparé|qualifié|dénoncé|souligné"
    r"|déploré|cité|mentionné|signalé))"
)
_ENGLISH_SAYS = (
    r"(?:say|write|think|explain|accuse|critici[sz]e|describe|mention|talk|claim|argue|believe|regret|blame|predict"
    r"|conclude|compare|report|denounce|see|mean|call|recommend|suggest|propose|expect|hope)"
)
_WRITES = re.compile(
    r"\W*(?:a-t-(?:il|elle) )?(?:dit|disait|écrit|écrivait|raconté?|rapporte|say|write)\b", re.IGNORECASE
)
"""What a company does not do, or tells its readers."""
_CALLED = rf"{_THE}?(?:{_KIND}\s+(?:de\s+|d['’])?)?"
_OPEN, _CLOSED = r"[«\"“]?\s*$", r"^\s*[»\"”]?\s*"
_LED_TO = re.compile(
    # "selon le blog X", "dans le magazine X"
    rf"(?:selon|d['’]après|aux yeux de|according to|in the (?:opinion|view) of|según)\s+{_CALLED}{_OPEN}"
    rf"|(?:dans|sur|in|en)\s+{_THE}{_KIND}\s+{_OPEN}"
    # "la vague dont parle X"
    rf"|(?<=[\w»”])\s+(?:dont|qu(?:e\s|['’]))\s*{_SAYS}\s+{_CALLED}{_OPEN}",
    re.IGNORECASE,
)
"""What leads to a source and goes with it."""
_SAYS_SO = re.compile(
    rf"(?<![\w-])(?P<says>{_SAYS})\s+{_THE}?(?P<kind>{_KIND}\s+(?:de\s+|d['’])?)?{_OPEN}", re.IGNORECASE
)
"""A source's verb before it: "que reproche X aux entreprises"."""
_CALLED_SO = re.compile(rf"(?<![\w-])(?:{_THE}?(?P<kind>{_KIND}\s+(?:de\s+|d['’])?)|{_THE}|){_OPEN}", re.IGNORECASE)
_INVERTED = re.compile(
    rf"{_CLOSED}(?P<rest>(?:(?:ne|le|la|les|se|y|en)\s|[nls]['’])?(?:{_SAYS}-(?:t-)?(?:il|elle|on)\b|{_HAS_SAID}).*)",
    re.IGNORECASE | re.DOTALL,
)
"""A source's verb behind it: "X accuse-t-il le syndicat"."""
_DOES = re.compile(
    r"\b(?:does|did|do)\s+(?:the\s+)?(?:(?:author|journalist|blog|magazine)\s+)?[\"“]?\s*$", re.IGNORECASE
)
_DOES_SAY = re.compile(
    rf"{_CLOSED}(?P<kind>(?:blog|magazine|journal|newspaper|site|website)\s+)?(?P<rest>{_ENGLISH_SAYS}\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[^\W_]+")


_SAYING = re.compile(rf"\b(?:{_HAS_SAID}|{_SAYS}-(?:t-)?(?:il|elle|on)|{_ENGLISH_SAYS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attributed:
    """A question without the source that it names, and the filter for what that source wrote."""

    question: str
    filters: Filters


def attributed(question: str, hits: Iterable[Hit], language: str) -> Attributed | None:
    """The author or publication of one of ``hits`` that ``question`` asks about as the one who says something.

    None where it names none, names it as something else ("Combien de salariés compte Orange ?"), or asks nothing
    besides. An author's family name will do.
    """
    sources = {(value, name) for hit in hits for name in ("author", "publication") if (value := getattr(hit, name))}
    for value, name in sorted(sources, key=lambda source: (-len(source[0]), source)):
        found = _named(question, value, family=name == "author")
        # A publication may be a company's: that it says something is sure only where it is called a magazine.
        rest = _without(question, *found, anybody=name == "author") if found else None
        if rest is not None and stems(_SAYING.sub(" ", rest), language):
            return Attributed(rest, Filters(author=value) if name == "author" else Filters(publication=value))
    return None


def _named(question: str, source: str, *, family: bool) -> tuple[int, int] | None:
    """Where ``question`` holds ``source``, or with ``family`` its last word."""
    tokens = [(fold(found.group()), *found.span()) for found in _WORD.finditer(question)]
    wanted = [fold(found.group()) for found in _WORD.finditer(source)]
    for name in [wanted] + ([wanted[-1:]] if family and len(wanted) > 1 else []):
        for place in range(len(tokens) - len(name) + 1):
            if name and [token[0] for token in tokens[place : place + len(name)]] == name:
                return tokens[place][1], tokens[place + len(name) - 1][2]
    return None


def _without(question: str, start: int, end: int, *, anybody: bool) -> str | None:
    """``question`` without the source at ``start`` to ``end`` and the words that lead to it; None if it says nothing
    there. What is not ``anybody`` must be called what it is: "le blog X".
    """  # noqa: D205
    before, after = question[:start], question[end:]
    if lead := _LED_TO.search(before):
        return _joined(before[: lead.start()], re.sub(r'^[\s»”",]+', "", after))
    if (lead := _DOES.search(before)) and (said := _DOES_SAY.match(after)):
        sure = anybody or said["kind"] or _WRITES.match(said["rest"])
        return _joined(before[: lead.start()], lead.group().split()[0], "it", said["rest"]) if sure else None
    if (lead := _SAYS_SO.search(before)) and (anybody or lead["kind"] or _WRITES.match(lead["says"])):
        pronoun = ("-ils" if lead["says"].endswith("ent") else "-il") if lead["says"][-1] in "td" else "-t-il"
        return _joined(before[: lead.start()], lead["says"] + pronoun, re.sub(r'^[\s»”"]+', "", after))
    lead, said = _CALLED_SO.search(before), _INVERTED.match(after)
    if lead and said and (anybody or lead["kind"] or _WRITES.match(said["rest"])):
        return _joined(before[: lead.start()], said["rest"])
    return None


def _joined(*parts: str) -> str:
    text = re.sub(r"([¿¡]) ", r"\1", " ".join(part.strip() for part in parts if part.strip()))
    return text[:1].upper() + text[1:]
