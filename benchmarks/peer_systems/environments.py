"""Which systems are compared, and a virtual environment for each of the others.

The environment of sentence-transformers with FAISS holds torch, transformers, sentence-transformers and FAISS in the
versions of ``constraints.txt``. The other ones hold only what is theirs and look into that one for the rest: pip counts
what it finds there as installed, and where a system wants another version puts that into the system's own environment,
which goes first. Which versions a system runs with is asked of its own process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TORCH = "torch==2.13.0"
"""Said to every pip: without this pin it may bring gigabytes of CUDA."""


@dataclass(frozen=True, slots=True)
class System:
    """A row of the table: the script that runs it, and what its environment holds (nothing: the project's own).

    ``command`` is what a user types after "python" to ask a first question, with INDEX and QUESTION in it, and is timed
    for the cold start in place of the script; ``indexed_by`` names the system whose index is asked.
    """

    name: str
    script: str
    requirements: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    indexed_by: str = ""


BASE = System("sentence-transformers", "sentence_transformers_faiss", (TORCH, "sentence-transformers", "faiss-cpu"))
OURS = "standardiste"
SYSTEMS = (
    System(OURS, OURS),
    System(
        f"{OURS}, with its reader", f"{OURS}_with_reader", indexed_by=OURS,
        command=("-m", "rag", "--index", "INDEX", "search", "QUESTION", "--json"),
    ),
    BASE,
    System("LangChain", "langchain_ensemble", (
        "langchain-classic==1.0.8", "langchain-community==0.4.2", "langchain-huggingface==1.2.3", "rank-bm25==0.2.2",
        "PyStemmer==3.1.0",
    )),
    System("LlamaIndex", "llamaindex_fusion", (
        "llama-index-core==0.14.25", "llama-index-embeddings-huggingface==0.8.0",
        "llama-index-vector-stores-faiss==0.7.0", "llama-index-retrievers-bm25==0.8.0",
    )),
    System("Haystack", "haystack_hybrid", ("haystack-ai==3.4.0", "sentence-transformers-haystack==2.0.0")),
    System("txtai", "txtai_hybrid", ("txtai==9.14.0",)),
)  # fmt: skip


class EnvironmentFailed(Exception):
    """A virtual environment could not be made: one sentence."""


def python_of(system: System, work: Path) -> Path:
    """The interpreter that runs ``system``; its environment is made under ``work`` if it is not there or out of date.

    Raises ``EnvironmentFailed``.
    """
    if not system.requirements:
        return Path(sys.executable)
    folder = work / "environments" / system.script
    python = folder / "bin" / "python"
    stamp = folder / "made-of"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == _made_of(system):
        return python
    shared = None if system is BASE else _packages(python_of(BASE, work))
    sys.stderr.write(f"making the environment of {system.name}\n")
    shutil.rmtree(folder, ignore_errors=True)
    _run(system, sys.executable, "-m", "venv", str(folder))
    if shared:
        (_packages(python) / "shared.pth").write_text(f"{shared}\n", encoding="utf-8")
    pins = ("--constraint", str(ROOT / "constraints.txt")) if system is BASE else (TORCH,)
    _run(system, str(python), "-m", "pip", "install", "--quiet", *pins, *system.requirements)
    stamp.write_text(_made_of(system), encoding="utf-8")
    return python


def _made_of(system: System) -> str:
    """What an environment depends on, so that a changed pin makes it anew."""
    constraints = hashlib.sha256((ROOT / "constraints.txt").read_bytes()).hexdigest()
    return "\n".join([sys.version, constraints, *system.requirements])


def _packages(python: Path) -> Path:
    scheme = {"base": str(python.parents[1]), "platbase": str(python.parents[1])}
    return Path(sysconfig.get_path("purelib", scheme="venv", vars=scheme))


def _run(system: System, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason was given"]
        # The first that pip calls an error names the packages.
        reason = next((line for line in lines if line.startswith("ERROR")), lines[-1])
        raise EnvironmentFailed(f"The environment of {system.name} could not be made: {reason[:300]}")


def surroundings(system: System, model: Path, work: Path) -> dict[str, str]:
    """The environment variables of a system's processes: the model's folder, no network, no reports to anybody.

    The other systems write what they want into a home of their own.
    """
    variables = {
        **os.environ,
        "PEERS_MODEL": str(model),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "ANONYMIZED_TELEMETRY": "False",
        "LANGSMITH_TRACING": "false",
        "DO_NOT_TRACK": "1",
    }
    if system.requirements:
        home = work / "home"
        home.mkdir(parents=True, exist_ok=True)
        variables |= {"HOME": str(home), "LLAMA_INDEX_CACHE_DIR": str(home / "llama-index")}
    return variables
