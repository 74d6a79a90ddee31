"""The quick forms of ``benchmarks/resilience``, each in a process of its own: they fork, kill and patch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script, *options):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.resilience.{script}", *map(str, options), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout)
    if "impossible" in result:
        pytest.skip(result["impossible"])
    return done.returncode, result


def test_an_indexing_killed_or_out_of_disk_loses_nothing():
    code, result = run("kill", "--every", 80, "--random", 2)
    assert {name: kind["broken"] for name, kind in result.items()} == dict.fromkeys(result, [])
    assert all(kind["effective"] > 0 for kind in result.values())
    assert code == 0


def test_damage_is_told_or_mended_and_never_served():
    code, result = run("damage", "--flips", 30, "--cuts", 5)
    assert code == 0
    for name, outcomes in result.items():
        assert not {"silent", "false", "crashed"} & set(outcomes), name
    for kind in ("passages.faiss flip", "passages.faiss cut", "sentences.faiss flip", "sentences.faiss cut"):
        assert set(result[kind]) == {"mended"}
    assert set(result["articles.db cut"]) <= {"refused", "doctor"}


def test_readers_see_one_edition_while_the_index_is_made_anew():
    code, result = run("readers", "--readers", 2, "--questions", 150, "--indexings", 4)
    assert (code, result["errors"], result["mixed"]) == (0, 0, 0)
    assert result["questions"] == 300
    assert result["editions seen"] > 1
