"""Questions about the articles themselves: who wrote one, when and where, which speak of something, how many.

What is known of an article answers them, beside what its text says; no language model is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rag.cite import Support
from rag.evidence import ScoredSentence
from rag.hits import Hit
from rag.quotes import names
from rag.retrieve import Retrieval
from rag.store import ArticleRow
from rag.words import MONTHS, fold, numbers, stems, words

_ASKS = {
    "author": re.compile(
        r"\bqui (l'|en )?(a |est |sont )?(ecrit|signe|redige|l'auteure?|les auteurs)"
        r"|\bqui (a |est-ce qui a )?(raconte|relate|couvert|commente|rendu compte"
        r"|fait le (compte rendu|recit|reportage))"
        r"|\bpar qui\b.*\b(ecrit|signe|redige)"
        r"|\b(quel est|nom de) l'auteure?\b|\bwho (wrote|authored|signed)\b|\bauthors? of\b|\bwritten by who"
        r"|\bquien(es)? (escribio|escribieron|firma|redacto|es el autor|es la autora)"
    ),
    "date": re.compile(
        r"\b(quand|quelle date|quel jour|quelle annee|de quand)\b.*\b(publi|paru|parait|ecrit|date|mis en ligne)"
        r"|\bdate de (publication|parution)|\b(when|what (date|year))\b.*\b(publish|appear|written|posted)"
        r"|\b(cuando|que (fecha|ano|dia))\b.*\b(publi|aparec|escri)"
    ),
    "publication": re.compile(
        r"\b(dans|par|pour|sur) quel(le)?s? (magazine|revue|journal|publication|media|blog|site)"
        r"|\bquel(le)? (magazine|revue|journal|publication|media|blog|site)\b.*\b(publi|paru|ecrit|comment|racont|relat"
        r"|rendu compte|consacr|parl|evoqu|trait)"
        r"|\b(which|what) (magazine|journal|newspaper|publication|blog|site)\b|\bwhere\b.*\b(published|appear)"
        r"|\ben que (revista|periodico|diario|blog|sitio)|\bque (revista|periodico|blog)\b.*\bpubli"
    ),
}
"""What a folded question asks to know of an article."""

_KIND = re.compile(
    r"\b(article|editorial|edito|billet|reportage|dossier|post|texte|tribune|chronique|enquete|piece|column|articulo)s?\b"
)
_WHICH = re.compile(r"\b(quels?|dans quels|which|what|que|cuales) (articles?|textes?|articulos?|posts?)\b")
_LATEST = re.compile(
    r"\b(plus recente?s?|dernier(e)?s? (article|texte|billet)s?|latest|most recent|newest|mas recientes?)\b"
)
_OLDEST = re.compile(r"\b(plus anciens?|plus vieux|premiers? (article|texte|billet)s?|oldest|earliest|mas antiguos?)\b")
_HOW_MANY = re.compile(
    r"\b(combien (d'|y a-t-il d')?articles|how many articles|cuantos articulos)\b"
    r"|\b(que contien(t|nent)|de quoi parlent|sur quoi portent) (le corpus|la base|(les|tes|vos) articles)\b"
    r"|\bwhat do (the|your) articles (cover|hold|contain)\b|\bde que (hablan|tratan) los articulos\b"
)
_LISTING = re.compile(
    r"(quel(le)?s?|which|what|que|cual(es)?|est|sont|is|are|es|le|la|les|l'|the|el|plus|most|mas|recente?s?|recientes?"
    r"|recent|anciens?|vieux|antiguos?|dernier(e)?s?|latest|oldest|newest|earliest|(l')?(articles?|textes?|posts?|articulos?)"
    r"|parle(nt)?|evoque(nt)?|traite(nt)?|mention(s|nent)?|speaks?|talks?|about|hablan?|tratan?|de|of|sobre|sur|on)"
)
"""Folded words that ask for a list of articles."""

NAMED = 0.6
"""Share of a title's words that a question must hold to mean that article."""
LISTED = 4
"""Articles that a list names."""
LISTED_SHARE = 0.6
"""Least score of a listed article's best sentence, as a share of the best one's."""
LISTED_COVERAGE = 0.5
"""Least share of the topic's words, by idf, around that sentence: an article that speaks of something names it."""

