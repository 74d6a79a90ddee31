"""What a sentence makes up beside a true quote: a reason, an acronym's words, that it is still so, somebody's part."""

from __future__ import annotations

import re

from rag.words import STOP_WORDS, fold, language_of, stems, words

TOLD = 0.5
"""Least share of a reason's stems that its quote must hold."""

BEGINNING = 6
"""Letters by which two forms of a word are taken for one."""

_BECAUSE = re.compile(
    r"\b(?:parce qu(?:e |')|puisqu(?:e |')|car |(?:en raison|a cause|du fait) d(?:e |es |u |')|grace (?:a |aux? )"
    r"|faute d(?:e |')|because(?: of)? |due to |owing to |thanks to |porque |debido a |a causa de )"
)
_STANDS_FOR = re.compile(
    r"\b(?P<acronym>[A-Z][A-Za-z]?[A-Z]{1,5})\b[^.;]{0,40}?"
    r"\b(?:signifie|veut dire|est (?:le sigle|l['’]acronyme|l['’]abréviation)|stands for|means|significa)\b(?P<rest>.+)"
)
_PLAYS = re.compile(
    r"^\W*(?i:le|la|les|l['’]|the|el) ?(?i:(?:pré)?noms? (?:de (?:la |l['’])?|du |des |d['’]))?"
    r"(?P<part>[\w-]+)(?: [\w-]+)? (?:de |du |des |d['’]|of |del )[^,;]{1,80}?"
    r" (?:est|sont|était|étaient|fut|s['’]appel\w+|se nomm\w+|is|are|was|were|es|era) (?P<who>[^\W\d_a-zà-öø-ÿ].+)"
)
"""« La directrice de Voxia est Anne Petit »."""
_STILL = re.compile(
    r"\b(?:encore|toujours|actuellement|maintenant|desormais|aujourd'hui|still|now|currently|today|nowadays|anymore|"
    r"todavia|aun|ahora|actualmente|hoy)\b"
)
_ONCE = re.compile(
    r"\b(?:longtemps|jadis|autrefois|naguere|anciennement|ancien(?:ne)?s?|ex|formerly|former|once|antigu[oa]s?)"
    r"[ -](?P<what>\w+)"
)
_PAST = re.compile(
    r"\b(?:longtemps|jadis|autrefois|naguère|ancien\w*|ex|été|étai(?:t|ent)|fut|furent|a|ont|avai(?:t|ent)"
    r"|former\w*|once|was|were|had|used|fue|era|ha|han)\b",
    re.IGNORECASE,
)
_SMALL = frozenset[str]().union(*STOP_WORDS.values())


def invents_reason(claim: str, quote: str, around: frozenset[str]) -> bool:
    """Whether ``claim`` gives a reason most of whose words its ``quote``, in the same language, does not hold.

    So it does where what it gives a reason of stands nowhere ``around`` the quote: the stems of its passage.
    """
    main, *reasons = _BECAUSE.split(fold(claim))
    if not reasons:
        return False
    language = language_of(claim)
    explained = set(stems(main, language))
    given = set(stems(" ".join(reasons), language)) - explained
    if not given:
        return False
    # Verbs have more stems than one: a beginning must do.
    told = sum(any(stem.startswith(own[:BEGINNING]) for stem in around) for own in explained)
    if explained and told <= TOLD * len(explained):
        return True
    return len(given & set(stems(quote, language))) < TOLD * len(given)


def spells_otherwise(claim: str, quote: str) -> bool:
    """Whether ``claim`` says what an acronym stands for in words that do not begin so, where ``quote`` has such."""
    found = _STANDS_FOR.search(claim)
    if found is None:
        return False
    acronym = fold(found["acronym"])
    return acronym not in _initials(found["rest"]) and acronym in _initials(_without(quote, acronym))


def keeps_up(claim: str, quote: str) -> bool:
    """Whether ``claim`` says that something is so now or still, of which its ``quote``, in the same language, tells no
    more than that it was: « est encore au CAC 40 », of « est entré au CAC 40 en 2020 ».
    """  # noqa: D205
    return bool(_STILL.search(fold(claim))) and not _STILL.search(fold(quote))


def was_once(claim: str, quote: str) -> bool:
    """Whether ``claim`` says that something is so which its ``quote``, in the same language, says was so once: « dirige
    Voxia », of « longtemps dirigé par » or of « l'ancien dirigeant de ».
    """  # noqa: D205
    if _PAST.search(claim):
        return False
    language = language_of(claim)
    once = {stem for match in _ONCE.finditer(fold(quote)) for stem in stems(match["what"], language)}
    return bool(once & set(stems(fold(claim), language)))


def casts(claim: str) -> tuple[str, str] | None:
    """The part that ``claim`` says somebody plays and what follows it ("directrice", "Anne Petit"); None for others."""
    found = _PLAYS.search(claim)
    return (found["part"], found["who"]) if found else None


def _initials(text: str) -> str:
    """The first letters of the words that are not small ones, together."""
    return "".join(word[0] for word in words(text) if word not in _SMALL)


def _without(text: str, acronym: str) -> str:
    return " ".join(word for word in words(text) if word != acronym)
