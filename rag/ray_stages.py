"""The stages of indexing as tasks and actors on a Ray cluster, for one process that keeps the store's pen.

Plain tasks (reading, assembling, splitting) and actors (encoders), not Ray Data. Between the stages the pipeline comes
back to this process: lines repeated over all files are counted before the first article is put together, what the
store holds is left out, ids are given in order, and a text is embedded once. A Ray Data pipeline starts from a list or
from files, not from what a driver goes on producing, would be cut into four data sets there, gives no order unless
told to, and brings pyarrow. Its back-pressure is a bounded window here: see ``_in_order``.

A worker that is killed costs its tasks a repetition: Ray runs a task again (``max_retries``) and starts an actor
again (``max_restarts``, ``max_task_retries``). Repeating is harmless, because workers write nothing: an article is
stored by this process, in one transaction, when its vectors have arrived, and a stage's results arrive once each.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from corpus.article import Article
from corpus.clean import repeated_edges
from corpus.draft import UnreadableArticle
from corpus.formats import LARGEST_FILE
from embeddings.encoder import Vectors
from rag.cluster import ClusterError, explained
from rag.ray_work import Embedder, Identity, Recipe, assemble_files, read_files, read_paths, split_articles
from rag.stages import Batch, Changed, Parts

FILES, BYTES, ARTICLES = 16, 8_000_000, 8
"""Most files of a reading task and their bytes, and articles of a splitting task: some tenths of a second each."""
TEXTS = 64
"""Texts that an encoder is given at once: enough for batches of like length, few enough that all end together."""
AHEAD = 3
"""Tasks under way for each core, so that none waits for this process; more would only fill the memory."""
RETRIES = 3
"""How often work is begun again whose worker was lost: more often, and the work is what kills it."""
RESTARTS = 100
"""How often an encoder is started again in one run, on this or another node."""
PATIENCE = 300.0
"""Seconds in which every encoder must have started."""
_log = logging.getLogger(__name__)
T = TypeVar("T")
Reference = Any
"""Of something that a worker made or makes: Ray's ``ObjectRef``, or a list of them."""


