"""Who does what to whom, for the verbs by which articles of the trade tell of deals, disputes and posts.

« SFR a racheté Tarsus » holds the same words as « SFR a été racheté par Tarsus » and says the opposite. Roles are read
off the surface: the name before the verb, the names behind it with or without « par » and « à », active or passive.
Where that does not tell, there is no role, and nothing is said against a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

from rag.words import STOP_WORDS, fold

_VERBS = {
    "buy": "rachet achet acqui acquer absorb repri repren bought buys buy acquire purchas compr adquir absorb",
    "sell": "vend revend ced sold sell cede vendi",
    "sue": "poursui attaqu assign sued sues sue demand",
    "accuse": "accus reproch critiqu accuse blame criticiz criticis reprocha",
    "fine": "condamn sanctionn fined fines sanction multa conden",
    "replace": "remplac succed replac succeed reemplaz sustitu",
    "outdo": "depass devanc surpass overt outrank supera",
    "appoint": "nomm embauch recrut licenci appoint hire dismiss nombra contrat despid",
    "control": "control detien detena owns owned own possed posee",
    "follow": "preced preceed",
    "entrust": "confi transfer entrust outsourc",
}
"""By action the beginnings of its verb forms, folded."""
_ACTIONS = tuple(
    (action, re.compile(rf"(?:{'|'.join(sorted(beginnings.split(), key=len, reverse=True))})\w*"))
    for action, beginnings in _VERBS.items()
)
_SAID_OTHERWISE = tuple(
    (re.compile(rf"\b{phrase}\b", re.IGNORECASE), verb)
    for phrase, verb in (
        (r"m(?:is|ise|et|ettent|ettre|irent) la main sur", "acheté"),
        (r"s['’](?:est|était|étaient|sont) (?:offert|emparée?s? d[eu]|adjugée?s?)", "a acheté"),
        (r"s['’](?:offre|empare d[eu]|adjuge)", "achète"),
        (r"pr(?:is|end|endre|ennent|it|irent) le contrôle d[eu]", "acheté"),
        (r"took (?:over|control of)", "bought"),
        (r"se hizo con", "compró"),
        (r"pr(?:is|end|endre|ennent|it|irent) la (?:place|suite) d[eu]", "remplace"),
        (r"(?:à la place|en remplacement) d[eu]", "remplace"),
        (r"took the place of|in place of|instead of", "replaced"),
    )
)
"""Phrases that say what a verb says."""
_DEED = re.compile(
    r"(acquisition|rachat|reprise|absorption|takeover|adquisicion|compra)s?|(vente|cession|sale|venta)s?"
)
"""Nouns that tell of buying, or of selling: « le rachat de Voxia par Rami »."""
_AGREES = re.compile(r"sign\w+|conclu\w*|accept\w+|annonc\w+|signed|signs|agreed|announced")
"""Verbs whose subject is who sells: « Rami a signé la vente de ses parts »."""
_NOUN = re.compile(r".*(?:tion|tions|ment|ments|eur|eurs|euse|euses|teur|age|ages|ence|vente|ventes|achats?|rachats?)$")
"""Nouns that begin as those verbs do."""
_BE = re.compile(
    r"ete|est|sont|fut|furent|sera|seront|etre|etait|etaient|was|were|been|is|are|be|being|fue|fueron|sido|es"
)
_BY, _TO = frozenset({"par", "by", "por"}), frozenset({"à", "au", "aux", "to", "al"})
"""Words before a name that tell its part; « à » with its accent, since without it is the auxiliary."""
_TOKEN = re.compile(r"[^\W\d_][\w’'&.-]*|[.;:!?,]")
REACH = 9
"""Words before and behind the verb in which a name has a role."""
ALIKE = 0.7
"""Share of a claim's other words that the quote must hold for an exchange to be told."""
_PASSIVE = ("par", "ete", "by", "been", "por", "sido")
_ENDS = frozenset(".;:!?")


