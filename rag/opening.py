"""Settings → the open store, encoder, model and assistant; and the doctor who examines them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from embeddings.encoder import Encoder
from embeddings.question import QuestionEncoder
from embeddings.reader import Reader
from rag.answer import Assistant
from rag.health import mend_database
from rag.meter import QUIET, Meter
from rag.model import LanguageModel, ModelUnavailable
from rag.places import Place, place_of
from rag.settings import Settings
from rag.store import NO_ARTICLES, Finding, Store, StoreError

_Loaded = TypeVar("_Loaded")
SPEED_TOKENS_READ, SPEED_TOKENS_WRITTEN = 128, 16
"""What ``doctor`` has the local model read and write to measure its speed."""


def open_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name. Raises ``WeightsError`` when its weights are missing or damaged."""
    from embeddings.encoder import load_encoder

    return load_encoder(settings.encoder)


def open_reader(encoder: Encoder) -> Reader | None:
    """The reader; without the default encoder's weights, whose words it shares, there is none."""
    from embeddings.reader import load_reader

    return _unless_missing(load_reader, encoder, "Passages are ranked without the reader")


def open_verifier(encoder: Encoder) -> Reader | None:
    """The verifier; without the default encoder's weights, whose words it shares, there is none."""
    from embeddings.reader import load_verifier

    return _unless_missing(load_verifier, encoder, "What a question takes for granted is not looked at")


def open_questions(encoder: Encoder) -> QuestionEncoder:
    """What encodes questions for the passages of ``encoder``: where its weights are damaged, ``encoder`` itself."""
    from embeddings.question import load_question_encoder

    return _unless_missing(load_question_encoder, encoder, "Questions are encoded as passages are") or encoder


def _unless_missing(load: Callable[[Encoder], _Loaded], encoder: Encoder, else_: str) -> _Loaded | None:
    from embeddings.weights import WeightsError

    try:
        return load(encoder)
    except WeightsError as error:
        logging.getLogger(__name__).warning("%s: %s", else_, error)
        return None


def open_store(settings: Settings, encoder: Encoder) -> Store:
    """The store that the settings name, made if missing."""
    return open_place(place_of(settings), encoder)


def open_place(place: Place, encoder: Encoder) -> Store:
    """The store in ``place``, made if missing: the only place that knows which engines there are.

    Neither engine is imported before it is asked for.
    """
    if place.milvus:
        from rag.milvus import MilvusStore

        return MilvusStore(place, encoder.name, encoder.dimension)
    from rag.sqlite import SqliteStore

    return SqliteStore(place.folder, encoder.name, encoder.dimension)


def open_assistant(
    settings: Settings, with_model: bool = True, allow_empty: bool = False, meter: Meter = QUIET
) -> Assistant:
    """An assistant over the index. Without the language model's weights its answers are extractive.

    ``meter`` is told what the language model does.
    Raises ``StoreError`` when no article is indexed and ``allow_empty`` is false.
    """
    encoder = open_encoder(settings)
    questions, reader, verifier = open_questions(encoder), open_reader(encoder), open_verifier(encoder)
    store = open_store(settings, encoder)
    if not allow_empty and not store.articles():
        raise StoreError(NO_ARTICLES)
    model = None
    if with_model:
        from embeddings.weights import WeightsError
        from rag.llm import open_model

        try:
            model = open_model(settings, meter)
        except WeightsError as error:
            logging.getLogger(__name__).warning("%s", error)
    return Assistant(store, encoder, model, with_model and settings.uses_model, reader, verifier, questions)


def examine(settings: Settings, mend: bool = False) -> list[Finding]:
    """Check everything that answering needs, from the weights' sums to a word of the language model."""
    findings = [_weights(settings.encoder)]
    if findings[0].ok:
        findings += _index(settings, mend)
    if settings.uses_model:
        findings += _model(settings)
    return findings


def _weights(name: str) -> Finding:
    from embeddings.weights import MODELS, WeightsError, locate, verify

    try:
        if name in MODELS:
            verify(name)
        return Finding(f"weights {name}", True, str(locate(name)))
    except WeightsError as error:
        return Finding(f"weights {name}", False, str(error), f"python -m embeddings.weights fetch {name}")


def _index(settings: Settings, mend: bool) -> list[Finding]:
    try:
        store = open_store(settings, open_encoder(settings))
        if mend:
            store.mend()
        findings = store.check()
        if not all(finding.ok for finding in findings):
            return findings
        count = len(store.articles())
    except StoreError as error:
        # What is wrong with a server its sentence says; what it holds is not for a command to delete.
        way_out = "standardiste doctor" if place_of(settings).milvus else mend_database(settings.index)
        return [Finding("index", False, str(error), way_out)]
    findings.append(Finding("articles", count > 0, f"{count} indexed", "standardiste index FOLDER"))
    return findings


def _model(settings: Settings) -> list[Finding]:
    from rag.llm import endpoints

    if settings.endpoint:
        models = endpoints(settings)
        mend = "check STANDARDISTE_ENDPOINT and STANDARDISTE_KEY"
        return [
            _speaks(f"language model {settings.model} at address {number} of {len(models)}", model, mend)
            for number, model in enumerate(models, start=1)
        ]
    findings = [] if Path(settings.model).exists() else [_weights(settings.model)]
    if findings and not findings[0].ok:
        return findings
    return findings + _local_model(settings)


def _local_model(settings: Settings) -> list[Finding]:
    """Whether the local model speaks, in which engine, and how fast."""
    from rag.llm import open_local
    from rag.native_build import find_compilers
    from rag.speed import advice

    model = open_local(settings)
    findings = [_speaks(f"language model {Path(settings.model).name}", model, "make setup")]
    if not findings[0].ok:
        return findings
    findings.append(Finding("engine", not model.fallback, model.fallback or model.engine, "make native"))
    try:
        # Measured each time: a machine's speed changes with what else runs on it, and this takes two or three seconds.
        speed = model.speed(SPEED_TOKENS_READ, SPEED_TOKENS_WRITTEN)
        slow = advice(speed.first_token, settings.model, model.is_native, find_compilers() is not None)
        findings.append(Finding("speed", True, speed.describe() + slow))
    except ModelUnavailable as error:
        slow = advice(math.inf, settings.model, model.is_native, find_compilers() is not None)
        findings.append(Finding("speed", True, str(error).rstrip(".") + slow))
    return findings


def _speaks(what: str, model: LanguageModel, mend: str) -> Finding:
    try:
        words = "".join(model.stream([{"role": "user", "content": "Bonjour"}], 4)).strip()
        return Finding(" ".join(what.split()), bool(words), f"answers “{words}”", mend)
    except ModelUnavailable as error:
        return Finding(" ".join(what.split()), False, str(error), mend)