_MONTHS_OF = {
    "fr": MONTHS,
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip


def origin(retrieval: Retrieval) -> list[tuple[str, Support]]:
    """One sentence on who wrote the article that the question means, where and when, if it asks any of this."""
    question = fold(retrieval.search_question)
    asked = [name for name, pattern in _ASKS.items() if pattern.search(question)]
    hit = _meant(retrieval, question) if asked else None
    if hit is None or not any(getattr(hit, name) for name in asked) or not hit.sentences:
        return []
    return [(_signed(hit, retrieval.language), Support(hit, hit.sentences[0], 1.0))]


def topic(question: str) -> str:
    """What a question for a list of articles is about: "Quels articles parlent de Bloctel ?" → "Bloctel"."""
    if not _lists(fold(question)):
        return question
    words = [word for word in re.findall(r"[\w'’-]+", question) if not _LISTING.fullmatch(fold(word))]
    return " ".join(words) or question


def _lists(question: str) -> bool:
    dated = _LATEST.search(question) or _OLDEST.search(question)
    return bool(_WHICH.search(question) or (dated and _KIND.search(question)))


def listed(retrieval: Retrieval, sentences: Sequence[ScoredSentence]) -> list[tuple[str, Support]]:
    """One sentence an article for a question that asks which articles say something, or for the latest or oldest."""
    question = fold(retrieval.question)
    latest, oldest = _LATEST.search(question), _OLDEST.search(question)
    if not sentences or not _lists(question):
        return []
    best: dict[str, ScoredSentence] = {}
    for one in sentences:
        if one.score >= LISTED_SHARE * sentences[0].score and one.coverage >= LISTED_COVERAGE:
            best.setdefault(one.hit.article, one)
    chosen = list(best.values())[:LISTED]
    if latest or oldest:
        dated = [one for one in chosen if one.hit.date]
        chosen = sorted(dated, key=lambda one: one.hit.date or date.min, reverse=bool(latest))[:1]
    return [(_entry(one, retrieval.language), Support(one.hit, one.span, 1.0)) for one in chosen]


def asks_inventory(question: str) -> bool:
    """Whether a question asks how many articles there are or what they are about."""
    return bool(_HOW_MANY.search(fold(question)))


def inventory(language: str, rows: Sequence[ArticleRow]) -> str:
    """What the articles are, in a sentence."""
    days = sorted(row.date for row in rows if row.date)
    publications = len({fold(row.publication) for row in rows if row.publication})
    period = (f"{day(days[0], language)} – {day(days[-1], language)}") if days else ""
    said = {
        "fr": f"Il y a {len(rows)} articles, de {publications} publications",
        "en": f"There are {len(rows)} articles from {publications} publications",
        "es": f"Hay {len(rows)} artículos de {publications} publicaciones",
    }
    return said.get(language, said["fr"]) + (f" ({period})." if period else ".")


def day(value: date, language: str) -> str:
    """A date as it is written: « 6 février 2013 », "6 February 2013", «6 de febrero de 2013»."""
    months = _MONTHS_OF.get(language, MONTHS)
    if language == "es":
        return f"{value.day} de {months[value.month - 1]} de {value.year}"
    number = "1er" if value.day == 1 and language == "fr" else str(value.day)
    return f"{number} {months[value.month - 1]} {value.year}"


def _meant(retrieval: Retrieval, question: str) -> Hit | None:
    """The hit whose title the question names; else the first one, if it speaks of an article at all.

    A title is named by most of its words, or by all names and numbers of the question.
    """
    asked = set(stems(retrieval.search_question, retrieval.language))
    titles = [(set(stems(hit.title, hit.language)), hit) for hit in retrieval.hits]
    named = [(len(told & asked) / len(told), hit) for told, hit in titles if told]
    share, hit = max(named, key=lambda pair: pair[0], default=(0.0, None))
    if share >= NAMED:
        return hit
    capitals = names(retrieval.search_question) | set(numbers(retrieval.search_question))
    entitled = [hit for hit in retrieval.hits if capitals <= {*words(hit.title)}]
    if len(capitals) > 1 and entitled:
        return entitled[0]
    return retrieval.hits[0] if retrieval.hits and _KIND.search(question) else None


_SIGNED = {
    "fr": ("L’article", "est signé {}", "a paru dans {}", "est daté du {}", "et"),
    "en": ("The article", "is by {}", "appeared in {}", "is dated {}", "and"),
    "es": ("El artículo", "es de {}", "apareció en {}", "tiene fecha del {}", "y"),
}


def _signed(hit: Hit, language: str) -> str:
    article, *forms, conjunction = _SIGNED.get(language, _SIGNED["fr"])
    known = (hit.author, hit.publication, day(hit.date, language) if hit.date else None)
    *parts, last = [form.format(value) for form, value in zip(forms, known, strict=True) if value]
    return f"{article} {', '.join(parts)}{f' {conjunction} ' if parts else ''}{last}."


def _entry(one: ScoredSentence, language: str) -> str:
    hit = one.hit
    known = (hit.author, hit.publication, day(hit.date, language) if hit.date else None)
    signed = ", ".join(value for value in known if value)
    return f"« {hit.title} »{f' ({signed})' if signed else ''} : {' '.join(one.text.split())}"
