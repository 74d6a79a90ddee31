"""Invented articles in the furniture of the trade's sites: what must stay, what must go, what must be found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    name: str
    text: str
    title: str
    body: tuple[str, ...]
    """All that stands after the title, in order."""
    facts: dict[str, str | None] = field(default_factory=dict)


FIRST = (
    "Le plateau de Limoges, ouvert au printemps par la mutuelle Armorine, emploie désormais quarante conseillers qui "
    "traitent chaque semaine plus de six mille demandes d'adhérents, au téléphone comme par écrit."
)
SECOND = (
    "« Nous avons choisi de tout garder en interne », explique la directrice du site, pour qui la qualité d'écoute se "
    "perd dès que l'on compte les secondes au lieu de compter les clients satisfaits."
)
THIRD = (
    "Le budget, lui, reste mesuré : 1,5 million d'euros sur trois ans, soit à peine plus que ce que coûtait le "
    "prestataire d'alors, qui n'a pas souhaité répondre à nos questions."
)

SAMPLES = (
    Sample(
        "magazine with menus and share buttons",
        f"""Aller au contenu principal
Menu
Rechercher
Actualités
Dossiers
Management
Outils
Agenda
Se connecter
S'abonner

Accueil > Management > Externalisation

Pourquoi Armorine rapatrie ses appels

Publié par Claire Vasseur le 12 mars 2019 - mis à jour à 10:27
Lecture
4 min
Imprimer
Partager sur Facebook
Partager sur Twitter
Je m'abonne

{FIRST}

{SECOND}

Lire aussi : Cinq idées reçues sur le télétravail des conseillers

Un coût maîtrisé

{THIRD}

Sur le même sujet
Les chatbots entrent dans les mutuelles
Ce que gagne un superviseur

Claire Vasseur

La rédaction vous conseille
Le guide des outils 2019
Retour haut de page
© Relation Pro 2019 - Tous droits réservés
Mentions légales
Contact""",
        "Pourquoi Armorine rapatrie ses appels",
        (FIRST, SECOND, "Un coût maîtrisé", THIRD),
        {"author": "Claire Vasseur", "date": "2019-03-12", "publication": "Relation Pro"},
    ),
    Sample(
        "WordPress blog with comments",
        f"""Le blog : Voix & Clients
Skip to content
Accueil
À propos
Contact

Quarante conseillers et pas un script
Par Marc Le Guen | 6 févr. 2013 | Non classé | 2 commentaires

{FIRST}

[gallery ids="12,13,14"]

{SECOND}

Partager :
Cliquez pour partager sur Twitter(ouvre dans une nouvelle fenêtre)
Cliquez pour partager sur Facebook(ouvre dans une nouvelle fenêtre)
J'aime
J'aime chargement…
Articles similaires

Navigation de l'article
← Article précédent : Le bruit des plateaux
Article suivant : Une semaine en double écoute →

2 réflexions sur « Quarante conseillers et pas un script »

Nadia dit :
7 février 2013 à 9 h 12 min
Merci pour ce billet, nous avons fait le même choix l'an dernier et personne ici ne le regrette, bien au contraire.
Répondre

Paul dit :
8 février 2013 à 18 h 40 min
Très juste.
Répondre

Laisser un commentaire
Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *
Commentaire *
Nom *
E-mail *
Site web
Enregistrer mon nom, mon e-mail et mon site dans le navigateur pour mon prochain commentaire.
Ce site utilise Akismet pour réduire les indésirables. En savoir plus sur la façon dont les données sont traitées.""",
        "Quarante conseillers et pas un script",
        (FIRST, SECOND),
        {"author": "Marc Le Guen", "date": "2013-02-06", "publication": "Voix & Clients"},
    ),
    Sample(
        "newspaper with cookie banner and paywall",
        f"""Nous utilisons des cookies pour mesurer l'audience et vous proposer des offres adaptées.
Tout accepter
Continuer sans accepter
Paramétrer mes choix

À la une
En continu
Newsletters

LA MUTUELLE ARMORINE REPREND SES APPELS A SON PRESTATAIRE

Par Jeanne MOREL
Publié le 3 juin 2021 à 17:05, mis à jour le 4 juin 2021 à 8:00
Temps de lecture : 3 minutes
Ajouter à mes favoris
Commenter
Offrir cet article

{FIRST}

Crédit photo : Studio Valdor

{SECOND}

{THIRD}

Cet article est réservé aux abonnés.
Il vous reste 70% de cet article à lire
Déjà abonné ? Connectez-vous
Profitez d'un accès illimité à partir de 1 € le premier mois.
Tags : mutuelles, externalisation, Limoges
Publicité
Les plus lus
1
Le téléphone n'est pas mort
2
La vente à distance, dix ans après
Inscrivez-vous à notre newsletter quotidienne
Votre adresse e-mail
OK""",
        "La mutuelle Armorine reprend ses appels a son prestataire",
        (FIRST, SECOND, THIRD),
        {"author": "Jeanne Morel", "date": "2021-06-03"},
    ),
    Sample(
        "header on one line and a list of share buttons",
        f"""Actualités | Dossiers | Livres blancs | Annuaire | Contact

6 questions sur le rappel automatique
Rédigé par Sofia Ben Amar, le Mardi 5 Août 2014
Tweet
Facebook
LinkedIn
Google+

