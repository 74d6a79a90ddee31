"""Ten questions of somebody new to the trade, asked of the shipped articles: the transcript in docs/newcomer.md.

Run: ``python -m benchmarks.newcomer > docs/newcomer.md``. Uses the local language model. The transcript is as it came;
what is right is for a reader to judge.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import machine
from rag.build import index
from rag.opening import open_assistant, open_encoder, open_store
from rag.result import Answer
from rag.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = (
    "Combien gagne un téléconseiller en France ?",
    "Quel est un bon taux d'abandon ?",
    "Le démarchage téléphonique est-il encore autorisé en France ?",
    "À qui appartient Webhelp ?",
    "Combien d'agents faut-il pour 300 appels par heure ?",
    "C'est quoi, Bloctel ?",
    "Quelle est la différence entre offshore et nearshore ?",
    "Faut-il prévenir le client que son appel est enregistré ?",
    "Who owns Majorel today?",
    "Quel sera le salaire des conseillers en 2030 ?",
)


def written(answer: Answer) -> str:
    """A question, what was answered, and the quotes behind it."""
    lines = [f"## {answer.question}", "", answer.answer, ""]
    for citation in answer.citations:
        about = ", ".join(str(one) for one in (citation.publication, citation.date) if one)
        lines.append(f"> [{citation.n}] {citation.quote}  \n> — {citation.title} ({about})")
        lines.append(">")
    lines = lines[:-1] if answer.citations else lines
    said = ", ".join([f"status {answer.status}", f"P(the articles answer) {answer.answerable:.2f}"])
    return "\n".join([*lines, "", f"*{said}.*", *(f"*{notice}*" for notice in answer.notices), ""])


def main() -> int:
    """Print the transcript as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), index=Path(folder))
        encoder = open_encoder(settings)
        index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
        assistant = open_assistant(settings)
        known = assistant.describe()
        print("# Ten questions of a newcomer\n")
        print("Asked of the shipped articles; as `python -m benchmarks.newcomer` prints it.\n")
        print(f"Model {known['model']}, encoder {known['encoder']}.\n")
        for question in QUESTIONS:
            print(written(assistant.ask(question)), flush=True)
    print("```\n" + machine.describe("openvino", "xllamacpp") + "\n```")
    return 0


if __name__ == "__main__":
    sys.exit(main())