class OnRay:
    """Does the stages on the cluster that ``ray`` is connected to, with an encoder to each of its cores."""

    def __init__(self, ray: Any, recipe: Recipe, identity: Identity, encoders: int = 0) -> None:  # noqa: ANN401
        """``identity`` is that of the encoder the store was made with; ``encoders`` their number, 0: as many as cores.

        Raises ``ClusterError`` when no node of the cluster has a core.
        """
        self._ray, self._recipe, self._identity = ray, recipe, identity
        nodes = [node for node in ray.nodes() if node["Alive"]]
        self._places = [node for node in nodes for _ in range(int(node["Resources"].get("CPU", 0)))]
        if not self._places:
            raise ClusterError("No node of the Ray cluster has a core to work with: start one without --num-cpus=0.")
        self._ahead = AHEAD * len(self._places)
        self._count = encoders or len(self._places)
        self._encoders: list[_Encoder] = []
        options = {"num_cpus": 1, "max_retries": RETRIES, "scheduling_strategy": "SPREAD"}
        self._read = ray.remote(read_files).options(num_returns=2, **options)
        self._assemble = ray.remote(assemble_files).options(**options)
        self._split = ray.remote(split_articles).options(**options)

    def read(self, files: Iterable[Path]) -> Iterator[tuple[Path, Article | UnreadableArticle]]:
        """Each file with its article, or why it has none; drafts stay in the cluster until all files are read."""
        found: deque[tuple[list[Path], Reference]] = deque()

        def submit(chunk: list[tuple[Path, bytes | None]]) -> Reference:
            paths = [path for path, _ in chunk]
            if chunk[0][1] is None:
                drafts, edges = map(self._ray.put, read_paths(paths))
            else:
                drafts, edges = self._read.remote([(path.name, content) for path, content in chunk])
            found.append((paths, drafts))
            return edges

        repeated = self._ray.put(
            tuple(sorted(repeated_edges(edges for _, many in self._in_order(_loaded(files), submit) for edges in many)))
        )

        def assemble(chunk: tuple[list[Path], Reference]) -> Reference:
            return self._assemble.remote([path.name for path in chunk[0]], chunk[1], repeated)

        for (paths, _), articles in self._in_order(_emptied(found), assemble):
            for place, article in articles:
                path = paths[place]
                yield path, UnreadableArticle(path, article) if isinstance(article, str) else article

    def split(self, changed: Iterable[Changed]) -> Iterator[tuple[Changed, Parts]]:
        """Each article with its parts. The first one starts the encoders: where nothing changed, none is needed."""

        def submit(chunk: list[Changed]) -> Reference:
            self._start()
            return self._split.remote([one.article for one in chunk], self._recipe)

        for chunk, parts in self._in_order(_chunks(changed, ARTICLES), submit):
            yield from zip(chunk, parts, strict=True)

    def embed(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Sequence[Vectors]]]:
        """Each batch with the vectors of its new texts, made by the encoders with the least to do.

        Raises ``ClusterError`` when a node lacks the weights or has others.
        """

        def submit(batch: Batch) -> list[Reference]:
            if batch.new:
                self._await()
            return [min(self._encoders, key=_Encoder.busy).embed(texts) for texts in _chunks(batch.new, TEXTS)]

        for batch, made in self._in_order(batches, submit):
            for warning in (warning for _, warnings in made for warning in warnings):
                _log.warning("%s", warning)
            yield batch, [vector for vectors, _ in made for vector in vectors]

    def _in_order(self, items: Iterable[T], submit: Callable[[T], Reference]) -> Iterator[tuple[T, Any]]:
        """Each item with what its workers made of it; a bounded number of tasks is under way, of two items at least."""
        under_way: deque[tuple[T, Reference]] = deque()
        tasks = 0
        for item in items:
            under_way.append((item, submit(item)))
            tasks += _tasks(under_way[-1][1])
            while tasks >= self._ahead and len(under_way) > 1:
                item, reference = under_way.popleft()
                tasks -= _tasks(reference)
                yield item, self._result(reference)
        while under_way:
            item, reference = under_way.popleft()
            yield item, self._result(reference)

    def _result(self, reference: Reference, seconds: float | None = None) -> Any:  # noqa: ANN401
        try:
            return self._ray.get(reference, timeout=seconds)
        except self._ray.exceptions.RayError as error:
            raise explained(error) from error

    def _start(self) -> None:
        """Begin to start the encoders, spread over the nodes' cores."""
        if self._encoders:
            return
        affinity = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        actor = self._ray.remote(Embedder)
        for number in range(self._count):
            node = self._places[number % len(self._places)]
            # Soft: when its node is lost, an encoder starts again on another. It holds no core for itself, so that
            # one is always found; how many there are is decided here.
            options = {
                "num_cpus": 0,
                "max_restarts": RESTARTS,
                "max_task_retries": RETRIES,
                "scheduling_strategy": affinity(node["NodeID"], soft=True),
            }
            handle = actor.options(**options).remote(self._recipe)
            self._encoders.append(_Encoder(self._ray, handle, node["NodeManagerAddress"], handle.identity.remote()))

    def _await(self) -> None:
        """Wait until every encoder has said that it is the store's."""
        for encoder in self._encoders:
            if encoder.identity is None:
                continue
            found, encoder.identity = self._result(encoder.identity, PATIENCE), None
            if found != self._identity:
                raise ClusterError(
                    f"The node {encoder.address} of the Ray cluster encodes with {_named(found)}, this machine with "
                    f"{_named(self._identity)}: install the same Standardiste and weights on both."
                )


class _Encoder:
    """An encoder in the cluster and what it has to do."""

    def __init__(self, ray: Any, handle: Any, address: str, identity: Reference) -> None:  # noqa: ANN401
        self._ray, self._handle, self.address = ray, handle, address
        self.identity: Reference | None = identity
        self._waiting: list[Reference] = []

    def embed(self, texts: Sequence[str]) -> Reference:
        reference = self._handle.embed.remote(texts)
        self._waiting.append(reference)
        return reference

    def busy(self) -> int:
        """How many batches it has still to embed."""
        if self._waiting:
            _, self._waiting = self._ray.wait(
                self._waiting, num_returns=len(self._waiting), timeout=0, fetch_local=False
            )
        return len(self._waiting)


def _loaded(files: Iterable[Path]) -> Iterator[list[tuple[Path, bytes | None]]]:
    """The files in chunks, each with its content; one that is to be refused alone, with None."""
    chunk: list[tuple[Path, bytes | None]] = []
    size = 0
    for path in files:
        content = _content(path)
        if chunk and (content is None or len(chunk) == FILES or size + len(content) > BYTES):
            yield chunk
            chunk, size = [], 0
        if content is None:
            yield [(path, None)]
        else:
            chunk.append((path, content))
            size += len(content)
    if chunk:
        yield chunk


def _content(path: Path) -> bytes | None:
    """A file's bytes; None for one that the reader will refuse without them."""
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST_FILE else None
    except OSError:
        return None


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _tasks(reference: Reference) -> int:
    """How many tasks make what is referred to; what needs none counts too, since it is kept."""
    return max(1, len(reference)) if isinstance(reference, list) else 1


def _emptied(items: deque[T]) -> Iterator[T]:
    """Each item once, kept no longer: the cluster forgets what nobody refers to."""
    while items:
        yield items.popleft()


def _named(identity: Identity) -> str:
    name, dimension, splitter, words = identity
    return f"{name} ({dimension} numbers, splitter {splitter}, stems {words})"
