"""Spans of a question, received by a real HTTP collector that decodes them."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from fault_server import FaultServer, chunk, status, stream
from stand_ins import Replay

from embeddings.reader import Reading
from rag.answer import Assistant
from rag.endpoint import EndpointModel, Limits
from rag.fleet import Fleet
from rag.trace import _provider, provider

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra “cluster”")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402

QUESTION = "À qui le salon Téléphonia a-t-il été vendu ?"
TOLD = "Le salon Téléphonia a été vendu au groupe Borealis en 2012."


class Collector:
    """Takes spans by OTLP over HTTP, as OpenTelemetry's own collector does on port 4318."""

    def __init__(self) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        self.raw = b""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                assert self.headers["Content-Type"] == "application/x-protobuf"
                owner.raw += body
                owner.received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def spans(self) -> dict[str, list]:
        """What came, by name, once everything is sent."""
        provider().force_flush()
        found: dict[str, list] = {}
        for request in self.received:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        found.setdefault(span.name, []).append(span)
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector(monkeypatch) -> Iterator[Collector]:
    running = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.address)
    monkeypatch.setattr("rag.answer.probability", lambda values: 0.9)
    _provider.cache_clear()
    yield running
    provider().shutdown()
    _provider.cache_clear()
    running.close()


def attributes(span) -> dict:
    return {
        one.key.removeprefix("standardiste."): getattr(one.value, one.value.WhichOneof("value"))
        for one in span.attributes
    }


@pytest.fixture
def serve() -> Iterator:
    servers: list[FaultServer] = []

    def start(behave) -> Fleet:
        servers.append(FaultServer(behave))
        return Fleet([EndpointModel(servers[-1].address, "", "m", Limits(2.0, 4.0))])

    yield start
    for server in servers:
        server.close()


def test_each_stage_of_a_question_is_a_span_under_it(filled, encoder, serve, collector):
    model = serve(stream(chunk(TOLD), chunk(None, "stop")))
    answer = Assistant(filled, encoder, model).ask(QUESTION)
    assert answer.status == "answered"
    spans = collector.spans()
    assert {name: len(found) for name, found in spans.items()} == {
        "question": 1, "search": 1, "evidence": 1, "model": 1, "doubt": 1, "citation": 1,
    }  # fmt: skip
    (root,) = spans.pop("question")
    stages = [span for (span,) in spans.values()]
    assert root.parent_span_id == b""
    assert {span.parent_span_id for span in stages} == {root.span_id}
    assert {span.trace_id for span in stages} == {root.trace_id}
    ordered = [spans[name][0] for name in ("search", "evidence", "model", "citation")]
    assert ordered == sorted(ordered, key=lambda span: span.start_time_unix_nano)
    for one, after in zip(ordered, ordered[1:], strict=False):
        assert root.start_time_unix_nano <= one.start_time_unix_nano <= one.end_time_unix_nano
        assert one.end_time_unix_nano <= after.start_time_unix_nano
    assert ordered[-1].end_time_unix_nano <= root.end_time_unix_nano
    known = attributes(root)
    assert (known["status"], known["language"], known["answerable"]) == ("answered", "fr", 0.9)
    assert attributes(spans["model"][0])["model"] == "m"
    (resource,) = {one.value.string_value for one in collector.received[0].resource_spans[0].resource.attributes
                   if one.key == "service.name"}  # fmt: skip
    assert resource == "standardiste"


def test_reading_again_is_a_part_of_the_search(filled, encoder, collector):
    class Bored:
        name = "bored"

        def read(self, question, passages):
            return [Reading(-9.0, 0, 1, np.array([[0, 1]]), np.ones(1, np.float32)) for _ in passages]

    assistant = Assistant(filled, encoder, reader=Bored())
    assistant.ask(QUESTION)
    spans = collector.spans()
    assert spans["reread"][0].parent_span_id == spans["search"][0].span_id


def test_no_words_of_a_question_an_answer_or_an_error_are_sent(filled, encoder, serve, collector):
    Assistant(filled, encoder, serve(stream(chunk(TOLD), chunk(None, "stop")))).ask(QUESTION)
    Assistant(filled, encoder, serve(status(500, b'{"error": {"message": "about Borealis"}}'))).ask(QUESTION)
    broken = Assistant(filled, encoder)
    broken.store = None
    with pytest.raises(AttributeError):
        broken.ask(QUESTION)
    assert collector.spans()["question"]
    for word in ("Téléphonia", "Borealis", "vendu", "salon", "NoneType"):
        assert word.encode() not in collector.raw


def test_a_model_that_fails_is_seen(filled, encoder, serve, collector):
    assert Assistant(filled, encoder, serve(status(500))).ask(QUESTION).status == "extractive"
    spans = collector.spans()
    assert attributes(spans["model"][0])["error.type"] == "ModelUnavailable"
    assert spans["model"][0].status.code == 2
    assert attributes(spans["question"][0])["status"] == "extractive"
    assert "citation" not in spans


def test_a_reader_who_leaves_ends_the_spans(filled, encoder, collector):
    events = Assistant(filled, encoder, Replay(TOLD)).stream(QUESTION)
    next(events)
    next(events)
    events.close()
    spans = collector.spans()
    assert attributes(spans["model"][0])["stopped"] is True
    assert attributes(spans["question"][0])["stopped"] is True


def test_questions_at_the_same_time_keep_their_stages_apart(filled, encoder, collector):
    assistant = Assistant(filled, encoder, Replay(*[TOLD] * 8))
    threads = [threading.Thread(target=assistant.ask, args=(QUESTION,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = collector.spans()
    roots = {span.span_id: span.trace_id for span in spans["question"]}
    assert len(roots) == 8
    for name in ("search", "evidence", "model", "citation"):
        assert {span.parent_span_id: span.trace_id for span in spans[name]} == roots


def test_without_an_endpoint_nothing_is_imported(monkeypatch):
    code = (
        "import sys, rag.answer, rag.trace\n"
        "with rag.trace.tracing() as trace, trace.current(), trace.stage('x') as stage: stage.tell(a=1)\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_the_packages_one_sentence_says_what_to_install(monkeypatch, caplog, filled, encoder):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    _provider.cache_clear()
    assert Assistant(filled, encoder).ask(QUESTION).answer
    _provider.cache_clear()
    assert [record.message for record in caplog.records if "cluster" in record.message] != []
