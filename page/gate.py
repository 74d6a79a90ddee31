"""What may come in: the addresses that the page itself asks for, in requests of a size that a question has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from page.tries import Tries

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_REQUEST = 262_144
"""Bytes of a request's body; the longest question takes some 8,000, but whoever pastes a book is told by the page."""

LARGEST_UPLOAD = 25_000_000
"""Bytes, where articles can be added; Gradio itself counts what comes (``page.site``)."""

UPLOADS = 60
"""Uploads of one address within ``UPLOADS_SECONDS``; one may hold several files."""
UPLOADS_SECONDS = 60.0

# Gradio brings some sixty routes: files, streams, uploads, a proxy, recordings, monitoring, an API. These few are used.
_OF_GRADIO = re.compile(
    r"/(?:fr|en)/(?:|config|theme\.css|favicon\.ico|robots\.txt|(?:assets|static|svelte)/[^/].*"
    r"|gradio_api/(?:queue/(?:join|data)|run/predict|heartbeat/[\w-]+|startup-events|app_id|cancel|reset"
    r"|upload|upload_progress))"
)
_UPLOAD = re.compile(r"/(?:fr|en)/gradio_api/upload")
_UNDER_GRADIO = re.compile(r"/(?:fr|en)/.*", re.DOTALL)
_STEPS_UP = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|//|\\|\0")


class Gate:
    """Answers 404 to what no page asks for, 403 to another site, 413 to what is too large, 429 to too many uploads."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_REQUEST) -> None:
        self.app = app
        self._largest = largest
        self._uploads = Tries(UPLOADS, UPLOADS_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not is_known(scope["path"]):
            await _refuse(send, 404, b"Not found")
        elif scope["method"] not in ("GET", "HEAD") and headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site"):
            await _refuse(send, 403, b"Sent by another site")
        elif _UPLOAD.fullmatch(scope["path"]) and _stated(headers) <= LARGEST_UPLOAD:
            address = (scope.get("client") or ("",))[0]
            if wait := self._uploads.wait(address):
                await _refuse(send, 429, b"Too many uploads", (b"retry-after", str(wait).encode()))
                return
            self._uploads.count(address)
            await self.app(scope, receive, send)
        elif (body := await self._body(headers, receive)) is None:
            await _refuse(send, 413, b"Too large")
        else:
            await self.app(scope, replay(body, receive), send)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """The whole body, None when it is too large: what the header says is not relied on."""
        if _stated(headers) > self._largest:
            return None
        body, more = bytearray(), b"content-length" in headers or b"transfer-encoding" in headers
        while more:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._largest:
                return None
            more = message["type"] == "http.request" and message.get("more_body", False)
        return bytes(body)


def _stated(headers: dict[bytes, bytes]) -> float:
    """The bytes that the header announces; too many if it makes no sense."""
    stated = headers.get(b"content-length", b"0")
    return int(stated) if stated.isdigit() and len(stated) < 20 else float("inf")


def is_known(path: str) -> bool:
    """Whether a page asks for this address; what is not under Gradio's has a route of ours or none."""
    if _STEPS_UP.search(path):
        return False
    return not _UNDER_GRADIO.fullmatch(path) or bool(_OF_GRADIO.fullmatch(path))


def replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once, then whatever comes: the word that the browser has left."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send, status: int, words: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode()), *more]
    # Whoever was still sending is not waited for.
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": words})
