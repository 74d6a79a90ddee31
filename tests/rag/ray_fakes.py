"""Encoders for workers of a cluster (a recipe's name is the folder in which they leave marks), and a look at them."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from stand_ins import WordEncoder

from embeddings.weights import WeightsError


def word_encoder(name: str, threads: int = 0) -> WordEncoder:
    return WordEncoder()


class NotedEncoder(WordEncoder):
    """Writes down each text that it embeds."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder)

    def encode_passages(self, texts):
        with (self._folder / f"embedded-{os.getpid()}").open("a", encoding="utf-8") as notes:
            notes.writelines(f"{text!r}\n" for text in texts)
        return super().encode_passages(texts)


class MortalEncoder(WordEncoder):
    """Its process is killed in the middle of its first work, in splitting and in embedding."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder)

    def count_tokens(self, text):
        self._die_once("splitting")
        return super().count_tokens(text)

    def encode_passages(self, texts):
        self._die_once("embedding")
        return super().encode_passages(texts)

    def _die_once(self, what: str) -> None:
        try:
            (self._folder / f"died-{what}").touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def noted_encoder(folder: str, threads: int = 0) -> NotedEncoder:
    return NotedEncoder(folder)


def mortal_encoder(folder: str, threads: int = 0) -> MortalEncoder:
    return MortalEncoder(folder)


def missing_encoder(name: str, threads: int = 0) -> WordEncoder:
    raise WeightsError("There are no weights of words: fetch them.")


def descendants(process: int) -> set[int]:
    """Processes begun by ``process`` and by those that it began."""
    children: dict[int, set[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), set()).add(int(stat.parent.name))
    found: set[int] = set()
    waiting = {process}
    while waiting:
        waiting = set().union(*(children.get(parent, set()) for parent in waiting)) - found
        found |= waiting
    return found


def listening(process: int) -> set[str]:
    """The addresses on which a process listens."""
    links = set()
    for link in Path(f"/proc/{process}/fd").glob("*"):
        try:
            links.add(os.readlink(link))
        except OSError:
            continue
    found = set()
    for kind, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]:
            local, _, state, *rest = line.split()[1:]
            if state == "0A" and f"socket:[{rest[5]}]" in links:
                words = bytes.fromhex(local.split(":")[0])
                raw = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))
                found.add(socket.inet_ntop(family, raw).removeprefix("::ffff:"))
    return found
