"""How much of the encoder's own throughput an indexing keeps, from files to a store that can be searched.

Run: ``python -m benchmarks.indexing [--articles N] [--rounds N] [--work DIR]``. Articles of three PIAF paragraphs, as
Markdown files, are indexed into an empty store by the product's own pipeline, and the very same texts (passages and
sentences, each once) are embedded by the encoder alone, all at once, by turns in one process. Both count the same texts
and tokens; figures are medians over rounds. Exit code 1 if the share falls below its bound.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from benchmarks import machine, squad
from corpus.apart import read_articles_apart
from embeddings.encoder import Encoder, load_encoder
from rag.build import index, prepared_texts
from rag.sqlite import SqliteStore

BOUND = 0.9
PARAGRAPHS = 3
WARM = 64


def main() -> int:
    """Print the table; 1 if the share is below its bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indexing", description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where files and stores are made; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        return 0 if measure(Path(folder), options.articles, options.rounds) else 1


def write_articles(folder: Path, count: int) -> list[Path]:
    """``count`` Markdown files of ``PARAGRAPHS`` PIAF paragraphs each; past the last paragraph they stop."""
    paragraphs = list(squad.load().paragraphs.values())
    folder.mkdir()
    files = []
    for number, first in enumerate(range(0, min(len(paragraphs), count * PARAGRAPHS), PARAGRAPHS)):
        text = "\n\n".join([f"# Article {number}", *paragraphs[first : first + PARAGRAPHS]])
        files.append(folder / f"article-{number:04}.md")
        files[-1].write_text(text + "\n", encoding="utf-8")
    return files


def texts_of(files: list[Path], encoder: Encoder) -> list[str]:
    """What an indexing of ``files`` embeds, each text once."""
    texts: dict[str, None] = {}
    for file, article in read_articles_apart(files):
        if isinstance(article, Exception):
            raise SystemExit(f"{file} cannot be read: {article}")
        texts.update(dict.fromkeys(prepared_texts(article, encoder)))
    return list(texts)


def measure(folder: Path, articles: int, rounds: int) -> bool:
    """Print the table; True if the bound is met."""
    files = write_articles(folder / "articles", articles)
    encoder = load_encoder()
    texts = texts_of(files, encoder)
    tokens = sum(map(encoder.count_tokens, texts))
    encoder.encode_passages(texts[:WARM])
    alone, whole, passages = [], [], 0
    for number in range(rounds):
        started = time.perf_counter()
        encoder.encode_passages(texts)
        alone.append(time.perf_counter() - started)
        store = SqliteStore(folder / f"index-{number}", encoder.name, encoder.dimension)
        report = index(store, encoder, [folder / "articles"])
        store.close()
        whole.append(report.seconds)
        passages = report.passages
    share = median(quick / slow for quick, slow in zip(alone, whole, strict=True))
    print(machine.describe("openvino", "tokenizers", "numpy"))
    print(f"{len(files)} articles, {passages} passages, {len(texts)} texts with their sentences, {tokens} tokens;")
    print(f"{rounds} rounds by turns, medians; {threading.active_count()} thread(s) left over\n")
    print(f"{'':24}{'encoder alone':>16}{'indexing':>12}")
    for name, count in (("passages a second", passages), ("texts a second", len(texts)), ("tokens a second", tokens)):
        print(f"{name:24}{count / median(alone):16.1f}{count / median(whole):12.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nshare of the encoder's throughput: {share:.1%} (bound {BOUND:.0%}); peak memory {peak:.0f} MB")
    return share >= BOUND


if __name__ == "__main__":
    sys.exit(main())
