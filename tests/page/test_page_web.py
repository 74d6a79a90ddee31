import base64
import re
import socket

import page_fake as fake
import pytest
from fastapi.testclient import TestClient

import app
from page.access import Access, AccessError, hashed, read_users, user_line
from page.guard import PASSWORDS, PASSWORDS_SECONDS
from page.web import listen


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(app.PortInUse, match=rf"^Port {port} on 127\.0\.0\.1 is already in use: [^\n]+\.$"):
            app.serve(lambda: pytest.fail("opened although the port is taken"), "127.0.0.1", port)


def test_a_port_taken_by_listen_itself_is_in_use():
    with listen("127.0.0.1", 0) as first, pytest.raises(app.PortInUse):
        listen("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 70_000, "Port 70000 does not exist"),
        ("192.0.2.1", 7860, "cannot be opened"),
        ("no such host", 7860, "not known"),
    ],
    ids=["no such port", "an address of another machine", "no such host"],
)
def test_an_address_that_cannot_be_served_is_one_sentence(host, port, sentence):
    with pytest.raises(app.CannotListen, match=sentence) as caught:
        listen(host, port)
    assert "\n" not in str(caught.value)


@pytest.fixture
def client(request):
    """A browser before a page without uploads, whose users the test names."""
    from page.assistant import OpeningAssistant
    from page.site import web_app

    access = getattr(request, "param", Access())
    pages = {"fr": app.build_page(fake.FakeAssistant())}
    with TestClient(web_app(pages, OpeningAssistant(fake.FakeAssistant), access), "http://127.0.0.1") as browser:
        yield browser


def test_nothing_can_be_uploaded_where_nobody_may_add_articles(client):
    assert client.post("/fr/gradio_api/upload", files={"files": b"x"}).status_code == 404


def test_a_browser_gets_a_secret_cookie_that_scripts_cannot_read(client):
    cookie = client.get("/fr/").headers["set-cookie"]
    assert re.fullmatch(r"standardiste_visitor=[\w-]{32}; Max-Age=\d+; Path=/; HttpOnly; SameSite=Lax", cookie)
    assert "set-cookie" not in client.get("/fr/").headers


def test_the_language_chosen_goes_before_that_of_the_browser(client):
    def location(address: str, wanted: str) -> str:
        headers = {"accept-language": wanted}
        return client.get(address, headers=headers, follow_redirects=False).headers["location"]

    assert location("/", "en") == "en/"
    assert location("/?language=fr", "en") == "fr/"
    assert location("/", "en") == "fr/"


def test_a_conversation_of_another_is_not_found(client):
    assert client.get("/conversation", params={"key": "x"}).status_code == 404


USERS = Access({"alice": (b"salt", hashed("s:ésame", b"salt"))})


@pytest.mark.parametrize("client", [USERS], indirect=True)
def test_only_those_in_the_file_come_in(client):
    assert client.get("/healthz").status_code == 200
    refused = client.get("/fr/")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert client.get("/fr/", auth=("alice", "wrong")).status_code == 401
    assert client.get("/fr/", auth=("bob", "s:ésame")).status_code == 401
    assert client.get("/source", params={"article": "salon"}).status_code == 401
    assert client.get("/source", params={"article": "salon"}, auth=("alice", "s:ésame")).status_code == 200


@pytest.mark.parametrize("client", [USERS], indirect=True)
def test_guessing_passwords_comes_to_an_end_and_shuts_nobody_out(client):
    assert client.get("/source", params={"article": "salon"}, auth=("alice", "s:ésame")).status_code == 200
    statuses = [client.get("/fr/", auth=("alice", f"guess-{number}")).status_code for number in range(PASSWORDS + 2)]
    assert statuses == [*[401] * PASSWORDS, 429, 429]
    refused = client.get("/fr/", auth=("alice", "another"))
    assert 0 < int(refused.headers["retry-after"]) <= PASSWORDS_SECONDS
    assert client.get("/source", params={"article": "salon"}, auth=("alice", "s:ésame")).status_code == 200
    # Without a name nobody guesses: the browser is asked for one.
    assert client.get("/fr/").status_code == 401


def test_a_user_is_one_visitor_and_no_cookie_can_claim_to_be_them(client):
    client.cookies.set("standardiste_visitor", "user-" + "a" * 27)
    assert "standardiste_visitor" in client.get("/fr/").headers["set-cookie"]


def test_a_file_of_users_is_made_line_by_line(tmp_path):
    file = tmp_path / "users"
    file.write_text(f"# ours\n\n{user_line('alice', 'geheim')}\n")
    access = Access(read_users(file))
    secret = base64.b64encode(b"alice:geheim").decode()
    assert access.user(f"Basic {secret}") == access.user(f"basic {secret}") == "alice"
    assert access.user("Basic ?") is access.user("") is access.user("Bearer x") is None
    assert access.may_add("0.0.0.0")
    assert not Access().may_add("0.0.0.0")
    assert Access().may_add("127.0.0.1")


@pytest.mark.parametrize("content", ["alice:geheim\n", "", "alice:zz:zz"], ids=["in the clear", "empty", "no hash"])
def test_a_wrong_file_of_users_is_one_sentence(tmp_path, content):
    file = tmp_path / "users"
    file.write_text(content)
    with pytest.raises(AccessError, match=r"python -m page\.access NAME"):
        read_users(file)
    with pytest.raises(AccessError, match="STANDARDISTE_USERS"):
        read_users(tmp_path / "none")
