"""How near a model was to finding nothing, as its server tells it."""

from __future__ import annotations

import json

import pytest
from fault_server import FaultServer, begin, status
from hypothesis import given
from hypothesis import strategies as st

from rag.doubt import LEAST, doubt, threshold, together
from rag.model import ModelUnavailable

MESSAGES = [{"role": "user", "content": "Combien ?"}]


def tells(*logprobs: float):
    """Knows six tokens, and tells the likelihood of those that it is made to write."""

    def behave(request, over):
        begin(request, 200, "application/json")
        content = [{"token": "x", "logprob": value} for value in logprobs]
        reply = {"tokens": [11, 12, 13, 14, 15, 16]} if request.path == "/tokenize" else {
            "choices": [{"logprobs": {"content": content}}]
        }  # fmt: skip
        request.wfile.write(json.dumps(reply).encode())

    return behave


@pytest.fixture
def serve():
    servers = []

    def started(behaviour) -> FaultServer:
        servers.append(FaultServer(behaviour))
        return servers[-1]

    yield started
    for server in servers:
        server.close()


def told(server, sentence="Les extraits ne le disent pas."):
    return doubt(server.address.removesuffix("/v1"), "key", MESSAGES, sentence)


def test_the_likelihoods_of_the_first_words_are_multiplied(serve):
    server = serve(tells(-0.5, -0.25))
    assert told(server) == -0.75
    assert [token for token, _ in server.bodies[-1]["logit_bias"]] == [11, 12, 13, 14]
    assert server.bodies[-1]["max_tokens"] == 4


def test_what_is_next_to_impossible_is_all_the_same(serve):
    assert told(serve(tells(-30.0))) == LEAST


@pytest.mark.parametrize("behaviour", [status(500), status(200, b"{}"), status(200, b"<html>")])
def test_a_server_that_tells_nothing_is_named(serve, behaviour):
    with pytest.raises(ModelUnavailable):
        told(serve(behaviour))


@given(st.floats(0, 1), st.floats(LEAST, 0), st.floats(LEAST, 0))
def test_more_doubt_makes_an_answer_less_likely(answerable, one, other):
    first, second = together(answerable, one), together(answerable, other)
    assert 0 <= first <= 1
    assert (first >= second) if one <= other else (first <= second)


def test_the_threshold_parts():
    assert 0 < threshold() < 1
