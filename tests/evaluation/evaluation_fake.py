"""An assistant that replays what it was given, over two articles short enough to compute by hand."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from corpus.article import Article
from evaluation.gold import GoldQuestion
from rag.hits import Hit

TEXTS = {
    "salon": "Le salon SECA a été vendu à Tarsus en 2005. Il attire 1\u202f500 visiteurs.",
    "davos": "Le forum de Davos réunit les directeurs de la relation client.",
}


def article(name: str) -> Article:
    return Article(
        id=name,
        title=f"Titre {name}",
        text=TEXTS[name],
        author="Jeanne Martin",
        publication="En-Contact",
        date=None,
        language="fr",
        source=f"{name}.md",
    )


def hit(name: str, text: str | None = None, rank: int = 1) -> Hit:
    text = TEXTS[name] if text is None else text
    return Hit(
        rank=rank,
        article=name,
        passage=0,
        score=1.0,
        text=text,
        start=0,
        end=len(text),
        title=f"Titre {name}",
        author=None,
        publication=None,
        date=None,
        source="",
        heading="",
        language="fr",
        sentences=(),
        dense=0.0,
        sentence=0.0,
        words=0.0,
    )


def citation(n: int, name: str, quote: str) -> dict[str, Any]:
    start = TEXTS[name].index(quote)
    return {
        "n": n,
        "article": name,
        "title": f"Titre {name}",
        "author": "Jeanne Martin",
        "publication": "En-Contact",
        "date": None,
        "quote": quote,
        "start": start,
        "end": start + len(quote),
    }


def result(
    answer: str,
    status: str = "answered",
    sentences: list[tuple[str, list[int], float]] | None = None,
    citations: list[dict[str, Any]] | None = None,
    answerable: float = 0.9,
    first_token: float | None = 1.0,
    total: float = 2.0,
) -> dict[str, Any]:
    return {
        "question": "",
        "search_question": "",
        "language": "fr",
        "status": status,
        "answer": answer,
        "sentences": [
            {"text": text, "citations": numbers, "support": support} for text, numbers, support in sentences or []
        ],
        "citations": citations or [],
        "hits": [],
        "answerable": answerable,
        "model": "replay",
        "notices": [],
        "seconds": {"retrieve": 0.01, "first_token": first_token, "total": total},
    }


SOLD = result(
    "Le SECA a été vendu à Tarsus [1].",
    sentences=[("Le SECA a été vendu à Tarsus.", [1], 0.9)],
    citations=[citation(1, "salon", "Le salon SECA a été vendu à Tarsus en 2005.")],
)
REFUSED = result("Les articles ne contiennent pas la réponse.", status="not_found", answerable=0.1, first_token=None)
INVENTED = result(
    "Le SECA compte 900 exposants [1].",
    sentences=[("Le SECA compte 900 exposants.", [1], 0.6)],
    citations=[citation(1, "salon", "Il attire 1\u202f500 visiteurs.")],
    answerable=0.7,
)


@dataclass
class Said:
    """Stands for an ``Answer``."""

    json: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.json


@dataclass
class Replay:
    """Gives out ``answers`` and ``hits`` in order; an exception among the answers is raised."""

    answers: deque[dict[str, Any] | BaseException]
    hits: deque[tuple[Hit, ...]] = field(default_factory=deque)
    asked: list[tuple[str, list[str], bool]] = field(default_factory=list)

    def search(self, question, history=(), filters=None, articles=0):  # noqa: ANN001, ANN201
        assert articles == 10
        return question, self.hits.popleft() if self.hits else ()

    def ask(self, question, history=(), filters=None, use_model=True):  # noqa: ANN001, ANN201
        self.asked.append((question, [turn.content for turn in history], use_model))
        answer = self.answers.popleft()
        if isinstance(answer, BaseException):
            raise answer
        return Said(answer)

    def article(self, name: str) -> Article:
        return article(name)

    def describe(self) -> dict[str, Any]:
        return {"model": "replay", "encoder": "none"}


GOLD = [
    GoldQuestion(
        id="sold",
        question="À qui le SECA a-t-il été vendu ?",
        articles=("salon",),
        evidence=("vendu à Tarsus",),
        facts=(("Tarsus",), ("2005",)),
        history=(("user", "Parle-moi du SECA."),),
    ),
    GoldQuestion(id="size", kind="unanswerable", question="Combien d'exposants ?", answerable=False),
    GoldQuestion(id="moon", kind="off-topic", question="Quel temps fait-il ?", answerable=False),
]


def replay():
    return Replay(deque([SOLD, INVENTED, REFUSED]), deque([(hit("davos"), hit("davos"), hit("salon"))]))
