import socket

import pytest

import app
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
