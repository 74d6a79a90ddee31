"""A reader's judgement of an answer, made ready for the store."""

from __future__ import annotations

import hashlib
import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from page.assistant import Assistant
from page.memory import Thread
from rag.notes import Feedback

log = logging.getLogger(__name__)

Verdict = Literal["good", "bad"]

LONGEST_REASON = 1_000


def judge(assistant: Assistant, thread: Thread, verdict: Verdict, reason: str = "") -> bool:
    """Keep a judgement of the conversation's latest answer; False when there is none or it could not be kept."""
    if not thread.exchanges or thread.exchanges[-1].answer is None:
        return False
    answer = thread.exchanges[-1].answer
    token = hashlib.sha256(f"{thread.key}\n{answer.question}\n{answer.answer}".encode()).hexdigest()[:32]
    try:
        described = assistant.describe()
        versions = {"standardiste": _version(), "encoder": str(described.get("encoder", ""))}
        written = answer.to_json()
        feedback = Feedback(
            token, verdict, reason.strip()[:LONGEST_REASON], answer.question, answer.answer, answer.status,
            written["citations"], answer.model, versions,
        )  # fmt: skip
        assistant.store.notes.judge(feedback)
    except Exception:
        log.exception("A judgement could not be kept")
        return False
    return True


@cache
def _version() -> str:
    try:
        return version("standardiste")
    except PackageNotFoundError:
        return ""
