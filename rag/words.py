"""Words as the full-text index, the evidence and the citations compare them: folded, stemmed, without stop words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

VERSION = 1
"""Raise it when the stems of some text change: an index that holds other stems is refused by name."""
STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "fr": """a afin ai aie ainsi apres as au aucun aucune aujourd aura aurait auront aussi autre autres aux avaient
            avait avant avec avez avoir avons ayant beaucoup bien c ca car ce ceci cela celle celles celui ces cet cette
            ceux chaque chez comme comment d dans de deja depuis des donc dont du elle elles en encore entre es est et
            etaient etait etant ete etes etre eu eux fait faut font furent fut hui il ils j je jusqu jusque l la le les
            leur leurs lors lorsque lui m ma mais me meme memes mes moi mon n ne ni nos notre nous on ont ou par parce
            pas pendant peu peut plus plusieurs pour pourquoi pourrait puis puisque qu quand que quel quelle quelles
            quelqu quelque quelques quels qui quoi quoique s sa sans se sera serait seront ses si sinon soi soit son
            sommes sont sous sur t ta tandis te tel telle telles tels tes toi ton tous tout toute toutes tres tu un une
            vers voici voila vos votre vous y combien lequel laquelle lesquels lesquelles dit dis moi""",
        "en": """a about after all also am an and any are as at be because been before being between both but by can
            could did do does doing during each for from had has have having he her hers him his how i if in into is it
            its just may me might more most my no nor not of off on once only or other our out over own same she should
            so some such than that the their them then there these they this those through to too under until up very
            was we were what when where which while who whom whose why will with would you your""",
        "es": """a al algo ante antes aqui asi aun bajo bien cada como con contra cual cuales cuando cuanto cuantos de
            del desde donde dos durante e el ella ellas ellos en entre era eran es esa ese eso esta estaba estado estan
            estar este esto fue fueron ha han hasta hay la las le les lo los mas me mi mientras muy nada ni no nos o os
            otra otro para pero por porque puede que quien quienes se segun ser si sido sin sobre son su sus tambien
            te tiene todo todos tu un una unas uno unos y ya""",
    }.items()
}
"""Function words, folded. They carry no topic, and they are what tells a question's language (``language_of``)."""

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip

_ONLY_HERE = {
    language: words - frozenset().union(*(other for name, other in STOP_WORDS.items() if name != language))
    for language, words in STOP_WORDS.items()
}
_SNOWBALL = {
    "fr": "french",
    "en": "english",
    "es": "spanish",
    "de": "german",
    "it": "italian",
    "pt": "portuguese",
}
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[\s\u00a0\u202f.]\d{3})+(?!\d)|\d+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, no accents, typographic apostrophes and quotes as plain ones, ligatures and widths undone."""
    if text.isascii():
        return text.lower()
    text = text.replace("’", "'").replace("‘", "'").replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", text.replace("Æ", "AE"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order; apostrophes and hyphens split, so that "d'appels" holds "appels"."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=8)
def _stemmer(language: str) -> object:
    import Stemmer  # the C Snowball; quick to import, but only searching needs it

    return Stemmer.Stemmer(_SNOWBALL.get(language, "french"), 50_000)


def stems(text: str, language: str = "fr") -> list[str]:
    """The content words of ``text``, folded, stemmed (Snowball), stop words dropped, in order.

    Words are folded before they are stemmed: "qualité" and "qualite" must meet, since people type without accents.
    An unknown ``language`` is stemmed as French.
    """
    stop = STOP_WORDS.get(language, STOP_WORDS["fr"])
    kept = [word for word in words(text) if word not in stop and (len(word) > 1 or word.isdigit())]
    stemmed: list[str] = _stemmer(language).stemWords(kept)  # type: ignore[attr-defined]
    return stemmed


def language_of(question: str, default: str = "fr") -> str:
    """The language of a short text: fr, en or es; ``default`` when its function words do not tell.

    Function words decide, each language's own counting double: a statistical detector takes "What is Stratégie
    Clients?" for French, and costs 0.8 s at its first use.
    """
    found = words(question)
    scores = {
        language: sum((word in stop) + (word in _ONLY_HERE[language]) for word in found)
        for language, stop in STOP_WORDS.items()
    }
    if re.search(r"[¿¡ñ]", question):
        scores["es"] += 3
    if re.search(r"[çœèêàùûîôëï]|\b[lLdDnNqQcCjJsS][’']", question):
        scores["fr"] += 1
    best = max(scores.values())
    if best == 0 or scores.get(default) == best:
        return default
    return max(scores, key=lambda language: scores[language])


def numbers(text: str) -> list[str]:
    """The numbers of ``text`` as digit strings; "12 544", "12.544" and "12544" are the same number.

    A decimal comma parts two numbers ("4,8" → "4", "8"): both must be found again, in either notation.
    """
    return [re.sub(r"\D", "", number) for number in _NUMBER.findall(text)]


_NOT_COUNTED = re.compile(
    r"\b(?:(?:m|b)illions?|milliards?|mill(?:ones|on)|(?:pour ?|per ?|por )c(?:ent|iento))\b|(?<![-\w])neuf\b(?!-)",
    re.IGNORECASE,
)
"""Number words that stand beside digits ("4,8 millions", "90 pour cent"), and « neuf », which is as often "new"."""


_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""The comma of "5,000" in English."""

