"""The web application: a page for each language, the routes beside them, and the way into the right one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import fastapi
import gradio
from fastapi.responses import HTMLResponse, RedirectResponse

from page import reader
from page.export import as_json, markdown
from page.gate import Gate
from page.guard import A_YEAR, Guarded, visitor
from page.languages import LANGUAGES, preferred, texts_for
from page.memory import Memory
from page.scripts import script
from page.siblings import Siblings
from page.theme import theme

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from page.access import Access
    from page.assistant import OpeningAssistant
    from page.metrics import Metrics

LANGUAGE = "standardiste_language"
"""The cookie that keeps the language chosen, when it is not the browser's."""

LARGEST_FILE = "20mb"
"""Of an upload; the longest of the articles at hand takes a hundredth."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0f766e"/>'
    '<path d="M8 10h16v10H15l-5 4v-4H8z" fill="#fff"/></svg>'
)


def web_app(
    pages: Mapping[str, gradio.Blocks], assistant: OpeningAssistant, access: Access, metrics: Metrics | None = None
) -> fastapi.FastAPI:
    """Make a web application of the pages: ``/`` leads to ``/fr/`` or ``/en/``, ``/metrics`` shows ``metrics``."""

    @asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
        assistant.start()
        yield

    app = fastapi.FastAPI(openapi_url=None, lifespan=lifespan)
    _add_routes(app, assistant)
    # The last one added is the outermost: refusals carry the headers too.
    if access.root:
        app.add_middleware(Rooted, root=access.root)
    if access.siblings:
        app.add_middleware(Siblings, addresses=access.siblings)
    app.add_middleware(Gate)
    app.add_middleware(Guarded, access=access)
    if metrics:
        _add_metrics(app, metrics)
    for language, blocks in pages.items():
        _mount(app, blocks, language, access.root)
    return app


class Rooted:
    """Gives requests the path back that the proxy took off, as ASGI has it: ``path`` begins with ``root_path``.

    Gradio's applications compare the two, and would answer nothing but 404.
    """

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app, self._root = app, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under the whole path."""
        if scope["type"] == "http":
            scope = {**scope, "path": self._root + scope["path"], "root_path": self._root}
        await self._app(scope, receive, send)


def _add_routes(app: fastapi.FastAPI, assistant: OpeningAssistant) -> None:
    # "async" where nothing blocks; FastAPI runs the others in threads.
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> fastapi.Response:
        ready = assistant.ready
        body = json.dumps({"status": "ready" if ready else "opening"})
        return fastapi.Response(body, 200 if ready else 503, media_type="application/json")

    # Browsers ask for it on their own.
    @app.get("/favicon.ico")
    async def favicon() -> fastapi.Response:
        return fastapi.Response(ICON, media_type="image/svg+xml")

    # Relative, so that it is right behind a proxy that puts the page under a path.
    @app.get("/")
    async def choose(request: fastapi.Request, language: str = "") -> RedirectResponse:
        wanted = language or request.cookies.get(LANGUAGE, "")
        chosen = texts_for(wanted, preferred(request.headers.get("accept-language", "")))
        response = RedirectResponse(f"{chosen.language}/", 307, {"vary": "accept-language, cookie"})
        if language in LANGUAGES:
            response.set_cookie(LANGUAGE, language, max_age=A_YEAR, httponly=True, samesite="lax")
        return response

    @app.get("/conversation")
    def conversation(request: fastapi.Request, key: str, form: str = "md", language: str = "fr") -> fastapi.Response:
        name, thread = Memory(assistant).open(visitor(request.cookies), key)
        if not thread.exchanges:
            raise fastapi.HTTPException(404)
        taken = (
            as_json(name, thread.exchanges) if form == "json" else markdown(name, thread.exchanges, texts_for(language))
        )
        kind, suffix = ("application/json", "json") if form == "json" else ("text/markdown; charset=utf-8", "md")
        return fastapi.Response(
            taken, media_type=kind, headers={"content-disposition": f'attachment; filename="standardiste.{suffix}"'}
        )

    @app.get("/source")
    def source(article: str, language: str = "fr", start: int = 0, end: int = 0) -> HTMLResponse:
        shown = reader.show(assistant, article, start, end, texts_for(language))
        return HTMLResponse(shown.html, 200 if shown.found else 404)


def _add_metrics(app: fastapi.FastAPI, metrics: Metrics) -> None:
    from page.metrics import Counted

    app.add_middleware(Counted, metrics=metrics)

    @app.get("/metrics")
    def figures(request: fastapi.Request) -> fastapi.Response:
        if not metrics.may_read(request.headers.get("authorization", "")):
            return fastapi.Response(status_code=401, headers={"www-authenticate": 'Bearer realm="metrics"'})
        return fastapi.Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _mount(app: fastapi.FastAPI, blocks: gradio.Blocks, language: str, root: str) -> None:
    if not any(isinstance(block, gradio.File) for block in blocks.blocks.values()):
        # Nothing is uploaded here, and Gradio would keep whatever anyone sends.
        @app.post(f"/{language}/gradio_api/upload")
        async def upload() -> None:
            raise fastapi.HTTPException(404)

    gradio.mount_gradio_app(
        app,
        blocks,
        path=f"/{language}",
        root_path=f"{root}/{language}" if root else None,
        theme=theme(),
        css_paths=sorted((Path(__file__).parent / "browser").glob("*.css")),
        js=script(LANGUAGES[language]),
        footer_links=[],
        run_history=False,
        max_file_size=LARGEST_FILE,
        show_error=False,
        ssr_mode=False,
        pwa=False,
    )
