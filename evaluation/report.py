"""The report: one HTML page, in French, for people who are no engineers.

The page fetches nothing: styles and drawings are in it, there is no script, and a Content-Security-Policy
forbids the rest. Every text that comes from questions, answers, articles or settings is escaped, because
articles are other people's and may hold markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import PurePath
from typing import Any

from evaluation.plots import (
    bars,
    expected_calibration_error,
    histogram,
    number,
    percent,
    reliability,
    reliability_bins,
)

Json = Mapping[str, Any]

_EXPLAINED = {
    "fact_recall": ("Faits retrouvés", "part des faits attendus qui figurent dans les réponses"),
    "answered_of_answerable": (
        "Questions traitées",
        "questions dont la réponse est dans les articles, et répondues",
    ),
    "refused_of_unanswerable": ("Refus justifiés", "questions sans réponse dans les articles, et refusées"),
    "hallucination_rate": (
        "Réponses inventées",
        "questions sans réponse, répondues quand même ; à garder bas",
    ),
    "error_rate": ("Refus à tort", "questions qui ont une réponse, refusées quand même ; à garder bas"),
    "citation_precision": (
        "Citations justes",
        "citations tirées d'un bon article et qui étayent leur phrase",
    ),
    "citation_recall": ("Phrases étayées", "phrases des réponses qu'au moins une citation étaye"),
    "verbatim_quotes": ("Citations exactes", "citations reprises mot pour mot de l'article"),
    "language_match": ("Bonne langue", "réponses et refus écrits dans la langue de la question"),
    "hit@1": ("Bon article en tête", "questions dont le premier article trouvé est un bon"),
    "hit@5": ("Bon article parmi 5", "questions dont un bon article est parmi les cinq premiers"),
    "hit@10": ("Bon article parmi 10", "questions dont un bon article est parmi les dix premiers"),
    "recall@10": ("Articles retrouvés", "part des bons articles présents parmi les dix premiers"),
    "mrr@10": ("Rang du premier bon", "moyenne de 1/rang du premier bon article (MRR)"),
    "ndcg@10": ("Qualité de l'ordre", "les bons articles sont-ils en haut de la liste ? (nDCG)"),
    "evidence_hit@5": (
        "Bon passage parmi 5",
        "questions dont un des cinq premiers passages contient la preuve",
    ),
}
_HEADLINES = (
    "fact_recall",
    "answered_of_answerable",
    "refused_of_unanswerable",
    "citation_recall",
    "citation_precision",
    "verbatim_quotes",
)
_KINDS = {
    "factual": "factuelle",
    "metadata": "auteur, date, titre",
    "paraphrase": "autres mots",
    "cross-lingual": "autre langue",
    "multi": "plusieurs articles",
    "follow-up": "suite de dialogue",
    "unanswerable": "sans réponse",
    "false-premise": "prémisse fausse",
    "off-topic": "hors sujet",
    "attack": "malveillante",
}
_STATUSES = {
    "answered": "répondu",
    "extractive": "répondu par des extraits",
    "corrected": "prémisse corrigée",
    "not_found": "refusé",
}


_STYLE = (
    ":root{color-scheme:light dark;--ink:#1d2433;--quiet:#5a6478;--paper:#fbfbf9;--card:#fff;--line:#dcdfe6;"
    "--rail:#e9ebf0;--bar:#2f6db3;--good:#1d7a46;--bad:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--quiet:#a3abbd;--paper:#14171e;--card:#1c212b;"
    "--line:#333a48;--rail:#2b313d;--bar:#6ea8e6;--good:#6fcf97;--bad:#ff8a80}}"
    "*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem;max-width:62rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.7rem;margin:0}h2{margin:2.2rem 0 .6rem;font-size:1.25rem}"
    "h3{margin:1rem 0 .3rem;font-size:1rem}"
    ".quiet{color:var(--quiet)}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));"
    "gap:.8rem}.card,details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
    "padding:.8rem 1rem}.card b{display:block;font-size:1.8rem;font-variant-numeric:tabular-nums}"
    ".card small{color:var(--quiet)}svg{max-width:100%;height:auto;display:block}"
    "svg text{fill:var(--ink);font-size:13px}.rail{fill:var(--rail)}.bar,.point{fill:var(--bar)}"
    ".line{fill:none;stroke:var(--bar);stroke-width:2}.ideal,.axis{stroke:var(--quiet)}"
    ".ideal{stroke-dasharray:5 4}details{margin:.5rem 0}summary{cursor:pointer}"
    ".good{color:var(--good)}.bad{color:var(--bad)}blockquote{margin:.4rem 0;padding-left:.8rem;"
    "border-left:3px solid var(--line)}table{border-collapse:collapse;width:100%}"
    "td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}"
    "th{white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "body:has(#wrong:checked) details.right{display:none}"
)


def render(outcome: Json) -> str:
    """Return the whole page for an ``eval --json`` object."""
    wrong = sum(bool(faults(question)) for question in outcome["questions"])
    name = PurePath(str(outcome["gold"])).name
    parts = [
        f"<h1>Évaluation de Standardiste</h1><p class=quiet>{escape(name)} · {outcome['n']} questions</p>",
        *(f"<p class=bad>⚠ {escape(notice)}</p>" for notice in outcome["settings"].get("notices", ())),
        _headlines(outcome),
        "<h2>Toutes les mesures</h2>",
        _measures(outcome),
        _kinds(outcome),
        _second_opinion(outcome.get("judge")),
        _calibration(outcome["questions"]),
        _latency(outcome),
        f"<h2>Les questions une à une</h2><p>{wrong} à revoir sur {outcome['n']}. "
        '<label><input type="checkbox" id="wrong"> Ne montrer que celles-là</label></p>',
        *(_question(question) for question in outcome["questions"]),
        "<h2>Réglages de l'essai</h2>",
        _settings(outcome["settings"]),
    ]
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Évaluation de Standardiste – {escape(name)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def faults(question: Json) -> list[str]:
    """Say in French what is wrong with one question's answer; an empty list when nothing is."""
    scores, result = question["scores"], question["result"]
    if result is None:
        return [f"aucune réponse : {question.get('error', 'échec')}"]
    answered = question["answerable"] and not scores["refused"]
    facts = zip(question["facts"], scores["facts_met"], strict=True)
    missing = [alternatives[0] for alternatives, met in facts if answered and not met]
    wrong = {
        "refusée à tort": question["answerable"] and scores["refused"],
        "répondue alors que les articles ne contiennent pas la réponse": not question["answerable"]
        and not scores["refused"],
        "faits manquants : " + ", ".join(missing): missing,
        "aucun bon article parmi les dix premiers": scores["retrieval"] and scores["retrieval"]["hit@10"] == 0,
        "phrase non étayée par ses citations": any(not one["supported"] for one in scores["sentences"]),
        "citation d'un article non attendu": any(not one["relevant"] for one in scores["citations"]),
        "citation inexacte": not all(scores["verbatim"]),
        "mauvaise langue": scores["language_match"] == 0,
    }
    return [fault for fault, is_so in wrong.items() if is_so]