_ABOUT = {
    "dizaine": "10", "douzaine": "12", "quinzaine": "15", "vingtaine": "20", "trentaine": "30", "quarantaine": "40",
    "cinquantaine": "50", "soixantaine": "60", "centaine": "100", "docena": "12", "decena": "10", "veintena": "20",
    "dozen": "12", "centenar": "100",
}  # fmt: skip
"""What says a number about. In the plural it says none."""
_ABOUT_ONE = re.compile(rf"\b(?:une|la|cette|una|la|a|the) ({'|'.join(_ABOUT)})\b")
_MONTHS = {
    fold(name): str(number)
    for names in (
        MONTHS,
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"),
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
         "diciembre"),
    )
    for number, name in enumerate(names, start=1)
}  # fmt: skip
_ANY_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_DATED = re.compile(
    rf"\b\d{{1,2}}(?:er|st|nd|rd|th)? (?:de )?{_ANY_MONTH}\b|\b{_ANY_MONTH.replace('month', 'before')},? (?:de )?\d"
    rf"|\b(?:en|debut|mi|fin|depuis|des) (?:de )?{_ANY_MONTH.replace('month', 'alone')}\b"
)
"""A month of a date: « mars » and "may" are words besides."""


def figures(text: str, language: str) -> frozenset[str]:
    """The numbers of ``text`` as ``numbers`` writes them, also those in letters: "vingt-quatre heures" holds "24".

    "Un" is an article more often than a number, so that it is not counted. The month of a date is one: "m7" in any
    language.
    """
    from text_to_num import alpha2digit

    known = language if language in ("fr", "en", "es") else "fr"
    if known == "en":
        text = _THOUSANDS.sub("", text)
    in_letters = set(numbers(alpha2digit(_NOT_COUNTED.sub(" ", text), known, 1.0))) - {"1"}
    folded = fold(text)
    in_letters.update(_ABOUT[match[1]] for match in _ABOUT_ONE.finditer(folded))
    months = {f"m{_MONTHS[match['month'] or match['before'] or match['alone']]}" for match in _DATED.finditer(folded)}
    return frozenset(numbers(text)) | in_letters | months


def months(counted: Iterable[str]) -> frozenset[str]:
    """Those of ``figures`` that are the month of a date."""
    return frozenset(one for one in counted if one.startswith("m"))


def index_text(texts: Iterable[str], language: str) -> str:
    """Stems of several fields, as one string of tokens for the full-text index."""
    return " ".join(token for text in texts for token in stems(text, language))
