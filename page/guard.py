"""What stands between the network and the pages: which addresses a browser may fetch, and who it is."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from page.tries import Tries

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from page.access import Access

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
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)

VISITOR = "standardiste_visitor"
"""The cookie by which a browser finds its own conversations again: a secret, and out of the reach of scripts."""

A_YEAR = 31_536_000

NAMED = "user-"
"""Begins the visitor of a user with a name."""

OPEN = ("/healthz", "/readyz", "/metrics")
"""What a supervisor asks for, which has no name and password; the last wants a token of its own (``page.metrics``)."""
CHALLENGE = ((b"www-authenticate", b'Basic realm="Standardiste", charset="UTF-8"'), (b"content-length", b"0"))

PASSWORDS = 10
"""Wrong names and passwords that an address may send within ``PASSWORDS_SECONDS``. A browser whose password is known to
be right is let in all the same, so that nobody behind the same proxy is shut out by another's guesses."""
PASSWORDS_SECONDS = 300.0

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def visitor(cookies: Mapping[str, str]) -> str:
    """Who asks, by the cookies of a request; "" for a browser that keeps none."""
    token = cookies.get(VISITOR, "")
    return token if _TOKEN.fullmatch(token) else ""


class Guarded:
    """Adds ``HEADERS`` to every answer, without holding streams back, and gives a new browser its cookie."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access
        self._wrong = Tries(PASSWORDS, PASSWORDS_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; touch only the start of the answer."""
        if scope["type"] == "http" and not self.access.users and visitor(_cookies(scope)).startswith(NAMED):
            # Its owner cannot have it without a password.
            _name_visitor(scope, "")
        elif scope["type"] == "http" and self.access.users and scope["path"] not in OPEN:
            name, refusal = await run_in_threadpool(self._user, scope)
            if name is None:
                await send({"type": "http.response.start", **refusal})
                await send({"type": "http.response.body", "body": b""})
                return
            _name_visitor(scope, _token(name))
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

    def _user(self, scope: Scope) -> tuple[str | None, dict[str, Any]]:
        """The user that the request names, or the start of the answer that sends it away."""
        authorization, address = _header(scope, b"authorization"), (scope.get("client") or ("",))[0]
        wait = 0 if self.access.knows(authorization) else self._wrong.wait(address)
        if authorization and wait:
            retry = (b"retry-after", str(wait).encode())
            return None, {"status": 429, "headers": [retry, (b"content-length", b"0"), *HEADERS]}
        name = self.access.user(authorization)
        if authorization and name is None:
            self._wrong.count(address)
        return name, {"status": 401, "headers": [*CHALLENGE, *HEADERS]}


def _header(scope: Scope, wanted: bytes) -> str:
    return b"; ".join(value for name, value in scope["headers"] if name == wanted).decode("latin-1")


def _token(name: str) -> str:
    """One visitor for a user with a name, in all browsers; no browser without a name and password may claim it."""
    digest = hashlib.sha256(b"user:" + name.encode()).digest()
    return NAMED + base64.urlsafe_b64encode(digest).decode()[: 32 - len(NAMED)]


def _name_visitor(scope: Scope, token: str) -> None:
    """Put ``token`` in place of the cookie that the browser sends."""
    others = [f"{key}={value}" for key, value in _cookies(scope).items() if key != VISITOR]
    cookie = "; ".join([f"{VISITOR}={token}", *others])
    headers = [(key, value) for key, value in scope["headers"] if key != b"cookie"]
    scope["headers"] = [*headers, (b"cookie", cookie.encode("latin-1", "replace"))]


def _cookies(scope: Scope) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(_header(scope, b"cookie")).items()}
    except CookieError:
        return {}


def _is_page(headers: list[Any]) -> bool:
    # One cookie for one page: its many files are asked for at once, and each would bring another.
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _new_visitor(scope: Scope) -> str:
    secure = "; Secure" if scope["scheme"] == "https" else ""
    return f"{VISITOR}={secrets.token_urlsafe(24)}; Max-Age={A_YEAR}; Path=/; HttpOnly; SameSite=Lax{secure}"
