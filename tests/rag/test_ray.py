"""Indexing on a real Ray: nothing lost, nothing doubled, nothing different."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from ray_fakes import missing_encoder, mortal_encoder, noted_encoder, word_encoder
from stand_ins import PRICE, WordEncoder

from rag.build import IndexReport, index
from rag.cluster import ClusterError, connected
from rag.ray_stages import OnRay
from rag.ray_work import Recipe, identity_of
from rag.sqlite import SqliteStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra “cluster” is not installed"),
]
ROOT = Path(__file__).parents[2]
WORDS = Recipe("words", word_encoder, word_encoder)
SAME = identity_of(WordEncoder())
ALONE = """
import os
from ray_fakes import descendants, listening
from rag.cluster import connected
with connected(cores=1):
    family = descendants(os.getpid())
    assert len(family) > 3
    print(*{address for process in family for address in listening(process)})
print([process for process in family if os.path.exists(f"/proc/{process}")])
"""
CONTENTS = {
    "articles": "*",
    "passages": "key, article, number, start, end, heading, stems, digest, sum",
    "sentences": "key, passage, start, end, digest",
    "passage_words": "*",
}


@pytest.fixture(autouse=True, scope="module")
def one_secret() -> Iterator[None]:
    """Ray reads these once a process, when it is imported: all clusters of this module share them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", "ab" * 32)
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "rag"))))
        yield


@pytest.fixture(autouse=True)
def small_batches(monkeypatch) -> None:
    """So that there are many."""
    monkeypatch.setattr("rag.build.BATCH", 16)


@pytest.fixture(scope="module")
def nodes(one_secret) -> Iterator[object]:
    """A cluster of two nodes with a core each, both on this machine."""
    from ray.cluster_utils import Cluster

    # Not under the tests' own folder: a socket's name may have 107 letters.
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        yield cluster
        cluster.shutdown()


@pytest.fixture(scope="module")
def ray(nodes) -> Iterator[object]:
    with connected(nodes.address) as ray:
        yield ray


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Forty articles that share a sentence and a site's line, one of the same name in a folder below, two broken."""
    folder = tmp_path / "many"
    (folder / "below").mkdir(parents=True)
    for number in range(40):
        text = f"# Étude {number}\n\nLe plateau {number} compte {7 * number} agents. Le salon est ouvert à tous.\n"
        (folder / f"a{number:02}.md").write_text(text + "\nInscrivez-vous à notre lettre\n", encoding="utf-8")
    (folder / "below" / "a00.md").write_text(PRICE, encoding="utf-8")
    (folder / "vide.txt").write_bytes(b"")
    (folder / "faux.docx").write_bytes(b"PK no")
    return folder


