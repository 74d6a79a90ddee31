"""What a question takes for granted, as a sentence: "Pourquoi A a-t-il racheté B ?" says that « A a racheté B »."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"^\W*(?:(?:et|mais|alors) )?(?:pourquoi|comment|quand|depuis quand|(?:en|depuis) quelle ann[ée]e|[àa] quelle date"
    r"|[àa] quel(?:le)? (?:prix|montant)|dans quel(?:le)?s? \w+|por qu[ée]|c[óo]mo|cu[áa]ndo)"
    r"(?: est-ce qu(?:e|(?=['’])))?\b[,'’ ]*",
    re.IGNORECASE,
)
_ASKS_IN_ENGLISH = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:why|how|when|in (?:what|which) year) (?:did|does|do|has|have|had|was|were|is|are) ",
    re.IGNORECASE,
)
_INVERTED = re.compile(r"(\w+)-(?:t-)?(?:ils?|elles?|on)\b", re.IGNORECASE)


def declarative(question: str) -> str | None:
    """The sentence that ``question`` takes for granted, in its words; None where it asks in another way.

    Known are questions for a reason, a way, a time and a price, in French, English and Spanish; the English verb stays
    in its base form.
    """
    asked = question.strip().rstrip(" ?!\u00a0\u202f")
    asks = _ASKS_IN_ENGLISH.match(asked) or _ASKS.match(asked)
    told = _INVERTED.sub(r"\1", asked[asks.end() :], count=1) if asks else ""
    return f"{told[0].upper()}{told[1:]}." if told else None
