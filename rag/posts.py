"""Who leads or founded what: a post at one firm is none at another that the sentence also names.

« Anne Petit, dirigeante de Voxia, a salué l'entrée dans Rami » holds all words of « Anne Petit dirige Rami ». Posts are
read off the surface; where that tells nothing, nothing is said against a claim.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.words import words

_WHO = r"[A-ZÀ-Ý][\w’'.&-]*(?:[ -](?:d[eu] |von |van |de la )?[A-ZÀ-Ý][\w’'.&-]*)*"
_LEADS = (
    r"dirigeante?|présidente?(?:[ -]directeur général|[ -]directrice générale)?|patronn?e?|pdg|PDG|P-DG|"
    r"direct(?:eur|rice)(?: général(?:e)?)?(?: déléguée?)?|"
    r"chief executive|CEO|chairman|president|head|presidente|directora?"
)
_FOUNDED = r"fondat(?:eur|rice)|cofondat(?:eur|rice)|créat(?:eur|rice)|founder|co-founder|fundadora?"
_OF = r"(?:de la |de l['’]|du |des |de |d['’]|of |del )"
_AT = rf"(?: (?:du conseil[^,;]*?|du groupe|de la société|of the board|of the group))? {_OF}?(?:groupe |société )?"
_FORMS = tuple(
    (part, re.compile(form))
    for part, post, does in (
        ("leads", _LEADS, r"dirige|dirigeait|préside|présidait|leads|led|heads|headed|dirigió"),
        ("founded", _FOUNDED, r"a (?:co)?fondé|fonda|a créé|founded|fundó"),
    )
    for form in (
        rf"(?P<who>{_WHO}),? (?:(?:alors|est|était|ancien(?:ne)?|le|la|the|is|was|es|el) |l['’])*(?:{post}){_AT}"
        rf"(?P<what>{_WHO})",
        rf"(?:{post}){_AT}(?P<what>{_WHO})(?:,| est| était| is| was| es) (?P<who>{_WHO})",
        rf"(?P<who>{_WHO}) (?:{does}) (?:le groupe |la société |the )?(?P<what>{_WHO})",
    )
)


_LEFT = re.compile(r"\b(?:quitt|démissionn|left\b|stepped down|resign|dimiti|abandonó)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;!?])\s+")


class Post(NamedTuple):
    """``who`` has ``part`` ("leads", "founded") in ``what``; both as their folded words."""

    part: str
    who: frozenset[str]
    what: frozenset[str]


@lru_cache(maxsize=1024)
def posts(text: str) -> tuple[Post, ...]:
    """The posts that ``text`` tells of."""
    return tuple(
        Post(part, frozenset(words(found["who"])), frozenset(words(found["what"])))
        for part, form in _FORMS
        for found in form.finditer(text)
    )


def posted_elsewhere(claim: str, quote: str) -> bool:
    """Whether ``claim`` gives somebody a post that the ``quote`` gives him at other firms only, or says he left."""
    told = posts(quote)
    for post in posts(claim):
        if post.part == "leads" and not _LEFT.search(claim) and _leaves(post.who, quote):
            return True
        same = [one for one in told if one.part == post.part and one.who & post.who]
        if same and not any(one.what & post.what for one in same):
            return True
    return False


def _leaves(who: frozenset[str], quote: str) -> bool:
    """Whether a sentence of ``quote`` that names ``who`` tells of leaving."""
    return any(_LEFT.search(one) and who & set(words(one)) for one in _SENTENCE.split(quote))
