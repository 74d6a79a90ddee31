"""The shipped articles, the real encoder and the real language model, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.settings import load_settings

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    from rag.build import index
    from rag.opening import open_assistant, open_encoder, open_store

    settings = load_settings(tmp_path_factory.mktemp("index"), {})
    encoder = open_encoder(settings)
    index(open_store(settings, encoder), encoder, [ROOT / "corpus" / "articles"])
    return open_assistant(settings)


@pytest.mark.parametrize("use_model", [True, False], ids=["local model", "extractive"])
def test_the_question_of_the_readme_is_answered_with_its_source(assistant, use_model):
    answer = assistant.ask("À qui le SECA a-t-il été revendu ?", use_model=use_model)
    assert answer.status == ("answered" if use_model else "extractive")
    assert "Tarsus" in answer.answer
    assert any("Tarsus" in citation.quote for citation in answer.citations)
    for citation in answer.citations:
        assert citation.quote == assistant.article(citation.article).text[citation.start : citation.end]


def test_english_is_answered_in_english(assistant):
    answer = assistant.ask("Which company was the SECA show sold to?")
    assert answer.language == "en"
    assert "Tarsus" in answer.answer


@pytest.mark.parametrize(
    "question", ["Quelle est la recette de la ratatouille ?", "Who won the football World Cup in 1998?"]
)
def test_what_the_articles_do_not_hold_is_refused(assistant, question):
    answer = assistant.ask(question)
    assert answer.status == "not_found"
    assert answer.citations == ()


def test_asking_imports_no_torch(tmp_path):
    code = (
        "import sys; from rag.cli import main; "
        f"main(['--index', {str(tmp_path)!r}, 'index', {str(ROOT / 'corpus' / 'articles')!r}]); "
        f"main(['--index', {str(tmp_path)!r}, 'ask', '--no-llm', '--json', 'À qui le SECA a-t-il été revendu ?']); "
        "heavy = [n for n in ('torch', 'transformers', 'sentence_transformers', 'gradio') if n in sys.modules]; "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "extractive"
