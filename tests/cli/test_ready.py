"""`antiphon ready` says what `GET /readyz` says, and never hangs on a server that does not answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from antiphon.cli import ready


@contextmanager
def server_answering(status: int) -> Iterator[str]:
    """A server whose every answer has `status`; yields its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # the library's name

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_ready_is_what_the_server_says(status: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with server_answering(status) as address:
        monkeypatch.setenv("ANTIPHON_HTTP", address)
        assert code == ready.main([])


def test_nobody_there_is_not_ready(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: refused
        monkeypatch.setenv("ANTIPHON_HTTP", f"127.0.0.1:{closed.getsockname()[1]}")
        assert 1 == ready.main([])
    assert "does not take calls" in capsys.readouterr().out


def test_server_that_takes_the_call_and_says_nothing_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "PATIENCE_S", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("ANTIPHON_HTTP", f"127.0.0.1:{silent.getsockname()[1]}")
        assert 1 == ready.main([])


def test_server_on_every_address_is_asked_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_answering(200) as address:
        monkeypatch.setenv("ANTIPHON_HTTP", address.replace("127.0.0.1", "0.0.0.0"))
        monkeypatch.setenv("ANTIPHON_KEY", "a-long-enough-test-key")
        assert 0 == ready.main([])
