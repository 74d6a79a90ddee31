"""Putting the pages on the network: the port, and the server that listens there."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio

    from page.access import Access
    from page.assistant import OpeningAssistant
    from page.metrics import Metrics

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


def run(
    pages: Mapping[str, gradio.Blocks],
    assistant: OpeningAssistant,
    listener: socket.socket,
    access: Access,
    metrics: Metrics | None = None,
) -> None:
    """Serve the pages (by language) on ``listener`` until interrupted; the address goes to standard error.

    ``assistant.start`` is called once, when the pages are ready: loading models beside Gradio's imports fights over
    the interpreter lock, and was measured to delay the page fourfold.
    """
    import uvicorn

    from page.site import web_app

    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    sys.stderr.write(f"Standardiste: http://{shown}:{port} (Ctrl-C stops it)\n")
    sys.stderr.flush()
    site = web_app(pages, assistant, access, metrics)
    config = uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=CLOSING_SECONDS, ws="none")
    uvicorn.Server(config).run(sockets=[listener])
