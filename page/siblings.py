"""Several processes of the page behind one proxy: what belongs to an open page goes to the process that serves it.

Gradio answers a question on a stream of its own: a page joins a queue with one request and listens with another, and
both must reach the same process. A proxy that sends each request somewhere else would need to be told; instead each
process sends such requests on to the one that the page's session belongs to, which all of them compute alike.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from page.gate import replay
from page.guard import HEADERS

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

FORWARDED = b"x-standardiste-forwarded"
"""Marks a request that a sibling sent on, which is answered where it arrives."""
KNOWN_SECONDS = 5.0
"""How long a name's addresses hold, and for how long a sibling that could not be reached is left out."""
CONNECT_SECONDS = 1.0

Place = tuple[str, int]
"""An IP address and a port."""

_HEARTBEAT = re.compile(r"/(?:fr|en)/gradio_api/heartbeat/([\w-]+)")
_IN_THE_QUERY = re.compile(r"/(?:fr|en)/gradio_api/queue/data")
_IN_THE_BODY = re.compile(r"/(?:fr|en)/gradio_api/(?:queue/join|run/predict|cancel|reset)")
_OF_A_HOP = {
    b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"proxy-authenticate",
    b"proxy-authorization",
}  # fmt: skip
_OURS = {name for name, _ in HEADERS} | {b"date", b"server"}


class Siblings:
    """Sends requests of a session to its process, and answers them here if that one cannot be reached.

    ``addresses`` are base addresses of all processes, this one among them, in any order: ``http://name:port``, where a
    name may stand for several of them (a Compose service, a headless Kubernetes service).
    """

    def __init__(self, app: ASGIApp, addresses: Sequence[str]) -> None:
        self._app = app
        self._names = [(parts.hostname or "", parts.port or 80) for parts in map(urlsplit, addresses)]
        self._places: tuple[Place, ...] = ()
        self._until = 0.0
        self._down: dict[Place, float] = {}
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the request on, or answer it here."""
        if scope["type"] != "http" or any(name == FORWARDED for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = b""
        if _IN_THE_BODY.fullmatch(scope["path"]):
            body = await _whole(receive)
            receive = replay(body, receive)
        if session := session_of(scope["path"], scope["query_string"], body):
            for place in ranked(session, await self._known()):
                if _is_here(place, scope):
                    break
                if self._down.get(place, 0.0) < time.monotonic() and await self._send_on(
                    place, body, scope, receive, send
                ):
                    return
        await self._app(scope, receive, send)

    async def _known(self) -> tuple[Place, ...]:
        """Where the processes are now; what was known before when a name cannot be looked up."""
        if time.monotonic() > self._until:
            self._until = time.monotonic() + KNOWN_SECONDS
            found: set[Place] = set()
            for host, port in self._names:
                with suppress(OSError):
                    looked_up = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                    found |= {(str(address[0]), port) for *_, address in looked_up}
            self._places = tuple(sorted(found)) or self._places
        return self._places

    async def _send_on(self, place: Place, body: bytes, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the process at ``place`` could be reached; its answer, as it comes, is passed on then."""
        import httpx

        if self._transport is None:
            # Not a client, which would keep one reader's cookie and send it for another. And a connection for each
            # request: one kept too long is closed by the other side just when it is needed.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
            self._transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
        host = f"[{place[0]}]" if ":" in place[0] else place[0]
        url = httpx.URL(f"http://{host}:{place[1]}").copy_with(
            raw_path=scope["path"].encode() + b"?" + scope["query_string"]
        )
        headers = [(name, value) for name, value in scope["headers"] if name not in _OF_A_HOP]
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS).as_dict()
        request = httpx.Request(
            scope["method"],
            url,
            headers=[*headers, (FORWARDED, b"1")],
            content=body or None,
            extensions={"timeout": timeout},
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            log.warning("The page's process at %s:%d cannot be reached", *place)
            self._down[place] = time.monotonic() + KNOWN_SECONDS
            return False
        except httpx.TransportError:
            # It may have begun what was asked: nobody else may do it again.
            await _lost(send)
            return True
        await _until_either(_pass_on(answer, send), _gone(receive))
        return True


def session_of(path: str, query: bytes, body: bytes) -> str:
    """The session that a request belongs to; "" for none."""
    if found := _HEARTBEAT.fullmatch(path):
        return found[1]
    if _IN_THE_QUERY.fullmatch(path):
        return parse_qs(query.decode("latin-1")).get("session_hash", [""])[0]
    if _IN_THE_BODY.fullmatch(path):
        with suppress(ValueError, RecursionError):
            told = json.loads(body)
            session = told.get("session_hash") if isinstance(told, dict) else None
            return session if isinstance(session, str) else ""
    return ""


def ranked(session: str, places: Iterable[Place]) -> list[Place]:
    """The processes in the order in which they may serve ``session``: when one goes, only its sessions move.

    Rendezvous hashing (Thaler and Ravishankar 1998): every process finds the same order without asking another.
    """

    def weight(place: Place) -> bytes:
        return hashlib.sha256(f"{place[0]} {place[1]} {session}".encode("utf-8", "replace")).digest()

    return sorted(places, key=weight)


def _is_here(place: Place, scope: Scope) -> bool:
    """Whether this process listens there: the port is its own, and the address is one of this machine's."""
    server = scope.get("server")
    if not server or server[1] != place[1]:
        return False
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.bind((place[0], 0))
        return True
    return False


async def _whole(receive: Receive) -> bytes:
    """The body, whose size the gate has bounded."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return bytes(body)


async def _pass_on(answer: httpx.Response, send: Send) -> None:
    import httpx

    try:
        headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower() not in _OF_A_HOP and name.lower() not in _OURS
        ]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        with suppress(httpx.TransportError):
            # It ends here when the sibling does; a browser takes a stream that ends early for a lost one.
            async for piece in answer.stream:  # type: ignore[union-attr]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await answer.aclose()


async def _gone(receive: Receive) -> None:
    """Wait until the browser has left."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


async def _until_either(one: Any, other: Any) -> None:  # noqa: ANN401 - coroutines
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _lost(send: Send) -> None:
    words = b"The process that serves this page was lost: ask again"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode())]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": words})
