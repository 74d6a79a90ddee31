"""Fixtures of the embeddings room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_models import Registry, random_model

from embeddings import manifest as manifest_module


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model folder, as ``embeddings.e5`` writes it, of random weights."""
    from embeddings.e5 import write_sentence_transformer

    folder = tmp_path_factory.mktemp("tiny")
    (folder / "e5-small-q4.bin").write_bytes(random_model())
    write_sentence_transformer(folder)
    return folder


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """An empty registry and an empty cache; the network is out of pip's reach."""
    for name in ("wheels", "manifests"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("STANDARDISTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(manifest_module, "FOLDER", tmp_path / "manifests")
    manifest_module.manifests.cache_clear()
    yield Registry(tmp_path / "wheels", tmp_path / "manifests", manifest_module.manifests.cache_clear)
    manifest_module.manifests.cache_clear()
