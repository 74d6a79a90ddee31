"""Orders given to the assistant: on its instructions, its part or what it is to say, not on what the articles say."""

from __future__ import annotations

import re

from rag.words import fold

_START = (
    r"(?:^|[.!?:;,»\"\n]\s*|\b(?:et|puis|alors|maintenant|mais|and|then|now|but|please|svp|stp|you must|tu dois|y)\s)"
)
"""Where an imperative may stand: "ignore" in "un conseiller ignore les consignes" orders nobody."""
_ASKED = r"\b(?:peux-tu|peut-on|pouvez-vous|pourrais-tu|pourriez-vous|can you|could you|puedes) (?:me |m'|nous )?"
_OVERRIDE = (
    r"(?:ignor(?:e|es|ez|a|er)|oubli(?:e|es|ez)|olvid(?:a|e)|neglig(?:e|ez)|ecart(?:e|ez)|contourn(?:e|ez)|disregard"
    r"|desactiv(?:e|ez)|(?:passe|passez) outre|(?:fais|faites) abstraction|ne (?:tiens|tenez) (?:pas|plus|aucun) compte"
    r"|ne (?:respecte|suis|respectez|suivez) (?:pas|plus)|forget|override|bypass|disable)"
)
_RULES = (
    r"(?:instructions?|consignes?|directives?|regles|prompts?|message systeme|systeme?|rules|guidelines|guardrails"
    r"|constraints|contraintes|limites|restrictions|filtres?|filters?|garde-fous|sources?|articles?|extraits?|passages?"
    r"|extracts?|documents?|citations?|instrucciones|reglas|articulos"
    r"|tout ce qu\w*|everything|all (?:of the )?(?:previous|prior|above)|todo lo)"
)
_SHOW = (
    r"(?:repet(?:e|ez)|affich(?:e|ez)|montr(?:e|ez)|revel(?:e|ez)|recopi(?:e|ez)|donn(?:e|ez)|ecri(?:s|vez)|imprim(?:e|ez)"
    r"|cit(?:e|ez)|di(?:s|tes)|tradui(?:s|sez)|resum(?:e|ez)|repeat|print|reveal|show|output|display|give|tell|write|copy"
    r"|translate|summari[sz]e|muestra|repite|revela)"
)
_OWN = (
    r"(?:instructions|consignes|directives|regles|configuration|prompt|message systeme|rules|guidelines|instrucciones)"
)
_PART = (
    r"(?:imagin(?:e|ez) qu\w*|suppos(?:e|ez) qu\w*|fai(?:s|tes) (?:comme si|semblant)|(?:joue|jouez) le role"
    r"|agi(?:s|ssez)|comporte-toi|comportez-vous|act as|pretend|roleplay|behave|actua como)"
)
_CLAIM = (
    r"(?:affirm(?:e|ez)|declar(?:e|ez)|certifi(?:e|ez)|soutiens|soutenez|jur(?:e|ez)|garanti(?:s|ssez)"
    r"|state|claim|assert|certify|swear)"
)
_INVENT = r"(?:invent(?:e|ez|a)?|fabriqu(?:e|ez)|forg(?:e|ez)|falsifi(?:e|ez)|fabricate|falsify|make up)"
_WRITE = (
    r"(?:ecri(?:s|vez|re)|redig(?:e|ez|er)|compos(?:e|ez|er)|raconte(?:z|r)?|donn(?:e|ez|er)|write|compose|draft|tell"
    r"|give|escribe)"
)
_WRITINGS = (
    r"(?:poeme|script|mail|e-mail|courriel|lettre|chanson|code|programme|fonction|histoire|conte|dissertation|discours"
    r"|poem|song|story|essay|email|letter|program|function|joke|blague|recette|recipe|haiku|rap|sms|cv)s?"
)
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_START}{_OVERRIDE}(?!-t-)\b[^.?!]{{0,40}}?\b{_RULES}(?!\w)",
        # Its own instructions, asked for or spoken of.
        rf"\b(?:tes|vos|ta|votre|your|tus)(?: \w+){{0,2}} {_OWN}\b",
        rf"{_START}{_SHOW}\b[^.?!]{{0,60}}?\b{_OWN}\b[^.?!]{{0,30}}?\b(?:recue?s?|donnees|given|received|initial\w*)\b",
        r"\b(?:ton|votre|your|tu|the|system) prompt\b|\bsystem message\b|\b(?:prompt|message) systeme\b",
        # Another part to play.
        r"\b(?:tu es|vous etes|you are|eres) (?:desormais|maintenant|dorenavant|now|no longer|ahora|une?|an?)\b",
        rf"{_START}{_PART}(?!\w)",
        r"\b(?:jailbreak|mode (?:developpeur|debogage|dan|admin\w*)|developer mode|debug mode)\b",
        r"^\W*(?:systeme?|admin\w*|developer|developpeur|assistant|root|sudo|override)\s*[:>\]#]",
        r"<\|im_|\[/?inst\]|<</?sys>>",
        # What it is to say, whatever the articles do.
        rf"{_START}(?:repond(?:s|ez)|answer|reply|respond|contesta)(?:-\w+)? (?:uniquement|seulement|simplement|juste"
        r"|toujours|only|just|always|solo|par oui|with|en disant)\b",
        rf"{_START}{_CLAIM}(?:-\w+)?(?:,[^,]{{0,40}},)?(?: par ecrit| me)? (?:que\b|qu'|that\b)",
        rf"{_START}{_INVENT}(?:-\w+)? (?:moi |me |nous )?(?:une?|des?|du|la|les?|an?|some|the|quotes?|una?)\b",
        rf"{_START}(?:donn(?:e|ez)|ecri(?:s|vez)|give|write)(?:-\w+)? (?:\w+ )?(?:fausses?|faux|fake|false|made-up)\b",
        # Something written that no article holds.
        rf"(?:{_START}|{_ASKED})(?:{_WRITE}|{_INVENT})(?:-moi|-nous| me| us)? (?:une?|an?|una) (?:\w+ )?{_WRITINGS}\b",
    )
)


def gives_orders(question: str) -> bool:
    """Whether ``question`` tells the assistant what to be, to forget or to say instead of asking what the articles say.

    A rule for what people commonly try, in French, English and some Spanish; the refusal of what the articles do not
    hold and the check of every sentence come after it.
    """
    folded = fold(question)
    return any(pattern.search(folded) for pattern in _ORDERS)