class Role(NamedTuple):
    """``name`` (folded) is what ``part`` says in an ``action``: "does", "undergoes" or "receives"."""

    action: str
    part: str
    name: str


class _Word(NamedTuple):
    written: str
    folded: str
    name: bool


@lru_cache(maxsize=4096)
def roles(sentence: str) -> frozenset[Role]:
    """The roles that a sentence gives to names."""
    for phrase, verb in _SAID_OTHERWISE:
        sentence = phrase.sub(verb, sentence)
    words = list(_words(sentence))
    found: set[Role] = set()
    for place, word in enumerate(words):
        if deed := _DEED.fullmatch(word.folded):
            found.update(_of_deed(words, place, "buy" if deed[1] else "sell"))
        action = _action(word)
        if action:
            found.update(_around(words, place, action))
    return frozenset(found)


@lru_cache(maxsize=4096)
def tells_deal(text: str) -> bool:
    """Whether ``text`` has a word of buying or selling."""
    for phrase, verb in _SAID_OTHERWISE:
        text = phrase.sub(verb, text)
    said = list(_words(text))
    return any(_DEED.fullmatch(word.folded) or _action(word) in ("buy", "sell") for word in said)


def turned(claim: str, quote: str) -> bool:
    """Whether ``claim`` turns round who does what to whom: by its verb's roles, or with the quote's words exchanged."""
    return swapped(claim, quote) or exchanged(claim, quote)


def swapped(claim: str, quote: str) -> bool:
    """Whether ``quote`` tells of two names what ``claim`` tells the other way round, and nowhere as it does."""
    said = roles(claim)
    if not said:
        return False
    other = roles(quote)
    for one, two in product(said, said):
        if one.action != two.action or one.part != "does" or two.part == "does" or one.name == two.name:
            continue
        turned = Role(one.action, "does", two.name) in other and any(
            role.action == one.action and role.part != "does" and role.name == one.name for role in other
        )
        if turned and Role(one.action, "does", one.name) not in other:
            return True
    return _other_side(said, other)


def _other_side(said: frozenset[Role], told: frozenset[Role]) -> bool:
    """Whether a name stands on the other side of a sale; the words for buying and selling tell it of one alone."""
    parts = [
        {name: {role.part for role in side if (role.action, role.name) == ("buy", name)} for name in _named(side)}
        for side in (said, told)
    ]
    if not (parts[0].keys() <= parts[1].keys() or parts[1].keys() <= parts[0].keys()):
        return False
    return any(
        ("does" in parts[0][name]) != ("does" in parts[1][name]) and len(parts[0][name]) == len(parts[1][name]) == 1
        for name in parts[0].keys() & parts[1].keys()
    )


def _named(told: frozenset[Role]) -> set[str]:
    return {role.name for role in told if role.action == "buy"}


def exchanged(claim: str, quote: str) -> bool:
    """Whether ``claim`` says in nearly the quote's words what the quote says, but with two of its names or numbers
    exchanged: with those two put back it would run like the quote.

    Only sentences in nearly the same words tell; a passive turned round is another order, and no exchange.
    """  # noqa: D205
    said, told = _tokens(claim), _tokens(quote)
    known = {token for token, _ in told}
    rest = [token for token, marked in said if not marked]
    if not rest or sum(token in known for token in rest) < ALIKE * len(rest):
        return False
    if any((word in rest) != (word in known) for word in _PASSIVE):
        return False
    ours, theirs = [token for token, _ in said], [token for token, _ in told]
    marked = [place for place, (token, mark) in enumerate(said) if mark and token in known]
    straight = _alike(ours, theirs)
    for one, other in combinations(marked, 2):
        # A name and a number that stand the other way round ("410 à Rabat", "Rabat en emploie 410") exchange nothing.
        if ours[one] == ours[other] or ours[one][0].isdigit() != ours[other][0].isdigit():
            continue
        back = ours.copy()
        back[one], back[other] = back[other], back[one]
        if _alike(back, theirs) > straight:
            return True
    return False


