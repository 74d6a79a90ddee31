"""Every sentence that the page itself says, in French and in English."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

EXAMPLES = (
    "À qui le SECA a-t-il été revendu ?",
    "Qui est Bernard Cathelat ?",
    "Que pense GoodMorning Client de Bloctel ?",
    "What does Stefanie Mogemasson say about prices?",
)
"""Questions to click on, in both languages; the shipped articles answer them."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The page's own words in one language. Fields with ``{…}`` are filled in with ``str.format``."""

    language: str
    tagline: str
    chat_tab: str
    articles_tab: str
    conversation: str
    empty_chat: str
    question: str
    placeholder: str
    send: str
    stop: str
    new: str
    filters: str
    publication: str
    any_publication: str
    since: str
    until: str
    blank: str
    too_long: str
    bad_year: str
    years_reversed: str
    searching: str
    writing: str
    stopped: str
    failed: str
    unavailable: str
    answered: str
    extractive: str
    corrected: str
    not_found: str
    sources: str
    sources_hint: str
    found: str
    nothing_found: str
    cited: str
    consulted: str
    nearest: str
    earlier: str
    see_source: str
    untitled: str
    unknown: str
    no_articles: str
    title: str
    author: str
    date: str
    passages: str
    months: tuple[str, ...]

    def day(self, day: datetime.date) -> str:
        """``day`` as one writes it in running text: "6 février 2013", "1er mai 2013", "6 February 2013"."""
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{number} {self.months[day.month - 1]} {day.year}"


FRENCH = Texts(
    language="fr",
    tagline="Répond aux questions sur les centres d'appels à partir des articles indexés, chaque phrase avec "
    "sa source. Ce n'est pas un expert\u00a0: ce que les articles ne disent pas, il ne le sait pas.",
    chat_tab="Questions",
    articles_tab="Articles",
    conversation="Conversation",
    empty_chat="Posez une question sur les centres d'appels et la relation client.",
    question="Votre question",
    placeholder="Écrivez votre question, puis Entrée",
    send="Envoyer",
    stop="Arrêter",
    new="Nouvelle conversation",
    filters="Filtrer les articles",
    publication="Publication",
    any_publication="Toutes les publications",
    since="Depuis l'année",
    until="Jusqu'à l'année",
    blank="Écrivez d'abord une question.",
    too_long="Votre question compte {length} caractères\u00a0; raccourcissez-la à {limit} au plus.",
    bad_year="Donnez une année en quatre chiffres, par exemple 2013.",
    years_reversed="La première année doit précéder la seconde.",
    searching="Recherche dans les articles…",
    writing="Rédaction en cours, pas encore vérifiée…",
    stopped="Réponse arrêtée.",
    failed="La réponse n'a pas pu être préparée, réessayez\u00a0; si cela dure, voyez le journal du serveur.",
    unavailable="Les articles n'ont pas pu être ouverts\u00a0: {reason}",
    answered="Réponse tirée des articles",
    extractive="Citations seules",
    corrected="La question est à corriger",
    not_found="Les articles ne le disent pas",
    sources="Sources",
    sources_hint="Les passages trouvés dans les articles s'afficheront ici.",
    found="Passages trouvés",
    nothing_found="Aucun passage ne correspond.",
    cited="Sources de la réponse",
    consulted="Tous les passages consultés ({count})",
    nearest="Passages les plus proches",
    earlier="Sources de la question «\u00a0{question}\u00a0»",
    see_source="Voir la source {n}",
    untitled="Sans titre",
    unknown="–",
    no_articles="Aucun article n'est indexé.",
    title="Titre",
    author="Auteur",
    date="Date",
    passages="Passages",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
)  # fmt: skip

ENGLISH = Texts(
    language="en",
    tagline="Answers questions about call centers from the indexed articles, each sentence with its source. "
    "It is no expert: what the articles do not say, it does not know.",
    chat_tab="Questions",
    articles_tab="Articles",
    conversation="Conversation",
    empty_chat="Ask a question about call centers and customer relations.",
    question="Your question",
    placeholder="Write your question, then press Enter",
    send="Send",
    stop="Stop",
    new="New conversation",
    filters="Filter the articles",
    publication="Publication",
    any_publication="All publications",
    since="From year",
    until="To year",
    blank="Write a question first.",
    too_long="Your question has {length} characters; shorten it to {limit} at most.",
    bad_year="Give a year in four digits, for example 2013.",
    years_reversed="The first year must come before the second.",
    searching="Searching the articles…",
    writing="Being written, not yet checked…",
    stopped="Answer stopped.",
    failed="The answer could not be prepared; try again, and if it happens again, look at the server's log.",
    unavailable="The articles could not be opened: {reason}",
    answered="Answer drawn from the articles",
    extractive="Quotes only",
    corrected="The question needs correcting",
    not_found="The articles do not say",
    sources="Sources",
    sources_hint="The passages found in the articles will show here.",
    found="Passages found",
    nothing_found="No passage matches.",
    cited="Sources of the answer",
    consulted="All passages consulted ({count})",
    nearest="Nearest passages",
    earlier="Sources of the question “{question}”",
    see_source="See source {n}",
    untitled="Untitled",
    unknown="–",
    no_articles="No article is indexed.",
    title="Title",
    author="Author",
    date="Date",
    passages="Passages",
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
)  # fmt: skip


def texts_for(language: str, otherwise: Texts = FRENCH) -> Texts:
    """Give the page's words in ``language`` (ISO 639-1), else ``otherwise``."""
    return {"fr": FRENCH, "en": ENGLISH}.get(language, otherwise)
