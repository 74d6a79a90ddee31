"""Does a quote support a sentence? A judgement by rules, independent of how ``rag`` chose the quote.

A sentence is supported by its cited quotes when

1. every number it writes in digits stands in a quote (in digits or as a number word), in the cited article's
   title, author, publication or date, or in the question;
2. every name in it stands in one of these too. A name is a capitalised word; the first word of the sentence
   counts only if it is all capitals ("SFR") or is capitalised inside another sentence of the answer;
3. at least half of its content words stand in the union of the quotes, or in the author, publication or date
   shown with them (so that "selon X, dans Y" costs nothing). Content words are those left without stop words,
   numbers and single letters; two are the same when their Snowball stems are, with or without accents.

A sentence in another language than the quotes shares no content words with them. Then only 1 and 2 are
judged, and names that languages spell differently (months, weekdays, peoples) are passed over.

Limits. The rules see words, not meaning: a negation, a swapped role ("SFR a racheté Tarsus"), a changed cause
or unit pass if the words are there; a true paraphrase that shares fewer than half of its words fails; "15
millions" and "15 000 000" are different numbers; a wrong name at the start of a sentence is seen only as a
content word; a sentence with nothing to check ("Oui.") is supported by any quote. Across languages a wrong
sentence without number and name passes. So the figures made from this are good for comparing runs and for
catching invented figures and names, and are no proof of entailment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaluation.folding import fold, numbers, words
from rag.words import STOP_WORDS  # which words are function words is data, not judgement

ENOUGH_CONTENT = 0.5
"""The share of content words that must be found. Half: the agreed rule, not a fitted value."""

_SNOWBALL = {
    "fr": "french",
    "en": "english",
    "es": "spanish",
    "de": "german",
    "it": "italian",
    "pt": "portuguese",
}
_TOKEN = re.compile(r"[^\W_]+")
_CAPITALISED = re.compile(r"(?<![^\W_])[^\W\d_a-zà-öø-ÿ][^\W_]*")
_WORD_OR_BREAK = re.compile(r"[^\W_]+|[^\w\s'-]")
_BETWEEN = "([{«»\"“”„'’‘-–—•*_ \t\n\u00a0\u202f"
_STOPS = frozenset().union(*STOP_WORDS.values(), ("oui", "non", "yes", "no", "si"))

_MONTHS = (
    "janvier january enero",
    "fevrier february febrero",
    "mars march marzo",
    "avril april abril",
    "mai may mayo",
    "juin june junio",
    "juillet july julio",
    "aout august agosto",
    "septembre september septiembre",
    "octobre october octubre",
    "novembre november noviembre",
    "decembre december diciembre",
)
_SPELT_OTHERWISE = """monday tuesday wednesday thursday friday saturday sunday french english spanish
    german italian european american british belgian swiss moroccan tunisian african asian indian
    france england
    spain germany italy europe belgium switzerland morocco tunisia africa asia india united states kingdom"""
_VARYING = frozenset(_SPELT_OTHERWISE.split()).union(*(names.split() for names in _MONTHS))
"""Names that are spelt otherwise or written small in another language."""

_NUMBER_WORDS = {
    word: value
    for value, same in {
        0: "zero cero",
        1: "un une one uno una premier premiere first primero primera",
        2: "deux two dos deuxieme second seconde segundo",
        3: "trois three tres troisieme third tercero tercera",
        4: "quatre four cuatro quatrieme fourth",
        5: "cinq five cinco cinquieme fifth",
        6: "six seis sixieme sixth",
        7: "sept seven siete septieme seventh",
        8: "huit eight ocho huitieme eighth",
        9: "neuf nine nueve neuvieme ninth",
        10: "dix ten diez dixieme tenth",
        11: "onze eleven once",
        12: "douze twelve doce",
        13: "treize thirteen trece",
        14: "quatorze fourteen catorce",
        15: "quinze fifteen quince",
        16: "seize sixteen dieciseis",
        17: "seventeen diecisiete",
        18: "eighteen dieciocho",
        19: "nineteen diecinueve",
        20: "vingt vingts twenty veinte",
        30: "trente thirty treinta",
        40: "quarante forty cuarenta",
        50: "cinquante fifty cincuenta",
        60: "soixante sixty sesenta",
        70: "seventy setenta",
        80: "eighty ochenta",
        90: "ninety noventa",
        100: "cent cents hundred cien ciento",
        1000: "mille thousand mil",
    }.items()
    for word in same.split()
}


@dataclass(frozen=True, slots=True)
class Source:
    """A quote with what is shown beside it; ``date`` in any written form, ``language`` ISO 639-1 if known."""

    quote: str
    title: str = ""
    author: str = ""
    publication: str = ""
    date: str = ""
    language: str | None = None

    def origin(self) -> str:
        """Author, publication and date in one text, the month named in each language known here."""
        month = re.search(r"\d{4}-(\d{2})", self.date)
        named = _MONTHS[int(month[1]) - 1] if month and 1 <= int(month[1]) <= 12 else ""
        return f"{self.author} . {self.publication} . {self.date} . {named}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a sentence and its reasons.

    ``content`` is the share of content words found, 0 to 1; None when it was not compared (another language)
    or the sentence has none.
    """

    supported: bool
    missing_numbers: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()
    content: float | None = None


