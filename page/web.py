"""Putting the page on the network: the port, the health check, and what a browser may fetch."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fastapi
    import gradio
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's templates are compiled in the browser, hence 'unsafe-eval'; its styles and start-up are inline.
# What matters: no address but our own, whatever an article, an answer or Gradio asks the browser to fetch.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

CLOSING_SECONDS = 2
"""How long an interrupted server waits for its open pages, which keep a connection as long as they show."""


class CannotListen(Exception):
    """The page cannot be served at that address; the message is one sentence with the way out.

    ::

        CannotListen
        └── PortInUse    another program listens there
    """


class PortInUse(CannotListen):
    """Another program listens on the port."""


def listen(host: str, port: int) -> socket.socket:
    """Take ``host:port`` before anything else is done, so that no other port is picked silently."""
    if not 0 <= port <= 65_535:
        raise CannotListen(f"Port {port} does not exist: choose one between 1 and 65535, for example PORT=7860.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"The host {host} is not known here: use 127.0.0.1, or 0.0.0.0 for all.") from error
    try:
        # Without it a port stays taken for a minute after the last server stopped.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Binding alone does not reserve a port that another reusing socket is bound to; listening does.
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} on {host} is already in use: stop the program that uses it, or choose another "
                f"port, for example PORT={port + 1 if port < 65_535 else 7860}."
            ) from error
        reason = error.strerror or str(error)
        raise CannotListen(f"Port {port} on {host} cannot be opened ({reason}): choose another one.") from error
    return listener


def run(blocks: gradio.Blocks, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve ``blocks`` on ``listener`` until interrupted; the address goes to standard error.

    ``started`` is called once, when the page is ready: loading models beside Gradio's imports fights over the
    interpreter lock, and was measured to delay the page fourfold.
    """
    import uvicorn

    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    sys.stderr.write(f"Standardiste: http://{shown}:{port} (Ctrl-C stops it)\n")
    sys.stderr.flush()
    config = uvicorn.Config(
        web_app(blocks, started), log_level="warning", timeout_graceful_shutdown=CLOSING_SECONDS, ws="none"
    )
    uvicorn.Server(config).run(sockets=[listener])


def web_app(blocks: gradio.Blocks, started: Callable[[], None]) -> fastapi.FastAPI:
    """Make the page a web application, with ``/healthz`` and without Gradio's upload route."""
    import fastapi
    import gradio

    @asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
        started()
        yield

    app = fastapi.FastAPI(openapi_url=None, lifespan=lifespan)

    # "async", since both only return: neither ever blocks.
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    # Nothing is uploaded here, and Gradio would keep whatever anyone sends.
    @app.post("/gradio_api/upload")
    async def upload() -> None:
        raise fastapi.HTTPException(404)

    app.add_middleware(Guarded)
    folder = Path(__file__).parent
    gradio.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        css_paths=folder / "style.css",
        js=(folder / "page.js").read_text(encoding="utf-8"),
        footer_links=[],
        run_history=False,
        max_file_size="1kb",
        show_error=False,
        ssr_mode=False,
        pwa=False,
    )
    return app


def theme() -> gradio.Theme:
    """Make a calm theme out of the fonts that the reader's machine has."""
    import gradio

    theme = gradio.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        font=["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )
    # Gradio's own greys and teals stand below the contrast of 4.5 that WCAG AA asks of text.
    return theme.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_label_text_color="*neutral_600",
        block_title_text_color="*neutral_600",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )


class Guarded:
    """Adds ``HEADERS`` to every answer, without holding streams back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; touch only the start of the answer."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[Any] = list(message.get("headers", ()))
                message = {**message, "headers": [*headers, *HEADERS]}
            await send(message)

        await self.app(scope, receive, guarded)
