"""The page under a path of its own behind a reverse proxy, in a real browser."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import page_fake as fake
import pytest
import uvicorn
from browsing import Reader, Server
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

PATH = "/lire/standardiste"
OF_A_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def proxy(target: str) -> Starlette:
    """What ``location /lire/standardiste/ { proxy_pass http://…/; proxy_buffering off; }`` is to nginx."""
    client = httpx.AsyncClient(base_url=target, timeout=60)

    async def forward(request: Request) -> StreamingResponse:
        url = httpx.URL(path=f"/{request.path_params['rest']}", query=request.url.query.encode())
        headers = [(k, v) for k, v in request.headers.items() if k not in OF_A_HOP]
        headers += [("x-forwarded-host", request.headers["host"]), ("x-forwarded-proto", "http")]
        sent = client.build_request(request.method, url, headers=headers, content=await request.body())
        got = await client.send(sent, stream=True)

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in got.aiter_bytes():
                yield piece

        answer = StreamingResponse(pieces(), got.status_code, background=BackgroundTask(got.aclose))
        answer.raw_headers = [(k.lower(), v) for k, v in got.headers.raw if k.decode().lower() not in OF_A_HOP]
        return answer

    return Starlette(routes=[Route(PATH + "/{rest:path}", forward, methods=["GET", "HEAD", "POST"])])


@pytest.fixture(scope="module")
def behind() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("STANDARDISTE_ROOT_PATH", PATH)
        running = Server(free_port())
        port = free_port()
        served = uvicorn.Server(uvicorn.Config(proxy(running.url), port=port, log_level="error"))
        threading.Thread(target=served.run, daemon=True).start()
        yield f"http://127.0.0.1:{port}{PATH}/"
        served.should_exit = True
        running.process.terminate()
        running.process.communicate(timeout=20)


def test_everything_stays_under_the_path(browser, behind):
    reader = Reader(browser, behind)
    reader.ask("à qui le SECA a-t-il été revendu ?")
    reader.page.get_by_role("link", name="[1]").click()
    expect(reader.page.locator(".reader:visible article mark")).to_have_text(fake.QUOTE)
    reader.page.keyboard.press("Escape")
    reader.page.get_by_role("button", name="Vos conversations").click()
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Markdown").click()
    assert download.value.url.startswith(behind)
    reader.page.get_by_role("link", name="English").click()
    expect(reader.page.get_by_label("Your question")).to_be_visible()
    assert reader.page.url.startswith(behind)
    assert [url for url in reader.requests if not url.startswith((behind, "data:", "blob:"))] == []
    # A browser asks the host itself for its icon, whatever path the page stands at.
    assert [error for error in reader.errors if "/favicon.ico" not in error] == []
    reader.page.context.close()
