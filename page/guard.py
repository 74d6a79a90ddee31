"""What stands between the network and the pages: which addresses a browser may fetch, and who it is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

VISITOR = "standardiste_visitor"
"""The cookie by which a browser finds its own conversations again: a secret, and out of the reach of scripts."""

A_YEAR = 31_536_000

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def visitor(cookies: Mapping[str, str]) -> str:
    """Who asks, by the cookies of a request; "" for a browser that keeps none."""
    token = cookies.get(VISITOR, "")
    return token if _TOKEN.fullmatch(token) else ""


class Guarded:
    """Adds ``HEADERS`` to every answer, without holding streams back, and gives a new browser its cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; touch only the start of the answer."""
        known = scope["type"] != "http" or visitor(_cookies(scope))
        # Now: a mounted application changes the scope on its way in.
        cookie = "" if known else _new_visitor(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[Any] = [*message.get("headers", ()), *HEADERS]
                if not known and _is_page(headers):
                    headers.append((b"set-cookie", cookie.encode()))
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, guarded)


def _cookies(scope: Scope) -> dict[str, str]:
    header = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header.decode("latin-1")).items()}
    except CookieError:
        return {}


def _is_page(headers: list[Any]) -> bool:
    # One cookie for one page: its many files are asked for at once, and each would bring another.
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _new_visitor(scope: Scope) -> str:
    secure = "; Secure" if scope["scheme"] == "https" else ""
    path = scope.get("root_path") or "/"
    return f"{VISITOR}={secrets.token_urlsafe(24)}; Max-Age={A_YEAR}; Path={path}; HttpOnly; SameSite=Lax{secure}"
