"""Sentences of an answer ↔ verbatim quotes of the articles, found by code, never by the model.

A sentence is supported by a span when (1) every number and every proper name of the sentence stands in the span, in
what is known of its article (title, author, publication, date) or in the question, (2) both or neither deny, and who
does what to whom is not turned round (``rag.roles``), and (3) their words and meanings agree. What no span supports is
left out of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.article import Span
from corpus.sentences import sentence_spans
from embeddings.encoder import Encoder, Vectors
from rag.bounds import turned_bound
from rag.counts import counted_otherwise
from rag.exclusions import lets_in, refuses_alone, says_set_aside
from rag.hits import Hit
from rag.measures import measured_otherwise
from rag.opposites import opposed
from rag.posts import posted_elsewhere
from rag.quotes import Quote, SentenceVectors, denies, names, quotes_of
from rag.rates import rated_otherwise
from rag.reasons import casts, invents_reason, keeps_up, spells_otherwise, was_once
from rag.roles import tells_deal, turned
from rag.subjects import told_of_another
from rag.supposed import only_supposed
from rag.words import figures, fold, language_of, months, stems, words

SUPPORTED = 0.5
"""Least support with which a sentence is shown."""

ABOUT_SHARE = 0.5
"""What a word that stands only in the title, author, publication or date counts."""

REPEATED = 0.8
"""Least share of its words that a quote must hold for a sentence that only affirms what was asked."""

CONTRADICTED = 0.65
"""Least agreement with which a quote that fails the number or negation gate contradicts a sentence."""

_MARK = re.compile(r"\s*\[\s*(?:\d+(?:\s*[,;]\s*\d+)*|\d+\s*[-–]\s*\d+)\s*\]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_THERE = re.compile(r"(?<!\bil )(?<!\bil n')\by\b|(?<=\S) there\b")
"""A place that stands in another sentence."""
_IS_A = re.compile(r"\b(?:est|sont|etait|etaient|fut|is|are|was|were) (?:une?|des|an?) ([\w-]{3,})")
"""What something is said to be: « Bloctel est une entreprise »."""

_GATES = (
    lets_in, refuses_alone, turned_bound, spells_otherwise, posted_elsewhere, rated_otherwise, only_supposed,
    counted_otherwise, measured_otherwise, opposed,
)  # fmt: skip
"""Each tells whether a quote says otherwise what a claim says."""


@dataclass(frozen=True, slots=True)
class Support:
    """The best quote for a sentence: a span of ``hit.article``'s text, with its support in 0..1."""

    hit: Hit
    span: Span
    score: float
    shared: float = 1.0
    """Share of the sentence's words, those of the question among them, that the quote holds."""

    @property
    def quote(self) -> str:
        """The span's text."""
        return self.hit.text[self.span.start - self.hit.start : self.span.end - self.hit.start]


def without_marks(text: str) -> str:
    """``text`` without the [n] marks that a model wrote; ours are put in afterwards."""
    return _MARK.sub("", text)


def answer_sentences(text: str, language: str) -> list[str]:
    """The sentences of a model's answer, without marks, bullets and markup; the first begins with a capital."""
    plain = re.sub(r"(?m)^\s*(?:[-*•]|\d+[.)])\s+|[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", without_marks(text))
    found = []
    for line in plain.splitlines():
        stripped = line.strip()
        found += [stripped[span.start : span.end].strip() for span in sentence_spans(stripped, language)]
    sentences = [sentence for sentence in found if re.search(r"\w", sentence)]
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences[:1]] + sentences[1:]