def _headlines(outcome: Json) -> str:
    cards = "".join(
        f"<div class=card>{escape(_EXPLAINED[name][0])}<b>{_said(outcome['answers'][name])}</b>"
        f"<small>{escape(_EXPLAINED[name][1])}</small></div>"
        for name in _HEADLINES
    )
    return f"<h2>L'essentiel</h2><div class=cards>{cards}</div>"


def _measures(outcome: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(_EXPLAINED[name][0])}<td class=n>{_said(value)}"
        f"<td class=quiet>{escape(_EXPLAINED[name][1])} <code>{escape(name)}</code>"
        for group in ("answers", "retrieval")
        for name, value in outcome[group].items()
    )
    return f"<table><tr><th>Mesure<th>Valeur<th>Ce qu'elle dit</tr>{rows}</table>"


def _kinds(outcome: Json) -> str:
    kinds: Mapping[str, Any] = outcome["by_kind"]
    parts = ["<h2>Par type de question</h2>"]
    for name in ("fact_recall", "answered_of_answerable", "refused_of_unanswerable", "citation_recall"):
        values = {f"{_KINDS.get(kind, kind)} ({those['n']})": those["answers"][name] for kind, those in kinds.items()}
        applicable = {kind: value for kind, value in values.items() if value is not None}
        if applicable:
            title = _EXPLAINED[name][0]
            parts.append(f"<h3>{escape(title)}</h3>{bars(applicable, f'{title} par type de question')}")
    return "".join(parts)


