"""A reverse proxy of a few lines, to put before the page."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

OF_A_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def proxy(targets: Sequence[str], path: str = "") -> Starlette:
    """What ``location /path/ { proxy_pass http://upstream/; proxy_buffering off; }`` is to nginx.

    Each request goes to the next of ``targets``, or to the one after it when nobody listens there.
    """
    # Not a client: it would keep one browser's cookie and send it for another.
    transport = httpx.AsyncHTTPTransport()
    turns = itertools.count()

    async def forward(request: Request) -> StreamingResponse:
        headers = [(k, v) for k, v in request.headers.items() if k not in OF_A_HOP]
        headers += [("x-forwarded-host", request.headers["host"]), ("x-forwarded-proto", "http")]
        body, first = await request.body(), next(turns)
        for attempt in range(len(targets)):
            target = httpx.URL(targets[(first + attempt) % len(targets)])
            url = target.copy_with(path=f"/{request.path_params['rest']}", query=request.url.query.encode())
            try:
                got = await transport.handle_async_request(
                    httpx.Request(request.method, url, headers=headers, content=body)
                )
            except httpx.ConnectError:
                continue
            break

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in got.aiter_bytes():
                yield piece

        answer = StreamingResponse(pieces(), got.status_code, background=BackgroundTask(got.aclose))
        answer.raw_headers = [(k.lower(), v) for k, v in got.headers.raw if k.decode().lower() not in OF_A_HOP]
        return answer

    return Starlette(routes=[Route(path + "/{rest:path}", forward, methods=["GET", "HEAD", "POST"])])


@contextmanager
def proxied(targets: Sequence[str], path: str = "") -> Iterator[str]:
    """The proxy's address while it runs."""
    port = free_port()
    served = uvicorn.Server(uvicorn.Config(proxy(targets, path), port=port, log_level="error"))
    threading.Thread(target=served.run, daemon=True).start()
    yield f"http://127.0.0.1:{port}{path}/"
    served.should_exit = True
