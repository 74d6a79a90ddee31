"""Whether a Milvus store is sound: the checksums of its records, and Milvus's vectors against them."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, select

from rag.milvus_search import vectors_of
from rag.milvus_vectors import MilvusVectors
from rag.record_rows import article_of, every_passage, frequencies, leftovers, terms_of, totals, vectors_sum, with_texts
from rag.records import ARTICLES, Records
from rag.store import Finding, StoreDamaged

MEND_COUNTS = "standardiste doctor --mend"
MEND_LOST = "standardiste migrate from another store, or standardiste index into a new one"


def check(records: Records, vectors: MilvusVectors) -> list[Finding]:
    """The findings of all checks, in the order in which they build on each other; the first bad one ends them."""
    findings = [Finding("milvus", True, f"version {vectors.server} at {records.place}")]
    with records.reading() as connection:
        for examine in (_texts, _counts, _vectors):
            finding = examine(connection, records, vectors)
            findings.append(finding)
            if not finding.ok:
                break
    return findings


def _texts(connection: Connection, records: Records, _: MilvusVectors) -> Finding:
    name = records.place.records_name
    try:
        for article in connection.scalars(select(ARTICLES.c.id)).all():
            article_of(connection, article, name)
        for passages in every_passage(connection):
            with_texts(connection, passages, name)
    except (StoreDamaged, ValueError, KeyError) as error:
        return Finding("records", False, str(error), MEND_LOST)
    return Finding("records", True, f"every text in {name} is what was written")


def _counts(connection: Connection, _: Records, __: MilvusVectors) -> Finding:
    counted: Counter[str] = Counter()
    passages = stems = 0
    for batch in every_passage(connection):
        passages += len(batch)
        stems += sum(row.stems for row in batch)
        counted.update(term for row in batch for term in terms_of(row.words))
    known, average = totals(connection)[1:]
    agree = known == passages and round(average * known) == stems and counted == frequencies(connection, list(counted))
    detail = f"{passages} passages, {len(counted)} words"
    return Finding("words", agree, detail if agree else f"{detail}, counted wrongly", MEND_COUNTS)


def _vectors(connection: Connection, records: Records, vectors: MilvusVectors) -> Finding:
    passages = sentences = 0
    for batch in every_passage(connection):
        passages += len(batch)
        sentences += sum(len(row.spans) for row in batch)
        fetched = vectors_of(vectors, batch)
        if fetched is None or any(vectors_sum(fetched[row.key]) != row.vectors_sum for row in batch):
            what = "lost" if fetched is None else "changed"
            article = batch[0].article
            return Finding("vectors", False, f"Milvus has {what} vectors near the article “{article}”", MEND_LOST)
    more = vectors.count("passages") - passages, vectors.count("sentences") - sentences
    if any(more) and not leftovers(connection):
        detail = f"Milvus has {more[0]} passages and {more[1]} sentences that no article speaks of"
        return Finding("vectors", False, detail, MEND_LOST)
    return Finding("vectors", True, f"{passages} of passages and {sentences} of sentences are what was written")