def contents(place: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the index in ``place`` holds of articles, keys included, but the vectors."""
    with sqlite3.connect(place / "articles.db") as database:
        return {
            table: database.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()
            for table, columns in CONTENTS.items()
        }


def vectors(place: Path) -> np.ndarray:
    """Those of passages and sentences, in the order of their keys, without their checksums."""
    with sqlite3.connect(place / "articles.db") as database:
        rows = [
            row
            for table in ("passages", "sentences")
            for (row,) in database.execute(f"SELECT vector FROM {table} ORDER BY key")
        ]
    return np.stack([np.frombuffer(row[:-4], dtype="<f4") for row in rows])


def assert_same(place: Path, other: Path, cosine: float = 0.99999) -> None:
    assert contents(place) == contents(other)
    assert (vectors(place) * vectors(other)).sum(axis=1).min() >= cosine


def told(report: IndexReport) -> dict[str, object]:
    return {name: getattr(report, name) for name in IndexReport.__slots__ if name != "seconds"}


@pytest.fixture
def here(tmp_path: Path, many: Path) -> tuple[Path, dict[str, object]]:
    """What this process makes of the forty articles: the index and the report."""
    store = SqliteStore(tmp_path / "here", WordEncoder.name, WordEncoder.dimension)
    report = index(store, WordEncoder(), [many])
    store.close()
    return tmp_path / "here", told(report)


def notes(folder: Path) -> Counter[str]:
    """How often each text was embedded by any worker."""
    files = [path.read_text(encoding="utf-8").splitlines() for path in folder.glob("embedded-*")]
    return Counter(line for lines in files for line in lines)


def test_a_cluster_makes_the_same_index_and_report(ray, store, encoder, many, here, tmp_path):
    report = index(store, encoder, [many], stages=OnRay(ray, WORDS, SAME))
    assert told(report) == here[1]
    assert (report.added, len(report.failed)) == (41, 2)
    assert_same(tmp_path / "index", here[0])
    assert encoder.embedded == []


def test_what_is_known_is_not_embedded_again(ray, store, encoder, many, tmp_path):
    stages = OnRay(ray, Recipe(str(tmp_path), noted_encoder, word_encoder), SAME)
    index(store, encoder, [many], stages=stages)
    first = notes(tmp_path)
    assert set(first.values()) == {1}
    (many / "a07.md").write_text("# Étude 7\n\nUne phrase neuve. Le salon est ouvert à tous.\n", encoding="utf-8")
    report = index(store, encoder, [many], stages=stages)
    assert (report.added, report.updated, report.unchanged) == (0, 1, 40)
    again = notes(tmp_path) - first
    assert "'Une phrase neuve.'" in again
    assert "'Le salon est ouvert à tous.'" not in again


def test_where_nothing_changed_no_encoder_is_started(ray, filled, encoder, folder):
    stages = OnRay(ray, Recipe("words", missing_encoder, missing_encoder), SAME)
    assert index(filled, encoder, [folder], stages=stages).unchanged == 2


def test_what_is_no_file_is_refused_without_waiting_for_it(ray, store, encoder, folder):
    os.mkfifo(folder / "tube.txt")
    report = index(store, encoder, [folder, folder / "tube.txt"], stages=OnRay(ray, WORDS, SAME))
    assert report.added == 2
    assert ["tube.txt is not a file" in failure["error"] for failure in report.failed] == [True]


def test_a_node_without_weights_is_named(ray, store, encoder, folder):
    with pytest.raises(ClusterError, match=r"node 127\.0\.0\.1 .* no weights of words: fetch them"):
        index(store, encoder, [folder], stages=OnRay(ray, Recipe("w", missing_encoder, word_encoder), SAME))
    assert store.articles() == []


def test_a_node_with_another_encoder_is_refused(ray, store, encoder, folder):
    with pytest.raises(ClusterError, match=r"words:1 .* words:2"):
        index(store, encoder, [folder], stages=OnRay(ray, WORDS, ("words:2", *SAME[1:])))
    assert store.articles() == []


def test_a_cluster_of_its_own_listens_to_this_machine_alone_and_leaves_nothing(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"HOME": str(tmp_path), "TMPDIR": "/tmp"}
    before = set(Path("/tmp").glob("ray*"))
    done = subprocess.run([sys.executable, "-c", ALONE], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["127.0.0.1", "[]"]
    assert set(Path("/tmp").glob("ray*")) == before
    assert list(tmp_path.iterdir()) == []


def test_killed_workers_lose_and_double_nothing(ray, store, encoder, many, here, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    stages = OnRay(ray, Recipe(str(marks), mortal_encoder, mortal_encoder), SAME)
    assert told(index(store, encoder, [many], stages=stages)) == here[1]
    assert sorted(path.name for path in marks.iterdir()) == ["died-embedding", "died-splitting"]
    assert_same(tmp_path / "index", here[0])


def test_a_lost_node_loses_and_doubles_nothing(nodes, ray, store, encoder, many, here, tmp_path):
    class Losing(OnRay):
        def read(self, files):
            for number, one in enumerate(super().read(files)):
                if number == 5:
                    nodes.remove_node(lost, allow_graceful=False)
                yield one

    lost = nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    assert told(index(store, encoder, [many], stages=Losing(ray, WORDS, SAME))) == here[1]
    assert not lost.any_processes_alive()
    assert_same(tmp_path / "index", here[0])


def test_the_command_makes_of_the_shipped_articles_what_one_process_makes(tmp_path):
    for engine in ("here", "ray"):
        command = [sys.executable, "-m", "rag", "--index", str(tmp_path / engine), "index", "corpus/articles"]
        done = subprocess.run([*command, "--engine", engine], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert "0 failed" in done.stdout
    # The real encoder rounds a text otherwise beside longer ones, also without Ray; in 8 bits by up to 2e-4.
    assert_same(tmp_path / "here", tmp_path / "ray", 0.9995)
