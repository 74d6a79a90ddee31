"""Nothing that is read can become code, and nothing that is secret is in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("corpus", "embeddings", "rag", "evaluation", "page", "benchmarks")
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "compile": "makes code of text",
    "__import__": "imports what a text names",
    "torch.load": "unpickles",
    "yaml.load": "makes objects that a file names",
    "yaml.full_load": "makes objects that a file names",
    "yaml.unsafe_load": "makes objects that a file names",
    "os.system": "runs a shell",
    "os.popen": "runs a shell",
    "tempfile.mktemp": "leaves a gap between name and file",
}
OPTIONS = {
    "allow_pickle": "unpickles",
    "shell": "runs a shell",
    "trust_remote_code": "runs code that comes with weights",
}
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bsk-[A-Za-z0-9]{32,}\b"
    r"|\bxox[baprs]-[A-Za-z0-9-]{20,}|\bAIza[0-9A-Za-z_-]{35}\b|\bhf_[A-Za-z0-9]{34}\b"
)


def dangers(source: str) -> list[str]:
    """What a module does that could turn data into code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            found += [name for name in [ast.unparse(node.func)] if name in CALLS]
            found += [
                str(option.arg)
                for option in node.keywords
                if option.arg in OPTIONS and not (isinstance(option.value, ast.Constant) and not option.value.value)
            ]
    return found


def modules() -> list[Path]:
    return [ROOT / "app.py", *(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))]


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_turns_data_into_code(file):
    assert dangers(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval(text)",
        "torch.load(path)",
        "numpy.load(path, allow_pickle=True)",
        "numpy.load(path, allow_pickle=choice)",
        "subprocess.run(line, shell=True)",
        "yaml.load(text, Loader=yaml.Loader)",
    ],
)
def test_the_check_sees_each_danger(source):
    assert len(dangers(source)) == 1


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.skip("this copy is no git repository")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name]


def test_no_secret_is_in_the_repository():
    found = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if file.is_file() and SECRETS.search(file.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


def test_no_file_of_the_repository_is_a_pickle():
    suffixes = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".ckpt", ".npy"}
    assert [file.name for file in tracked() if file.suffix in suffixes] == []