def judge(
    sentence: str,
    sources: Sequence[Source],
    question: str = "",
    language: str | None = None,
    answer: str = "",
) -> Judgement:
    """Whether the quotes of ``sources`` together support ``sentence``, by the rules above.

    ``language`` is the sentence's, ISO 639-1, None if unknown (then it is taken for that of the quotes).
    ``answer`` is the whole answer: it tells whether the sentence's first word is capitalised elsewhere.
    Without a source, nothing is supported.
    """
    if not sources:
        return Judgement(supported=False)
    cited = " . ".join(f"{source.quote} . {source.origin()}" for source in sources)
    # A title names what a whole article is about: its words would pass for the content of any of its quotes.
    allowed = " . ".join([cited, question, *(source.title for source in sources)])
    compared = [source for source in sources if language is None or source.language in (None, language)]

    known_numbers = numbers(allowed) | _numbers_in_words(allowed)
    missing_numbers = sorted(numbers(sentence) - known_numbers)
    known_words = set(words(allowed))
    names = set(_names(sentence, answer)) - known_words - (frozenset() if compared else _VARYING)
    content = _content_found(sentence, cited, language) if compared else None
    return Judgement(
        supported=not missing_numbers and not names and (content is None or content >= ENOUGH_CONTENT),
        missing_numbers=tuple(missing_numbers),
        missing_names=tuple(sorted(names)),
        content=content,
    )


def _numbers_in_words(text: str) -> set[str]:
    """Return the numbers that ``text`` writes as words: each word's value, and that of every run of them.

    So "quatre-vingt-dix-huit" is 98 as well as 4, 20, 10 and 8: rather one too many than a true figure
    refused.
    """
    found: set[int] = set()
    total = current = 0
    for word in _WORD_OR_BREAK.findall(fold(text) + "."):
        value = _NUMBER_WORDS.get(word)
        if value is None:
            if word not in ("et", "and", "y"):
                found.add(total + current)
                total = current = 0
            continue
        found.add(value)
        if value == 1000:
            total, current = total + max(current, 1) * 1000, 0
        elif value == 100 or (value == 20 and current % 100 == 4):  # "quatre-vingts" multiplies
            current = max(current, 1) * value
        else:
            current += value
    return {str(number) for number in found}


def _names(sentence: str, answer: str) -> list[str]:
    """Return the folded words of ``sentence`` that count as names; never function words and letters."""
    elsewhere = {
        fold(found.group())
        for found in _CAPITALISED.finditer(answer)
        if not _is_opening(answer[: found.start()], ends=".!?…:")
    }
    return [
        word
        for found in _CAPITALISED.finditer(sentence)
        for word in words(found.group())
        if len(word) > 1
        and word not in _STOPS
        # ``sentence`` is one sentence, so that the point of "M. Dupont" ends nothing.
        and (not _is_opening(sentence[: found.start()]) or found.group().isupper() or word in elsewhere)
    ]


def _is_opening(before: str, ends: str = "") -> bool:
    """Whether only quotes, brackets and bullets part the end of ``before`` from a sentence's beginning.

    ``ends`` are the marks that end a sentence; without any, ``before`` is the beginning of a single one.
    """
    bare = before.rstrip(_BETWEEN)
    return not bare or bare[-1] in ends


def _content_found(sentence: str, cited: str, language: str | None) -> float | None:
    """Return the share of the sentence's content words that stand in ``cited``; None if it has none."""
    wanted = [
        forms
        for word, forms in _forms(sentence, language or "fr")
        if word not in _STOPS and len(word) > 1 and not word.isdigit()
    ]
    if not wanted:
        return None
    found = {form for _, forms in _forms(cited, language or "fr") for form in forms}
    return sum(not found.isdisjoint(forms) for forms in wanted) / len(wanted)


def _forms(text: str, language: str) -> list[tuple[str, frozenset[str]]]:
    """Every word of ``text``, folded, with the stems by which it is compared.

    Two stems each: Snowball needs accents ("cédées" → "ced", "cedees" → "cede"), but capitals and careless
    typing drop them, so that the stem of the folded word must count as well.
    """
    stem = _stem(language)
    return [
        (folded, frozenset({fold(stem(token.lower())), stem(folded), folded}))
        for token in _TOKEN.findall(text)
        for folded in words(token)
    ]


@lru_cache(maxsize=8)
def _stem(language: str) -> Callable[[str], str]:
    # Here, so that --help need not load it; it has no types.
    import Stemmer  # type: ignore[import-not-found,unused-ignore]

    stem: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL.get(language, "french")).stemWord
    return stem
