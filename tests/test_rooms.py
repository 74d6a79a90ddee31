"""Imports go one way between the rooms, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "corpus": set(),
    "embeddings": {"corpus"},
    "rag": {"corpus", "embeddings"},
    "evaluation": {"corpus", "embeddings", "rag"},
    "page": {"corpus", "embeddings", "rag"},
}
ROOMS = {*MAY_IMPORT, "app", "benchmarks"}
EXCEPTIONS = {
    ("rag/cli.py", "app"),  # "serve" opens the page
    ("evaluation/__main__.py", "rag"),
}


def imports(file: Path) -> set[str]:
    """The rooms a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found & ROOMS


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_those_before_it(room):
    wrong = [
        f"{file.relative_to(ROOT)} imports {other}"
        for file in (ROOT / room).rglob("*.py")
        for other in imports(file) - MAY_IMPORT[room] - {room}
        if (str(file.relative_to(ROOT)), other) not in EXCEPTIONS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("faiss", "embeddings/vectors.py"),
        ("sqlite3", "rag"),
        ("sentence_transformers", "embeddings"),
        ("pymilvus", "rag/milvus_vectors.py"),
        ("sqlalchemy", "rag"),
        ("ray", "rag/cluster.py"),
    ],
)
def test_a_library_has_one_home(library, home):
    strangers = [
        str(file.relative_to(ROOT))
        for room in MAY_IMPORT
        for file in (ROOT / room).rglob("*.py")
        if not str(file.relative_to(ROOT)).startswith(home)
        and any(
            (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == library for alias in node.names))
            or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
    ]
    assert strangers == []


@pytest.mark.parametrize("module", ["rag.cli", "app", "evaluation.run", "rag.answer"])
def test_nothing_heavy_is_imported_at_first(module):
    heavy = [
        "torch", "transformers", "sentence_transformers", "gradio", "faiss", "openai", "openvino", "lingua",
        "pymilvus", "sqlalchemy", "ray",
    ]  # fmt: skip
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
