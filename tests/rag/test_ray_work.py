"""What workers of a cluster do, and what the command says without one; Ray itself is needed for none of it."""

from __future__ import annotations

import socket
import sys

import pytest
from ray_fakes import missing_encoder, word_encoder
from stand_ins import PRICE, SALON, WordEncoder

from corpus.apart import read_articles_apart
from corpus.clean import repeated_edges
from embeddings.encoder import warn_of_cut
from embeddings.weights import WeightsError
from rag.cli import main
from rag.cluster import ClusterError, connected
from rag.parts import parts_of
from rag.ray_work import Embedder, Recipe, assemble_files, identity_of, read_files, split_articles

RECIPE = Recipe("words", word_encoder, word_encoder)


class CuttingEncoder(WordEncoder):
    def encode_passages(self, texts):
        warn_of_cut(600, 512)
        return super().encode_passages(texts)


def test_files_given_as_bytes_become_the_articles_that_reading_them_gives(folder):
    (folder / "vide.txt").write_bytes(b"")
    files = sorted(folder.iterdir())
    found, edges = read_files([(path.name, path.read_bytes()) for path in files])
    made = assemble_files([path.name for path in files], found, tuple(sorted(repeated_edges(edges))))
    here = list(read_articles_apart(files))
    assert [(files[place], article) for place, article in made[:2]] == here[:2]
    place, why = made[2]
    assert (files[place], f"{files[place]} {why}") == (here[2][0], str(here[2][1]))


def test_files_of_one_name_from_two_folders_are_two_articles():
    found, _ = read_files([("prix.md", PRICE.encode()), ("prix.md", SALON.encode())])
    made = assemble_files(["prix.md", "prix.md"], found, ())
    assert [(place, article.title) for place, article in made] == [
        (0, "La guerre des prix"),
        (1, "Un salon change de nom"),
    ]


def test_a_worker_splits_as_this_process_does(folder):
    articles = [article for _, article in read_articles_apart(sorted(folder.iterdir()))]
    assert split_articles(articles, RECIPE) == [parts_of(article, WordEncoder()) for article in articles]


def test_a_worker_says_which_encoder_it_has():
    assert Embedder(RECIPE).identity() == identity_of(WordEncoder())


def test_what_the_encoder_warns_of_comes_back_with_the_vectors():
    recipe = Recipe("words", lambda name, threads: CuttingEncoder(), word_encoder)
    vectors, warnings = Embedder(recipe).embed(["un", "deux"])
    assert vectors.shape == (2, WordEncoder.dimension)
    assert ["600 tokens" in warning for warning in warnings] == [True]


def test_a_worker_without_weights_says_so():
    with pytest.raises(WeightsError, match="no weights"):
        Embedder(Recipe("words", missing_encoder, word_encoder)).identity()


def test_without_ray_the_command_names_what_to_install(monkeypatch, capsys, tmp_path, folder):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("rag.opening.open_encoder", lambda settings: WordEncoder())
    assert main(["--index", str(tmp_path / "index"), "index", str(folder), "--engine", "ray"]) == 1
    said = capsys.readouterr().err
    assert "[cluster]" in said
    assert said.count("\n") == 1


def test_a_cluster_that_is_not_there_is_named_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ClusterError, match=address), connected(address):
        pass
