"""How near a local model was to saying that the extracts do not hold the answer, whatever it then wrote.

A small model rarely says so, but how likely its first words were to say it tells much of whether they do. The log
probability stands beside P(the articles answer); ``benchmarks/fit_doubt.py`` fits what the two say together and writes
``doubt.json`` beside this file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rag.model import ModelUnavailable

TOKENS = 4
"""Of the sentence whose likelihood is taken: « Les extraits ne »; what follows is certain by then."""
BIAS = 100.0
"""Added to its tokens, so that they are generated; what the server tells of them is what they had before."""
LEAST = -12.0
"""Least log probability told: below it nothing differs."""
WAIT_SECONDS = 5.0
"""How long an answer that is written waits for what it is told; it takes a fraction of a second."""


def doubt(address: str, key: str, messages: Sequence[dict[str, str]], sentence: str) -> float:
    """Log probability, ``LEAST`` to 0, that the model answers ``messages`` with the beginning of ``sentence``.

    ``address`` is that of a llama.cpp server, without ``/v1``; it has just answered ``messages``, so that they are in
    its prompt cache. Raises ``ModelUnavailable``.
    """
    tokens = _tokens(address, key, sentence)
    body = {
        "messages": list(messages), "max_tokens": len(tokens), "temperature": 0.0, "logprobs": True, "top_logprobs": 1,
        "grammar": f"root ::= {json.dumps(sentence, ensure_ascii=False)}",
        # The grammar alone would let "Le" and "s" stand for "Les".
        "logit_bias": [[token, BIAS] for token in tokens],
    }  # fmt: skip
    reply = _post(f"{address}/v1/chat/completions", key, body)
    try:
        told = [float(token["logprob"]) for token in reply["choices"][0]["logprobs"]["content"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelUnavailable("unreadable", "The language model does not tell how likely its words are.") from error
    return max(LEAST, min(sum(told), 0.0))


@lru_cache(maxsize=16)
def _tokens(address: str, key: str, sentence: str) -> tuple[int, ...]:
    tokens = _post(f"{address}/tokenize", key, {"content": sentence}).get("tokens")
    return tuple(int(token) for token in tokens or ())[:TOKENS]


def _post(address: str, key: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
    import httpx2

    try:
        # No proxy of the environment comes between a process and its own server.
        with httpx2.Client(timeout=WAIT_SECONDS, trust_env=False) as web:
            reply = web.post(address, json=body, headers={"Authorization": f"Bearer {key}"})
            reply.raise_for_status()
            return reply.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ModelUnavailable("unreadable", f"The language model cannot be asked ({type(error).__name__}).") from error


def together(answerable: float, doubted: float) -> float:
    """P(the articles hold the answer), given that before the model read them and how near it was to denying it."""
    model = fitted()
    chance = min(max(answerable, 0.001), 0.999)
    score = model["intercept"] + model["answerable"] * math.log(chance / (1 - chance)) + model["doubt"] * doubted
    return 1.0 / (1.0 + math.exp(-score))


def threshold() -> float:
    """The probability by ``together`` under which a question is refused."""
    return float(fitted()["threshold"])


@cache
def fitted() -> dict[str, Any]:
    """The fitted model."""
    return dict(json.loads(Path(__file__).with_name("doubt.json").read_text(encoding="utf-8")))
