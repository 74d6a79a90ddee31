"""A language model as a second judge of answers, beside the rules: right or not, and whether quotes say it.

Rules see words; a model sees meaning, and errs in its own way (Zheng et al., *Judging LLM-as-a-Judge*, NeurIPS 2023).
So its verdicts stand beside the figures of the rules and never in them, with how often the two agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluation.gold import GoldQuestion
from evaluation.metrics import mean

if TYPE_CHECKING:
    from rag.model import LanguageModel

VERDICT_TOKENS = 8
"""A verdict is one word; some models put a sign or a blank before it."""

_RIGHT = (
    "You grade answers. Below are a question, what a right answer must say (of words parted by / any one will do, in "
    "any language and form), and an answer. Does the answer say all of it, without saying the opposite? "
    "Reply with one word: yes or no.\n\nQuestion: {question}\nMust say: {facts}\nAnswer: {answer}"
)
_SUPPORTED = (
    "You check quotations. Below are quotations from articles and a sentence. Do the quotations, whatever their "
    "language, say everything that the sentence says: who does what, numbers, dates, denials, reasons? What the "
    "question states may be taken from it. Reply with one word: yes or no.\n\n"
    "Question: {question}\n{quotes}\nSentence: {sentence}"
)
_MARK = re.compile(r"\s*\[\d+\]")


class Judge:
    """Asks ``model`` for verdicts; one that fails to give one is None."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def verdicts(self, gold: GoldQuestion, result: Mapping[str, Any] | None, refused: bool) -> dict[str, Any]:
        """``right``: whether the answer says what gold expects, None where nothing was answered or expected;
        ``supported``: of each of the answer's sentences whether its quotes say it, None where it cites none.
        """  # noqa: D205
        if result is None or refused:
            return {"right": None, "supported": []}
        right = None
        if gold.answerable and gold.facts:
            facts = "; ".join(" / ".join(alternatives) for alternatives in gold.facts)
            answer = _MARK.sub("", str(result["answer"]))
            right = self._verdict(_RIGHT.format(question=gold.question, facts=facts, answer=answer))
        quotes = {citation["n"]: citation for citation in result["citations"]}
        supported = [self._supported(gold.question, sentence, quotes) for sentence in result["sentences"]]
        return {"right": right, "supported": supported}

    def _supported(
        self, question: str, sentence: Mapping[str, Any], quotes: Mapping[int, Mapping[str, Any]]
    ) -> bool | None:
        cited = [quotes[number] for number in sentence["citations"] if number in quotes]
        if not cited:
            return None
        shown = "\n".join(
            f"Quotation ({', '.join(str(one[name]) for name in ('title', 'author', 'date') if one.get(name))}): "
            f"{one['quote']}"
            for one in cited
        )
        return self._verdict(_SUPPORTED.format(question=question, quotes=shown, sentence=sentence["text"]))

    def _verdict(self, text: str) -> bool | None:
        from rag.model import ModelUnavailable

        try:
            reply = "".join(self._model.stream([{"role": "user", "content": text}], VERDICT_TOKENS))
        except ModelUnavailable:
            return None
        word = re.search(r"\b(yes|oui|no|non)\b", reply.lower())
        return word[1] in ("yes", "oui") if word else None


def summarise(entries: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """What the judge says of all ``entries``, whose ``scores`` hold ``judge``.

    ``right`` is over answered questions, ``supported`` over sentences with quotes, ``agreement`` the share of those
    sentences on which the rules say the same; ``unjudged`` counts verdicts that did not come.
    """
    asked = [entry for entry in entries if entry["scores"].get("judge") and entry["result"] is not None]
    judged = [entry["scores"] for entry in asked]
    pairs = [
        (verdict, bool(ruled["supported"]))
        for entry, one in zip(asked, judged, strict=True)
        for verdict, ruled, sentence in zip(
            one["judge"]["supported"], one["sentences"], entry["result"]["sentences"], strict=False
        )
        if sentence["citations"]
    ]
    told = [(verdict, ruled) for verdict, ruled in pairs if verdict is not None]
    expected = [one["judge"]["right"] for one in judged if not one["refused"] and one["facts_met"]]
    return {
        "model": name,
        "right": mean(right for right in expected if right is not None),
        "supported": mean(verdict for verdict, _ in told),
        "agreement": mean(verdict == ruled for verdict, ruled in told),
        "unjudged": sum(right is None for right in expected) + len(pairs) - len(told),
    }