def _tokens(sentence: str) -> list[tuple[str, bool]]:
    """Folded words, and whether each is a name or a number; a name of several words is one."""
    found: list[tuple[str, bool]] = []
    end = -1
    for match in re.finditer(r"\w+", sentence):
        word = fold(match[0])
        stop = any(word in words for words in STOP_WORDS.values())
        marked = match[0][0].isdigit() or (match[0][0].isupper() and not stop)
        if marked and found and found[-1][1] and sentence[end : match.start()] in (" ", "-"):
            found[-1] = (f"{found[-1][0]} {word}", True)
        else:
            found.append((word, marked))
        end = match.end()
    return found


def _alike(one: list[str], other: list[str]) -> float:
    """Length of what the two say in the same order, longest pieces first (Ratcliff and Obershelp)."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _words(sentence: str) -> Iterator[_Word]:
    for match in _TOKEN.finditer(sentence.replace("’", "'")):
        for part in match.group().split("'"):
            folded = fold(part).strip(".-")
            if part in _ENDS or part == ",":
                yield _Word(part, part, False)
            elif folded:
                stop = any(folded in words for words in STOP_WORDS.values())
                yield _Word(part.lower(), folded, part[:1].isupper() and not stop)


def _action(word: _Word) -> str | None:
    if word.name or _NOUN.fullmatch(word.folded):
        return None
    return next((action for action, forms in _ACTIONS if forms.fullmatch(word.folded)), None)


def _of_deed(words: list[_Word], place: int, action: str) -> Iterator[Role]:
    """The roles behind a noun: what is bought or sold, by whom, to whom; to buy is to receive what is sold."""
    behind = list(_behind(words, place))
    if action == "sell" and any(_AGREES.fullmatch(word.folded) for word in words[max(place - 3, 0) : place]):
        yield from (Role("buy", "undergoes", name) for name in _nearest_before(words, place))
    yield from (Role("buy", "undergoes", name) for how, name in behind if how == "")
    for how, name in behind:
        if how == "to" and action == "sell":
            yield Role("buy", "does", name)
        elif how == "by":
            yield Role("buy", "undergoes" if action == "sell" else "does", name)


def _around(words: list[_Word], place: int, action: str) -> Iterator[Role]:
    """The roles around the verb in ``words[place]``. To buy is to receive what is sold: both are told as buying."""
    before = _nearest_before(words, place)
    behind = list(_behind(words, place))
    by = {name for how, name in behind if how == "by"}
    passive = bool(by) or any(_BE.fullmatch(word.folded) for word in words[max(place - 3, 0) : place])
    does = by if passive else before
    undergoes = before if passive else {name for how, name in behind if how == ""}
    receives = {name for how, name in behind if how == "to"}
    if action == "sell":
        # Who is sold to buys; who sells has part in it otherwise, as what is sold has.
        yield from (Role("buy", "does", name) for name in receives)
        yield from (Role("buy", "undergoes", name) for name in (*undergoes, *does))
        return
    yield from (Role(action, "does", name) for name in does)
    yield from (Role(action, "undergoes", name) for name in undergoes)
    yield from (Role(action, "receives", name) for name in receives)


def _nearest_before(words: list[_Word], place: int) -> set[str]:
    """The nearest name before the verb, all its words."""
    found: set[str] = set()
    for word in reversed(words[max(place - REACH, 0) : place]):
        if word.folded in _ENDS:
            break
        if word.name:
            found.add(word.folded)
        elif found:
            break
    return found


def _behind(words: list[_Word], place: int) -> Iterator[tuple[str, str]]:
    """The names behind the verb with what leads to them: "by", "to" or nothing; another verb ends it."""
    how = ""
    for word in words[place + 1 : place + 1 + REACH]:
        if word.folded in _ENDS or _action(word):
            return
        if word.name:
            yield how, word.folded
        elif word.folded in _BY:
            how = "by"
        elif word.written in _TO:
            how = "to"
        elif word.folded == ",":
            how = "apart"
