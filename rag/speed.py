"""How fast a language model is on this machine, and what to do where it is slow."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from rag.model import ModelUnavailable

PROMPT_TOKENS = 300
"""What is read anew for a question: ``rag.answer.EVIDENCE_TOKENS_UNSURE`` of evidence, the question, and its labels;
the instructions before them are in the prompt cache."""
ANSWER_TOKENS = 60
"""An answer of two sentences."""
SLOW_SECONDS = 6.0
"""A first token later than this is worth advice."""
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens/s of a model that reads a prompt and writes an answer, as its server counts them."""

    read: float
    written: float

    @property
    def first_token(self) -> float:
        """Seconds until the first token of an answer to a usual question; the search comes on top."""
        return PROMPT_TOKENS / self.read

    @property
    def answer(self) -> float:
        """Seconds of such an answer."""
        return self.first_token + ANSWER_TOKENS / self.written

    def describe(self) -> str:
        """For people, on one line."""
        return (
            f"reads {self.read:.0f} prompt tokens/s and writes {self.written:.1f}: "
            f"a first word after about {self.first_token:.1f} s"
        )


def measure(address: str, key: str, tokens: int = PROMPT_TOKENS, written: int = 32, rounds: int = 3) -> Speed:
    """The medians of ``rounds`` prompts of some ``tokens`` tokens, none of which is in the prompt cache.

    ``address`` is that of a llama.cpp server, with ``/v1``. Raises ``ModelUnavailable``.
    """
    timings = [_timings(address, key, _text(number, tokens), written) for number in range(rounds)]
    return Speed(*(statistics.median(one[name] for one in timings) for name in ("read", "written")))


def _text(number: int, tokens: int) -> str:
    """Sentences that begin differently for each ``number``; one has about 29 tokens (Qwen2.5's)."""
    return f"Résume le compte rendu n° {number} :" + "".join(
        f" Le centre d'appels {line * 7 + number} emploie {line * 17} conseillers et traite {line * 301} appels."
        for line in range(1, max(2, tokens // 29 + 1))
    )


def _timings(address: str, key: str, text: str, written: int) -> dict[str, float]:
    body = {
        "messages": [{"role": "user", "content": text}], "max_tokens": written, "temperature": 0.0,
        # As many tokens each time, also where the answer would be shorter.
        "ignore_eos": True,
    }  # fmt: skip
    timings = _post(address, key, body)["timings"]
    return {"read": float(timings["prompt_per_second"]), "written": float(timings["predicted_per_second"])}


def say(address: str, key: str, question: str, tokens: int) -> str:
    """The model's most likely answer. Raises ``ModelUnavailable``."""
    body = {"messages": [{"role": "user", "content": question}], "max_tokens": tokens, "temperature": 0.0}
    return str(_post(address, key, body)["choices"][0]["message"]["content"])


def _post(address: str, key: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
    import httpx2

    try:
        # No proxy of the environment comes between a process and its own child.
        with httpx2.Client(timeout=WAIT_SECONDS, trust_env=False) as web:
            reply = web.post(f"{address}/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})
            reply.raise_for_status()
            return reply.json()
    except httpx2.TimeoutException as error:
        raise ModelUnavailable(
            "slow", f"The language model takes more than {WAIT_SECONDS:.0f} s (a busy machine?)."
        ) from error
    except (httpx2.HTTPError, ValueError) as error:
        raise ModelUnavailable("unreadable", f"The speed cannot be measured ({type(error).__name__}).") from error


def advice(first_token: float, model: str, native: bool, compiler: bool) -> str:
    """What makes a slow model quicker, as sentences to be added; "" where the first token comes soon enough.

    ``native`` says that the native engine serves already, ``compiler`` that it could be built.
    """
    if first_token <= SLOW_SECONDS:
        return ""
    ways = []
    if compiler and not native:
        ways.append("“make native” builds a quicker engine in some minutes")
    if model == "qwen2.5-coder-1.5b":
        ways.append(
            "“python -m embeddings.weights fetch qwen2.5-coder-0.5b” and STANDARDISTE_MODEL=qwen2.5-coder-0.5b choose "
            "a smaller model, which errs more often"
        )
    ways.append("“ask --no-llm” or STANDARDISTE_MODEL=none answers at once, with quoted sentences only")
    return f". That is slow: {'; '.join(ways)}"
