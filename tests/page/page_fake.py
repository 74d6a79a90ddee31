"""An assistant that answers at once from two articles, small enough to follow by hand.

Run as a script, ``python tests/page/page_fake.py PORT [INDEX]``, it serves the page, in a process of its own.
"""

import json
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from datetime import date
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from stand_ins import WordEncoder

from corpus.article import Article, Span
from rag.build import content_digest, indexed_passages
from rag.hits import Filters, Hit
from rag.notes import feedback_json
from rag.result import Answer, Citation, CitedSentence, Draft, Event, Finished, Found, Seconds
from rag.sqlite import SqliteStore
from rag.store import ArticleRow

NASTY = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'> "
    "[lien](javascript:window.owned=3) ![x](http://example.org/x.png) http://example.org/nu "
    "**gras** `code` $$x$$ ${window.owned = 4} {{constructor}} &amp; [1] <b>fin</b>."
)
TEXT = (
    "Le salon\n\nLa vente du salon\n\n"
    "Le SECA est né en 1997. Il a été revendu à Tarsus, « qui l'a renommé ». Le reste suit.\n\n"
    f"{NASTY} Il y a là de quoi rire."
)
HEADINGS = (Span(0, 8), Span(10, 27))
ARTICLE = Article("salon", "Le salon", TEXT, "A. Martin", "En-Contact", date(2013, 2, 6), "fr", "salon.md", HEADINGS)
OTHER = Article("autre", f"Titre {NASTY}", "Un autre texte.", None, None, None, "fr", "autre.md")
ARTICLES = {article.id: article for article in (ARTICLE, OTHER)}


def hit(article: Article, start: int, end: int, rank: int = 1) -> Hit:
    """The passage ``article.text[start:end]``, of one sentence."""
    return Hit(
        rank=rank,
        article=article.id,
        passage=rank - 1,
        score=1.0 / rank,
        text=article.text[start:end],
        start=start,
        end=end,
        title=article.title,
        author=article.author,
        publication=article.publication,
        date=article.date,
        source=article.source,
        heading="",
        language=article.language,
        sentences=(Span(start, end),),
        dense=0.9,
        sentence=0.9,
        words=1.0,
    )


def citation(article: Article, quote: str, n: int = 1) -> Citation:
    """The quote, found in the article."""
    start = article.text.index(quote)
    origin = (article.title, article.author, article.publication, article.date)
    return Citation(n, article.id, *origin, quote, start, start + len(quote))


FIRST = hit(ARTICLE, TEXT.index("Le SECA"), TEXT.index("\n\n<script>"))
SECOND = hit(ARTICLE, TEXT.index("<script>"), len(TEXT), rank=2)
SENTENCES = (
    CitedSentence("Il a été revendu à Tarsus.", (1,), 0.9),
    CitedSentence(f"On y lit aussi : {NASTY}", (2,), 0.9),
)
QUOTE = "Il a été revendu à Tarsus, « qui l'a renommé »."


def answer(question: str, status: str = "answered") -> Answer:
    """What the fake answers: two sentences with two sources, or a refusal."""
    refused = status == "not_found"
    text = (
        "Les articles ne disent rien à ce sujet."
        if refused
        else f"Il a été revendu à Tarsus [1]. On y lit aussi : {NASTY[:-1]} [2]."
    )
    citations = () if refused else (citation(ARTICLE, QUOTE), citation(ARTICLE, NASTY, 2))
    return Answer(
        question=question,
        search_question=question,
        language="fr",
        status=status,  # type: ignore[arg-type]
        answer=text,
        sentences=SENTENCES if citations else (CitedSentence(text, (), 1.0),),
        citations=citations,
        hits=(FIRST, SECOND),
        answerable=0.1 if refused else 0.9,
        model="fake",
        notices={
            "extractive": ("Aucun modèle n'a été demandé <i>.",),
            "answered": ("1 phrase du modèle a été retirée.",) if "en partie" in question else (),
        }.get(status, ()),
        seconds=Seconds(0.01, 0.02, 0.03),
    )


class FakeAssistant:
    """Answers about two articles in a real store, with an encoder of words.

    Refuses what has "météo" in it, fails on "panne", waits on "attends", else answers.

    ``asked`` keeps what it was asked; ``gate``, once set, lets one answer to "attends" end; ``closed``
    says that a stream was closed before its end.
    """

    def __init__(self, index: Path | None = None) -> None:
        self.asked: list[tuple] = []
        self.gate = threading.Event()
        self.closed = threading.Event()
        self.encoder = WordEncoder()
        if index is None:
            folder = tempfile.TemporaryDirectory(prefix="standardiste-fake-")
            self._kept = weakref.finalize(self, folder.cleanup)
            index = Path(folder.name)
        self.store = SqliteStore(index, self.encoder.name, self.encoder.dimension)
        if self.store.articles():
            return
        with self.store.writing():
            for article in ARTICLES.values():
                passages = indexed_passages(article, self.encoder)
                self.store.put(article, f"/{article.source}", content_digest(article), passages)

    def articles(self) -> list[ArticleRow]:
        return self.store.articles()

    def describe(self) -> dict[str, str]:
        return {"encoder": self.encoder.name}

    def warm(self) -> None:
        pass

    def article(self, article: str) -> Article:
        return self.store.article(article)

    def stream(self, question, history=(), filters: Filters = Filters(), use_model=True) -> Iterator[Event]:  # noqa: B008
        self.asked.append((question, list(history), filters, use_model))
        try:
            yield Found((FIRST, SECOND), question)
            if "panne" in question:
                raise OSError("secret: the disk <burns>")
            yield Draft("Il a été")
            while "attends" in question and not self.gate.wait(0.05):
                yield Draft(f"Il a été revendu {NASTY}")
            self.gate.clear()
            status = "extractive" if "citations" in question else "answered"
            yield Finished(answer(question, "not_found" if "météo" in question else status))
        except GeneratorExit:
            self.closed.set()
            raise


if __name__ == "__main__":
    import app

    def opened() -> FakeAssistant:
        fake = FakeAssistant(Path(sys.argv[2]) if len(sys.argv) > 2 else None)

        # A line on standard input opens the gate; "closed?" waits until a stream was closed, and says so;
        # "feedback?" shows the latest judgement kept, "asked?" each question with the turns before it.
        def obey() -> None:
            for line in sys.stdin:
                if line.strip() == "open":
                    fake.gate.set()
                elif line.strip() == "asked?":
                    sys.stdout.write(f"{json.dumps([(one[0], len(one[1])) for one in fake.asked])}\n")
                    sys.stdout.flush()
                elif line.strip() == "feedback?":
                    sys.stdout.write(f"{json.dumps(feedback_json(fake.store.notes.feedback()[0]))}\n")
                    sys.stdout.flush()
                else:
                    sys.stdout.write(f"{fake.closed.wait(10)}\n")
                    sys.stdout.flush()
                    fake.closed.clear()

        threading.Thread(target=obey, daemon=True).start()
        return fake

    app.serve(opened, "127.0.0.1", int(sys.argv[1]))