class Citer:
    """Finds the quotes for the sentences of one answer among the hits of its question."""

    def __init__(
        self, hits: Sequence[Hit], sentence_vectors: SentenceVectors, encoder: Encoder, question: str = ""
    ) -> None:
        """Make ready to cite ``hits``; what ``question`` names need not be named again by a quote."""
        self._encoder = encoder
        self._question_names = frozenset(names(question))
        self._question_words = frozenset(words(question))
        self._question_numbers = figures(question, language_of(question))
        self._question_stems = frozenset(stems(question, language_of(question)))
        self._quotes = quotes_of(hits, sentence_vectors)

    def support(self, sentences: Sequence[str]) -> list[Support | None]:
        """The best quote of each sentence; None where no span passes the gates."""
        if not self._quotes or not sentences:
            return [None] * len(sentences)
        cosines = self._encoder.encode_passages(sentences) @ np.stack([quote.vector for quote in self._quotes]).T
        return [self._best(sentence, row) for sentence, row in zip(sentences, cosines, strict=True)]

    def _best(self, sentence: str, cosines: Vectors) -> Support | None:
        best: Support | None = None
        claim = _Claim.of(sentence, self._question_stems, self._question_names)
        for quote, cosine in zip(self._quotes, cosines.tolist(), strict=True):
            if not self._passes(claim, quote):
                continue
            score = agreement(claim, quote, cosine)
            # The shortest quote that supports: two sentences must earn their place over one.
            if best is None or score > best.score + 0.05 or (
                score >= best.score - 0.02 and quote.span.end - quote.span.start < best.span.end - best.span.start
            ):  # fmt: skip
                best = Support(quote.hit, quote.span, score, _shared(claim, quote))
        return best and replace(best, score=min(best.score, 1.0))

    def invents(self, sentence: str) -> bool:
        """Whether no passage holds the sentence's numbers and names together."""
        claim = _Claim.of(sentence, frozenset(), self._question_names)
        return not any(self._holds(claim, quote) for quote in self._quotes)

    def says_nothing(self, sentence: str) -> bool:
        """Whether a sentence of an answer only repeats the words of the question."""
        return _Claim.of(sentence, self._question_stems).repeats

    def contradiction(self, sentence: str) -> Support | None:
        """The quote that says what ``sentence`` says but for numbers, denial, opposites or roles; None without one.

        Such a quote must share most of the sentence's words and all of its names: a neighbouring fact is no
        contradiction.
        """
        if not self._quotes:
            return None
        cosines = self._encoder.encode_passages([sentence])[0] @ np.stack([q.vector for q in self._quotes]).T
        claim = _Claim.of(sentence, frozenset())
        claim = replace(claim, stems=frozenset(stem for stem in claim.stems if not stem.isdigit()))
        best: Support | None = None
        for quote, cosine in zip(self._quotes, cosines.tolist(), strict=True):
            same_names = not (claim.names - quote.known)
            other_numbers = bool(claim.numbers - quote.numbers) and bool(quote.figures - claim.numbers)
            differs = claim.denies != quote.denies(claim.all_stems) or other_numbers or turned(sentence, quote.text)
            differs = differs or measured_otherwise(sentence, quote.text) or opposed(sentence, quote.text)
            if not same_names or not differs:
                continue
            score = agreement(claim, quote, cosine)
            if score >= CONTRADICTED and (best is None or score > best.score):
                best = Support(quote.hit, quote.span, score)
        return best

    def _passes(self, claim: _Claim, quote: Quote) -> bool:
        """The gates: numbers, names, negation, what is kept out or refused, reasons, and who does what to whom when."""
        if claim.denies != quote.denies(claim.all_stems) or turned(claim.text, quote.text):
            return False
        if any(gate(claim.text, quote.text) for gate in _GATES):
            return False
        if claim.language == quote.hit.language and self._makes_up(claim, quote):
            return False
        if self._borrows(claim, quote) or self._elsewhere(claim, quote):
            return False
        # A deal's year is that of a quote which tells of one, not of a turnover in between.
        years = {one for one in claim.numbers - self._question_numbers if _YEAR.fullmatch(one)}
        if years and tells_deal(claim.text) and not tells_deal(quote.text):
            return False
        # A name that only the article's title has stands for "il" or "la liste", unless the quote names another there.
        elsewhere = claim.names - quote.own - self._question_names
        return self._holds(claim, quote) and not (elsewhere and quote.names - claim.names)

    def _makes_up(self, claim: _Claim, quote: Quote) -> bool:
        """Whether a claim in the quote's language says of a name what the quote does not."""
        if invents_reason(claim.text, quote.text, quote.around_stems) or keeps_up(claim.text, quote.text):
            return True
        if says_set_aside(claim.text, quote.text) or was_once(claim.text, quote.text):
            return True
        # Asked for somebody's wife, a model says so of whoever stands beside him.
        if not claim.part <= quote.around_stems:
            return True
        # Of the same number: that firms send their files to a list does not make the list a firm.
        return not (
            claim.is_a <= quote.stems | quote.about and claim.is_what <= {*words(quote.text), *words(quote.hit.title)}
        )

    def _elsewhere(self, claim: _Claim, quote: Quote) -> bool:
        """Whether « Elle s'y est installée » of a claim may mean another place than the question names."""
        return bool(_THERE.search(fold(claim.text))) and not self._question_names - claim.names <= quote.known

    def _borrows(self, claim: _Claim, quote: Quote) -> bool:
        """Whether the claim says of one name, or one event, the figures that the quote tells of another.

        They stand in another of its sentences then, which names what the claim does not, and leaves out a name of the
        claim's or all that the claim says of its names ("vendu en 2022": "la fusion avec Sitel a échoué en 2022").
        """
        counted = claim.numbers - self._question_numbers
        of = (claim.names, counted)
        if any(told_of_another(*of, one.text, quote.hit.language, quote.names) for one in quote.told):
            return True
        telling = [one for one in quote.told if counted <= one.numbers] if counted else []
        if not telling or len(quote.told) < 2 or not all(one.names - claim.names for one in telling):
            return False
        named = claim.names - self._question_names
        if named and all(named - one.words - quote.article for one in telling):
            return True
        said = claim.deeds if claim.language == quote.hit.language else frozenset[str]()
        return bool(said) and not any(said & stemmed for one in telling for stemmed, _ in one.parts)

    def _holds(self, claim: _Claim, quote: Quote) -> bool:
        """Whether the quote holds the numbers and names of the claim.

        What the question names already may stand elsewhere in the quote's passage, but stand there it must: a false
        premise ("pourquoi Orange a-t-il …") is otherwise supported by its own words. So may a month, where the quote
        itself has none: a report tells the date once.
        """
        numbers_left = claim.numbers - quote.numbers
        told_before = months(claim.numbers) if not months(quote.figures) else frozenset[str]()
        names_left = claim.names - quote.known
        return (
            numbers_left <= (self._question_numbers | told_before) & quote.around
            and names_left <= self._question_words & quote.around
        )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence of an answer as the gates see it."""

    text: str
    stems: frozenset[str]
    all_stems: frozenset[str]
    language: str
    names: frozenset[str]
    numbers: frozenset[str]
    denies: bool
    deeds: frozenset[str]
    """Its stems without names and numbers: what it says of them."""
    is_a: frozenset[str]
    """Stems of what it says that something is."""
    is_what: frozenset[str]
    """The same in their own words, folded."""
    part: frozenset[str]
    """The stem of the part that it says somebody plays."""
    repeats: bool
    """Whether it says nothing that the question does not say."""

    @staticmethod
    def of(sentence: str, question_stems: frozenset[str], question_names: frozenset[str] = frozenset()) -> _Claim:
        """The claim of one sentence; its first word is a name where the question has it as one."""
        language = language_of(sentence)
        named = names(sentence) | (set(words(sentence)[:1]) & question_names)
        own = frozenset(stems(sentence, language))
        is_what = frozenset(match[1] for match in _IS_A.finditer(fold(sentence)))
        is_a = frozenset(stem for what in is_what for stem in stems(what, language))
        # Words of the question say nothing new; a sentence made of nothing else is compared whole.
        said = own - question_stems or own
        counted, denied, repeats = figures(sentence, language), denies(sentence), own <= question_stems
        cast = casts(sentence)
        part = frozenset(stems(cast[0], language)) if cast else frozenset[str]()
        deeds = frozenset(stem for stem in own if not stem.isdigit()) - frozenset(stems(" ".join(named), language))
        return _Claim(
            sentence, said, own, language, frozenset(named), counted, denied, deeds, is_a, is_what, part, repeats
        )  # fmt: skip


def _shared(claim: _Claim, quote: Quote) -> float:
    return len(claim.all_stems & quote.stems) / len(claim.all_stems) if claim.all_stems else 0.0


def agreement(claim: _Claim, quote: Quote, cosine: float) -> float:
    """Support, 0 to 1.1, of a claim that passed the gates: shared stems, and meaning where words differ.

    Cosines of e5 lie between 0.80 (unrelated) and 0.95 (the same said otherwise); they are stretched to 0..1. Across
    languages words cannot be compared, so that meaning decides alone, with names and numbers already required.
    """
    meaning = min(max((cosine - 0.80) / 0.13, 0.0), 1.0)
    if claim.language != quote.hit.language:
        return meaning
    # What the title alone says counts half, and nothing for a claim that says nothing beyond the question.
    beyond = 0.0 if claim.repeats else ABOUT_SHARE
    told = len(claim.stems & quote.stems) + beyond * len(claim.stems & (quote.about - quote.stems))
    shared = told / len(claim.stems) if claim.stems else 0.0
    if claim.repeats and shared < REPEATED:
        return 0.0
    return 0.6 * shared + 0.4 * meaning + 0.1 * (shared > 0.8)
