"""Words that say the opposite of one another: « des plateaux externes » is not « des plateaux internes »."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.words import fold, language_of, stems

_OF_TIME = r"(?:de )?(?:l'annee )?(?:the year )?(?:[a-z]+ )?\d{4}"
_PAIRS = (
    ("intern(?:e|es|al)", "extern(?:e|es|al)"),
    ("entrant(?:e|es|s)?|inbound", "sortant(?:e|es|s)?|outbound"),
    ("gratuit\\w*|free", "payant\\w*|surtax\\w*|paid"),
    ("interdi\\w*|prohib\\w*|defen[ds]\\w*|forbid\\w*|banned", "autoris\\w*|perm(?:et|is|it|ett)\\w*|allow\\w*"),
    ("obligatoires?|mandatory", "facultati\\w*|optionnel\\w*|volontaires?|optional|voluntary"),
    ("hausses?|augment\\w*|croi(?:t|ss)\\w*|progress\\w*|grimp\\w*|increas\\w*|ris(?:e|en|ing)",
     "baiss\\w*|diminu\\w*|recul\\w*|chut\\w*|decreas\\w*|fell|fallen|decline[ds]?"),
    ("maxim\\w+", "minim\\w+"),
    ("superieur\\w*", "inferieur\\w*"),
    ("majorit\\w+", "minorit\\w+"),
    ("public|publique?s?", "privee?s?|private"),
    ("facile\\w*|easy", "difficile\\w*|penible\\w*|hard"),
    ("premiere?s?|first", "derniere?s?|last"),
    ("avant|before", "apres|after"),
    ("hommes?|men", "femmes?|women"),
    ("embauch\\w*|recrut\\w*|hire[ds]?", "licenci\\w*|dismiss\\w*"),
    ("connue?s?|known", "inconnue?s?|ignor\\w*|unknown"),
    ("positi\\w+", "negati\\w+"),
    ("elevee?s?|high", "faibles?|low"),
    ("grande?s?", "petite?s?"),
    ("opt-in", "opt-out"),
    ("quitt\\w*|left", "rest(?:e|ent|ait|aient)|stay\\w*"),
    ("ouvert\\w*|ouvr\\w*", "ferm(?:e|er|ee|es|ees|ent|ait|aient|eture|etures)"),
    ("plus|more", "moins|less|fewer"),
    ("acceptee?s?|accepte|approuv\\w*|accepted|approved", "refus\\w*|rejet\\w*|refused|rejected"),
    ("simples?|simple", "complexes?|complex"),
    ("succes|reussi\\w*|success", "echec\\w*|echou\\w*|failure|failed"),
    ("avantag\\w*|advantage\\w*", "inconvenients?|desavantag\\w*|drawback\\w*"),
    ("rapide\\w*|fast|quick\\w*", "lente?s?|lentement|slow\\w*"),
    ("long(?:ue|s|ues)?", "court(?:e|s|es)?|breve?s?|short"),
    ("compris\\w*|inclu\\w*|includ\\w*", "exclu\\w*|exclud\\w*"),
    ("legal\\w*|legaux|licite\\w*|lawful", "illegal\\w*|illicite\\w*|unlawful"),
    (rf"debut {_OF_TIME}|(?:early|beginning of) {_OF_TIME}", rf"fin {_OF_TIME}|(?:late|end of) {_OF_TIME}"),
    ("gagn\\w*|won|gain\\w*", "perd\\w*|pert\\w*|lost|loss\\w*"),
    ("cree\\w*|creation\\w*|created?", "supprim\\w*|suppression\\w*"),
    ("meilleur\\w*|mieux|best|better", "pire\\w*|worst|worse"),
    ("satisfait\\w*|satisfied", "mecontent\\w*|insatisf\\w*|dissatisfied|unhappy"),
    ("off-?shore", "on-?shore|near-?shore"),
    ("utiles?", "inutiles?"),
    ("egale?s?|egaux|equal", "inegale?s?|inegaux|unequal"),
    ("suffi\\w*|sufficient", "insuffi\\w*|insufficient"),
    ("commune?s?|identique\\w*|meme?s?|same", "differente?s?|distincte?s?|different"),
    ("presente?s?", "absente?s?"),
    ("nord", "sud"),
    ("matin\\w*|morning", "soir\\w*|evening"),
    ("confian(?:ce|te?s?)", "mefi\\w*|prudenc\\w*"),
)  # fmt: skip
_OPPOSED = tuple(
    (re.compile(rf"(?<![\w-])(?:{one})(?![\w-])"), re.compile(rf"(?<![\w-])(?:{other})(?![\w-])"))
    for one, other in _PAIRS
)
_DENIED = re.compile(
    r"\b(?:faute de|manqu\w+|absence|n'|ne|pas|ni|sans|jamais|aucune?|loin|lack\w*|no|not|never|none|without|falta|sin)"
    r"(?!\w)"
)
"""What turns a word round, or may."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def opposed(claim: str, quote: str) -> bool:
    """Whether ``claim`` has a word where the sentence of ``quote`` that shares most with it has only its opposite.

    What is denied there is no opposite: « faute de reclassements suffisants » is « des reclassements insuffisants ».
    """
    language = language_of(quote)
    said, own = fold(claim), frozenset(stems(claim, language))
    told = fold(max(_SENTENCE.split(quote), key=lambda one: len(own & _stemmed(one, language))))
    if bool(_DENIED.search(said)) != bool(_DENIED.search(told)):
        return False
    return any(
        bool(one.search(said)) != bool(other.search(said))
        and bool(one.search(told)) != bool(other.search(told))
        and bool(one.search(said)) != bool(one.search(told))
        for one, other in _OPPOSED
    )


@lru_cache(maxsize=2048)
def _stemmed(text: str, language: str) -> frozenset[str]:
    return frozenset(stems(text, language))
