"""Retrieval as other libraries recommend it, over the same articles and questions; skipped where not installed."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from benchmarks.judged import Collection
from embeddings.encoder import load_sentence_transformer

Found = tuple[list[list[str]], list[float]]
"""Rankings of article ids, and milliseconds a question."""


def sentence_transformers_faiss(asked: Collection) -> Found | None:
    """The same model as a plain ``SentenceTransformer`` over whole articles in a flat FAISS index."""
    import faiss

    model = load_sentence_transformer()
    names = [row.id for row in asked.store.articles()]
    texts = [asked.store.article(name).text for name in names]
    vectors = model.encode(texts, prompt_name="passage", normalize_embeddings=True, convert_to_numpy=True)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    ranks, times = [], []
    for question in asked.questions:
        started = time.perf_counter()
        vector = model.encode([question.text], prompt_name="query", normalize_embeddings=True, convert_to_numpy=True)
        _, places = flat.search(vector, 10)
        times.append(1000 * (time.perf_counter() - started))
        ranks.append([names[place] for place in places[0]])
    return ranks, times


def bm25s_french(asked: Collection) -> Found | None:
    """``bm25s`` with French stop words and Snowball stemming."""
    if not find_spec("bm25s"):
        return None
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("french")
    names = [row.id for row in asked.store.articles()]
    texts = [asked.store.article(name).text for name in names]

    def tokens(texts: list[str]) -> object:
        return bm25s.tokenize(texts, stopwords="fr", stemmer=stemmer, show_progress=False)

    retriever = bm25s.BM25()
    retriever.index(tokens(texts), show_progress=False)
    ranks, times = [], []
    for question in asked.questions:
        started = time.perf_counter()
        places, _ = retriever.retrieve(tokens([question.text]), k=min(10, len(names)), show_progress=False)
        times.append(1000 * (time.perf_counter() - started))
        ranks.append([names[place] for place in np.asarray(places)[0]])
    return ranks, times


PEERS: dict[str, Callable[[Collection], Found | None]] = {
    "sentence-transformers": sentence_transformers_faiss,
    "bm25s": bm25s_french,
}