{FIRST}

Trois raisons d'y croire :
• le client choisit son heure
• le conseiller connaît le dossier
• personne n'attend

{THIRD}

• Facebook
• Twitter
• Viadeo
• Email
• Imprimer

Suivez-nous sur les réseaux sociaux
Recevez chaque semaine notre lettre d'information
Je m'inscris""",
        "6 questions sur le rappel automatique",
        (
            FIRST,
            "Trois raisons d'y croire :",
            "• le client choisit son heure\n• le conseiller connaît le dossier\n• personne n'attend",
            THIRD,
        ),
        {"author": "Sofia Ben Amar", "date": "2014-08-05"},
    ),
    Sample(
        "news agency text without a name",
        f"""Relation client : Armorine recrute à Limoges
Par La rédaction, le 06/02/2013

{FIRST}

{SECOND}

(avec AFP)""",
        "Relation client : Armorine recrute à Limoges",
        (FIRST, SECOND, "(avec AFP)"),
        {"author": None, "date": "2013-02-06"},
    ),
    Sample(
        "opinion signed at the end",
        f"""Tribune
Et si l'on écoutait les conseillers ?

{FIRST}

Le 14 mars 2011, tout a basculé.

{SECOND}

Henri Castaing, consultant associé chez Valdor Conseil""",
        "Et si l'on écoutait les conseillers ?",
        (
            FIRST,
            "Le 14 mars 2011, tout a basculé.",
            SECOND,
            "Henri Castaing, consultant associé chez Valdor Conseil",
        ),
        {"author": "Henri Castaing", "date": None},
    ),
    Sample(
        "newspaper named on the first line",
        f"""Les Echos
Armorine : un pari à Limoges
Par Jeanne Morel

Publié le 6 févr. 2013 à 01:01
Mis à jour le 7 févr. 2013 à 10:01
{FIRST}

{SECOND}""",
        "Armorine : un pari à Limoges",
        (FIRST, SECOND),
        {"author": "Jeanne Morel", "date": "2013-02-06", "publication": "Les Echos"},
    ),
    Sample(
        "by-line broken over three lines",
        f"""Recherche

Le SVI visuel arrive dans les mutuelles

Publié par
Paul-Henri Vidal
le 12 mars 2015
 - mis à jour à 10:12
Lecture
3 min
  • Imprimer

La mutuelle Armorine lance un serveur vocal visuel. Une première en France.

{FIRST}

Quels résultats attendre ?

{SECOND}

Je m'abonne
à partir de 5 €/mois
S'abonner
au magazine
Se connecter
Retour haut de page""",
        "Le SVI visuel arrive dans les mutuelles",
        (
            "La mutuelle Armorine lance un serveur vocal visuel. Une première en France.",
            FIRST,
            "Quels résultats attendre ?",
            SECOND,
        ),
        {"author": "Paul-Henri Vidal", "date": "2015-03-12"},
    ),
    Sample(
        "technical site with counters and an author box",
        f"""Silicon
Cloud
Sécurité
Livres Blancs

Cloud : Armorine bascule ses appels | Silicon

Ariane Petit, 12 mars 2015, 10:12
0 commentaires
Suivre @silicon_fr
0 0 Donnez votre avis

{FIRST}

Lire aussi :
Les télécoms en 2015
Le cloud en cinq mots

{SECOND}

Crédit photo @ Valdor – Shutterstock

Auteur : Ariane Petit
Lire la biographie de l'auteur
Newsletter
Abonnez-vous à nos newsletters""",
        "Cloud : Armorine bascule ses appels",
        (FIRST, SECOND),
        {"author": "Ariane Petit", "date": "2015-03-12", "publication": "Silicon"},
    ),
    Sample(
        "column below its kicker",
        f"""CHRONIQUE
Relation client : la fin du script ?
Chronique de Henri Castaing
Mis à jour le 05/03/18 11:23

    Facebook
    Twitter

{FIRST}
{SECOND}
Partager sur Facebook
Partager sur Twitter""",
        "Relation client : la fin du script ?",
        (FIRST, SECOND),
        {"author": "Henri Castaing", "date": "2018-03-05"},
    ),
    Sample(
        "page title with the site's name",
        f"""Armorine mise sur Limoges - Fil du Client
Le Fil
https://fil.example/armorine
Armorine mise sur Limoges

12 MARS 2015
{FIRST}

{SECOND}

Par la rédaction du Fil du Client""",
        "Armorine mise sur Limoges",
        (FIRST, SECOND),
        {"author": None, "date": "2015-03-12", "publication": "Fil du Client"},
    ),
    Sample(
        "English article",
        """Home
About us
Login

Why Armorine takes its calls back in house
By Claire Weaver on March 12, 2019 in Outsourcing
5 min read
Share on LinkedIn

The Limoges floor, opened last spring by the insurer Armorine, now employs forty agents who handle more than six
thousand requests every week, by phone and in writing.

Leave a comment
Your email address will not be published.
Related posts
Chatbots for insurers""".replace("six\n", "six "),
        "Why Armorine takes its calls back in house",
        (
            "The Limoges floor, opened last spring by the insurer Armorine, now employs forty agents who handle more "
            "than six thousand requests every week, by phone and in writing.",
        ),
        {"author": "Claire Weaver", "date": "2019-03-12", "language": "en"},
    ),
)
