"""The trade's acronyms: a question with one is also searched with what it stands for, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rag.words import STOP_WORDS, fold, stems

ACRONYMS: dict[str, tuple[str, ...]] = {
    # the platform
    "acd daa": ("distributeur automatique d'appels", "automatic call distributor"),
    "ccaas": ("centre de contact dans le cloud", "contact center as a service"),
    "crm grc": ("gestion de la relation client", "customer relationship management"),
    "cti": ("couplage téléphonie informatique", "computer telephony integration"),
    "dtmf": ("fréquences vocales",),
    "pabx pbx ipbx": ("autocommutateur privé", "private automatic branch exchange"),
    "saas": ("logiciel hébergé", "software as a service"),
    "sda": ("sélection directe à l'arrivée",),
    "svi ivr": ("serveur vocal interactif", "interactive voice response"),
    "voip": ("téléphonie par internet", "voice over IP"),
    # machines that talk
    "ia ai": ("intelligence artificielle", "artificial intelligence"),
    "llm": ("modèle de langage", "large language model"),
    # measures
    "ces": ("effort client", "customer effort score"),
    "csat": ("satisfaction client", "customer satisfaction score"),
    "dmc": ("durée moyenne de communication",),
    "dmt aht": ("durée moyenne de traitement", "average handle time"),
    "fcr rpc": ("résolution au premier contact", "résolution au premier appel", "first contact resolution"),
    "kpi": ("indicateur de performance", "key performance indicator"),
    "nps": ("recommandation du client", "net promoter score"),
    "qs": ("qualité de service",),
    "sla": ("accord de niveau de service", "service level agreement"),
    # people and work
    "bpo": ("externalisation des services", "business process outsourcing"),
    "cqp": ("certificat de qualification professionnelle",),
    "crcd": ("conseiller relation client à distance",),
    "cx": ("expérience client", "customer experience"),
    "etp fte": ("équivalent temps plein", "full time equivalent"),
    "pse": ("plan de sauvegarde de l'emploi", "plan social"),
    "smic": ("salaire minimum",),
    "wfm": ("gestion des effectifs", "workforce management"),
    # laws, bodies, fairs
    "afrc": ("association française de la relation client",),
    "arcep": ("autorité de régulation des communications électroniques",),
    "cnil": ("commission nationale de l'informatique et des libertés",),
    "cpf": ("compte personnel de formation",),
    "dgccrf": ("répression des fraudes",),
    "fmes": ("fédération marocaine de l'externalisation des services",),
    "inrs": ("institut national de recherche et de sécurité",),
    "lme": ("loi de modernisation de l'économie",),
    "rgpd gdpr": ("règlement général sur la protection des données", "general data protection regulation"),
    "seca": ("salon européen des centres d'appels",),
    "smt": ("syndicat du marketing téléphonique",),
    "sp2c": ("syndicat des professionnels des centres de contacts",),
    "sva": ("services à valeur ajoutée",),
}
"""What acronyms of one meaning (folded) stand for, in French and, where the trade says it so, in English."""

_WORDS = frozenset().union(*STOP_WORDS.values())


def acronym_terms(question: str, language: str) -> tuple[str, ...]:
    """The stems to search for besides those of ``question``: of each acronym in it what it stands for in French (in an
    English question all that it stands for), of each expansion in it the acronyms. Empty when there is neither.

    No more than that, since common words such as "management" would outweigh the acronym.
    """  # noqa: D205
    own = stems(question, language)
    written, present = _acronyms_in(question), set(own)
    found: list[str] = []
    for names, acronyms, phrases in _known(language):
        named = not written.isdisjoint(names)
        if named or any(phrase[0] in present and _holds(own, phrase) for phrase in phrases):
            found += acronyms
        if named:
            found += [stem for phrase in (phrases if language == "en" else phrases[:1]) for stem in phrase]
    return tuple(stem for stem in dict.fromkeys(found) if stem not in own)


@cache
def _known(language: str) -> list[tuple[frozenset[str], list[str], list[list[str]]]]:
    """Of each entry the names, their stems, and the stems of each expansion, none of which is empty."""
    return [
        (
            frozenset(names.split()),
            stems(names, language),
            [phrase for phrase in (_stems_of(expansion, language) for expansion in expansions) if phrase],
        )
        for names, expansions in ACRONYMS.items()
    ]


def _stems_of(expansion: str, language: str) -> list[str]:
    # A loan ("average handle time") is stemmed as its surroundings are: by the rules of the question, else of French.
    return stems(expansion, language if language == "en" else "fr")


def _acronyms_in(question: str) -> set[str]:
    """The folded words of ``question`` that can be acronyms; "CES" only in capitals, since "ces" is a word."""
    shouted = question.isupper()
    return {
        fold(word)
        for word in re.findall(r"[^\W_]+", question)
        if fold(word) not in _WORDS or (word.isupper() and not shouted)
    }


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether ``phrase`` stands in ``words`` in one piece; a single word is too little to tell what is meant."""
    length = len(phrase)
    return length > 1 and any(list(words[i : i + length]) == phrase for i in range(len(words) - length + 1))
