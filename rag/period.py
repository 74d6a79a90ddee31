"""The period in which articles must have appeared, where a question says so.

"Articles de 2013" and "published since 2023" ask for articles by their date; "le transfert de 2007" asks for what
happened then, whenever it was written about. Only the first kind is a period: a noun for articles, or a word for
publishing that belongs to it, with a time right behind it. In doubt there is none.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

from rag.hits import Filters
from rag.words import MONTHS, fold

_MONTHS = {
    name: number
    for names in (
        fold(" ".join(MONTHS)),
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), start=1)
}
_YEAR = r"(?:19|20)\d\d(?!\d)(?! ?(?:mots|caracteres|signes|pages|euros|words|characters|palabras))"
_DATED = rf"(?:(?:(?:\d{{1,2}})(?:er)? (?:de )?)?(?:{'|'.join(_MONTHS)}) (?:de |of )?)?{_YEAR}"
_RELATIVE = {
    "day": r"aujourd'hui|today|hoy",
    "yesterday": r"hier|yesterday|ayer",
    "week": r"(?:de )?cette semaine|this week|esta semana",
    "last week": r"(?:la |de la )?semaine (?:derniere|passee)|last week|(?:la )?semana pasada",
    "month": r"(?:de )?ce mois(?:-ci)?|this month|este mes",
    "last month": r"(?:le |du )?mois (?:dernier|passe)|last month|(?:el |del )?mes pasado",
    "year": r"(?:de )?cette annee|this year|este ano",
    "last year": r"(?:de )?(?:l'an|l'annee) (?:dernier|passe)e?|last year|(?:el |del )?ano pasado",
}
_POINT = rf"(?:{_DATED}|{'|'.join(_RELATIVE.values())})"
_WITHIN = r"(?:en|de l'annee|en l'annee|de|d'|du|le|in|from|of|on|courant|pendant|del|el)"
_TIMES = (
    rf"(?:entre|between|de|from) (?:le )?(?P<first>{_POINT}) (?:et|and|y|a|to) (?:le )?(?P<second>{_POINT})",
    rf"(?:d')?(?:avant|before|antes de)(?: le| l')? ?(?P<before>{_POINT})",
    rf"(?:jusqu'(?:en|a|au)|until|up to|hasta)(?: l')? ?(?P<until>{_POINT})",
    rf"(?:apres|after|despues de)(?: le)? (?P<after>{_POINT})",
    rf"(?:depuis|a partir de|since|desde)(?: le)? (?P<since>{_POINT})",
    r"(?:(?:de |au cours de |dans )?(?:ces|les|des)|(?:in |of |from )?the (?:last|past)|(?:en |de )?los ultimos) "
    r"(?P<count>\d{1,3}) (?:derniere?s )?"
    r"(?P<unit>jours|semaines|mois|ans|annees|days|weeks|months|years|dias|semanas|meses|anos)",
    rf"(?:{_WITHIN} ?)?(?P<within>{_POINT})",
)
_ONE = r"(?:article|billet|editorial|reportage|post|articulo)"
_SEVERAL = r"(?:articles|billets|editoriaux|reportages|posts|articulos|publications)"
_ONE_OUT = r"(?:publie|paru|date|ecrit|mis en ligne|published|dated|written|posted|publicado)"
_SEVERAL_OUT = r"(?:publies|parus|publiees|parues|dates|ecrits|mis en ligne|publicados)"
_LINK = r"(?:(?:qui )?(?:a|ont|sont|est)(?: ete)? |(?:that|which) (?:was|were) |que (?:fue|fueron) )?"
_SAID = (
    # The noun with the time behind it, a participle between them or not.
    rf"\b(?:{_ONE}|{_SEVERAL}|textes?(?= (?:qui |pub|par|ecr|dat)))(?: {_LINK}(?:{_ONE_OUT}|{_SEVERAL_OUT}))?",
    # What the article is about may stand between noun and participle, unless that has a noun the participle can mean.
    rf"\b{_SEVERAL}\b(?:(?!\b(?:les|des|aux|ces|ses|leurs|los|las)\b)[^.?!,;])*?\b{_SEVERAL_OUT}",
    rf"\b{_ONE}\b(?:(?!\b(?:le|la|l'|un|une|du|au|ce|cette|el)\b)[^.?!,;])*?\b{_ONE_OUT}",
    # The participle alone, where a clause begins.
    rf"(?:^|[,(;:–—]) ?(?:{_ONE_OUT}|{_SEVERAL_OUT})",
    r"\b(?:qu'a[- ]t[- ]on (?:ecrit|publie)|what (?:was|has been) (?:published|written)|que se (?:escribio|publico))",
)
_LONGEST = 1000
"""Characters of a question that are looked at, from its end: matching takes time with the square of them."""
_SPEAKS_OF_ARTICLES = re.compile(
    "articl|articulo|billet|editori|reportage|post|text|publi|paru|dat|ecri|mis en ligne|writ|escribi"
)
"""What each of ``_SAID`` needs somewhere: most questions have none of it, and compiling the rest takes a while."""


@cache
def _asked() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?:{said}) {time}\b") for time in _TIMES for said in _SAID)


def period_of(question: str, today: date) -> Filters | None:
    """The days between which the articles asked for appeared; None unless the question plainly limits them so.

    "Le mois dernier" and its like count from ``today``. Of several periods the one said last holds, since a question
    can stand behind the conversation before it.
    """
    text = re.sub(r"\s+", " ", fold(question))[-_LONGEST:]
    if not _SPEAKS_OF_ARTICLES.search(text):
        return None
    found = [match for pattern in _asked() for match in pattern.finditer(text)]
    # Of those that end last the first: what is read as a span of years is not read as its last year.
    latest = max(found, key=lambda match: match.end(), default=None)
    if latest is None:
        return None
    try:
        return _filters({name: value for name, value in latest.groupdict().items() if value}, today)
    except (ValueError, OverflowError):  # no such day, such as the 31st of June
        return None


def _filters(said: dict[str, str], today: date) -> Filters:
    """The period meant by the named groups of one of ``_TIMES``. ``ValueError`` for a day that does not exist."""
    if count := said.get("count"):
        return Filters(today - timedelta(int(count) * _days(said["unit"])), today)
    if "first" in said:
        starts, ends = zip(_span(said["first"], today), _span(said["second"], today), strict=True)
        return Filters(min(starts), max(ends))
    ((how, point),) = said.items()
    start, end = _span(point, today)
    return {
        "before": lambda: Filters(until=start - timedelta(1)),
        "until": lambda: Filters(until=end),
        "after": lambda: Filters(since=end + timedelta(1)),
        "since": lambda: Filters(since=start),
        "within": lambda: Filters(start, end),
    }[how]()


def _days(unit: str) -> int:
    return {"j": 1, "d": 1, "s": 7, "w": 7, "m": 30, "a": 365, "y": 365}[unit[0]]


def _span(point: str, today: date) -> tuple[date, date]:
    """First and last day of a year, month, day or relative time."""
    year = re.search(_YEAR, point)
    if year is None:
        return _relative(point, today)
    number = int(year.group())
    month = next((_MONTHS[word] for word in re.findall(r"[a-z]+", point) if word in _MONTHS), None)
    if month is None:
        return date(number, 1, 1), date(number, 12, 31)
    if day := re.match(r"\d{1,2}(?=\D)", point):
        return date(number, month, int(day.group())), date(number, month, int(day.group()))
    return date(number, month, 1), _month_end(date(number, month, 1))


def _relative(point: str, today: date) -> tuple[date, date]:
    name = next(name for name, pattern in _RELATIVE.items() if re.fullmatch(pattern, point))
    monday = today - timedelta(today.weekday())
    month = today.replace(day=1)
    yesterday = today - timedelta(1)
    spans = {
        "day": lambda: (today, today),
        "yesterday": lambda: (yesterday, yesterday),
        "week": lambda: (monday, monday + timedelta(6)),
        "last week": lambda: (monday - timedelta(7), monday - timedelta(1)),
        "month": lambda: (month, _month_end(month)),
        "last month": lambda: ((month - timedelta(1)).replace(day=1), month - timedelta(1)),
        "year": lambda: (date(today.year, 1, 1), date(today.year, 12, 31)),
        "last year": lambda: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }
    return spans[name]()


def _month_end(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return following - timedelta(1)