def _second_opinion(judge: Json | None) -> str:
    if not judge:
        return ""
    rows = "".join(
        f"<tr><td>{said}<td class=n>{_said(judge[name])}"
        for name, said in (
            ("right", "réponses qu'il juge justes, parmi celles qui ont été données"),
            ("supported", "phrases qu'il juge dites par leurs citations"),
            ("agreement", "phrases sur lesquelles il est d'accord avec les règles"),
        )
    )
    return (
        f"<h2>Un second avis</h2><p>Un modèle de langue ({escape(str(judge['model']))}) a relu les réponses. Il "
        f"se trompe aussi, autrement que les règles ; {judge['unjudged']} de ses avis manquent.</p>"
        f"<table>{rows}</table>"
    )


def _calibration(questions: Sequence[Json]) -> str:
    predictions = [
        (float(question["result"]["answerable"]), bool(question["answerable"]))
        for question in questions
        if question["result"] is not None
    ]
    found = reliability_bins(predictions)
    error = expected_calibration_error(found)
    said = "" if error is None else f" Écart moyen : {percent(error)}."
    return (
        "<h2>Sait-il ce qu'il ne sait pas ?</h2><p>À chaque question, Standardiste annonce la probabilité "
        "que les articles contiennent la réponse. Plus les points sont proches de la diagonale, plus cette "
        f"annonce est fiable ; un gros point réunit plus de questions.{said}</p>"
        f"{reliability(found, 'Diagramme de fiabilité : probabilité annoncée et part réellement répondable')}"
    )


def _latency(outcome: Json) -> str:
    seconds: Json = outcome["seconds"]
    names = {
        "retrieve_p50": "recherche, une sur deux en moins de",
        "retrieve_p95": "recherche, 19 sur 20 en moins de",
        "first_token_p50": "premier mot, une fois sur deux en moins de",
        "total_p50": "réponse entière, une sur deux en moins de",
    }
    rows = "".join(
        f"<tr><td>{said}<td class=n>{'sans objet' if seconds[name] is None else number(seconds[name]) + ' s'}"
        for name, said in names.items()
    )
    totals = [one["result"]["seconds"]["total"] for one in outcome["questions"] if one["result"] is not None]
    drawn = histogram(totals, "Répartition des durées de réponse")
    return f"<h2>Temps de réponse</h2><table>{rows}</table><h3>Durée des réponses entières</h3>{drawn}"


def _question(question: Json) -> str:
    found, result = faults(question), question["result"]
    kind = str(question["kind"])
    mark = "<span class=bad>✗</span>" if found else "<span class=good>✓</span>"
    expected = (
        "; ".join(" ou ".join(f"« {one} »" for one in alternatives) for alternatives in question["facts"])
        or "une réponse"
        if question["answerable"]
        else "un refus : les articles ne contiennent pas la réponse"
    )
    parts = [
        f'<details class="{"faulty" if found else "right"}"><summary>{mark} {escape(question["question"])} '
        f"<small class=quiet>{escape(question['id'])} · {escape(_KINDS.get(kind, kind))}</small></summary>"
    ]
    parts += [f"<p class=bad>✗ {escape(fault)}</p>" for fault in found]
    parts += [
        f"<p class=quiet>{'Question' if turn['role'] == 'user' else 'Réponse'} précédente : "
        f"{escape(turn['content'])}</p>"
        for turn in question["history"]
    ]
    parts.append(f"<p><b>Attendu :</b> {escape(expected)}")
    if question["articles"]:
        parts.append(f" <small class=quiet>({escape(', '.join(question['articles']))})</small>")
    parts.append("</p>")
    if result is not None:
        status = _STATUSES.get(result["status"], result["status"])
        parts.append(f"<p><b>Obtenu ({escape(status)}) :</b> {escape(result['answer'])}</p>")
        parts += [_quote(citation) for citation in result["citations"]]
        parts += [f"<p class=quiet>{escape(notice)}</p>" for notice in result["notices"]]
    return "".join([*parts, "</details>"])


def _quote(citation: Json) -> str:
    about = [citation["title"], citation["author"], citation["publication"], citation["date"]]
    return (
        f"<blockquote>[{escape(str(citation['n']))}] « {escape(citation['quote'])} »<br><small class=quiet>"
        f"{escape(' · '.join(part for part in about if part))} ({escape(citation['article'])})"
        "</small></blockquote>"
    )


def _settings(settings: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(name))}<td>{escape(str(value))}" for name, value in settings.items() if name != "notices"
    )
    return f"<table>{rows}</table>"


def _said(value: float | None) -> str:
    return "sans objet" if value is None else percent(value)
