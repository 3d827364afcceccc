"""Calls of web APIs: whole answers, capped; secrets to their own host; no redirect followed."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from zoopkg.transport.api import Answer, ApiClient, Call, again
from zoopkg.transport.base import TransportError


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/redirect":
            self.answer(307, b"", Location="/elsewhere")
        elif self.path == "/large":
            self.answer(200, b"x" * 2000)
        else:
            self.answer(201, b'{"got": %d, "secret": "%s"}' % (len(body), self.headers.get("X-Secret", "").encode()))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_open_file_is_sent_whole_and_the_answer_read(url: str) -> None:
    answer = ApiClient(url, secret={"X-Secret": "s"}).call(Call("POST", f"{url}/x", io.BytesIO(b"y" * 100_000)))
    assert (answer.status, answer.json()) == (201, {"got": 100_000, "secret": "s"})


def test_a_secret_goes_to_its_own_origin_alone(url: str) -> None:
    call = Call("POST", f"{url}/x", b"")
    assert ApiClient("https://api.example", secret={"X-Secret": "s"}).call(call).json()["secret"] == ""
    assert ApiClient("https://api.example", secret={"X-Secret": "s"}, also=[url]).call(call).json()["secret"] == "s"


def test_what_netrc_has_is_not_sent(url: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen: list[str | None] = []
    monkeypatch.setattr(
        Echo,
        "do_GET",
        lambda self: (seen.append(self.headers.get("Authorization")), self.answer(200, b"{}")),
        raising=False,
    )
    ApiClient(url).call(Call("GET", f"{url}/x"))
    assert seen == [None]


def test_a_client_that_was_closed_holds_no_connection(url: str) -> None:
    client = ApiClient(url)
    client.call(Call("POST", f"{url}/x", b"y"))
    client.close()
    assert [len(adapter.poolmanager.pools) for adapter in client._session.adapters.values()] == [0, 0]


def test_a_redirect_is_an_answer_like_any_other(url: str) -> None:
    assert ApiClient(url).call(Call("POST", f"{url}/redirect", b"x")).status == 307


def test_an_answer_over_the_limit_is_refused(url: str) -> None:
    with pytest.raises(TransportError, match="over 1000 bytes"):
        ApiClient(url).call(Call("POST", f"{url}/large", b"", limit=1000))


def test_no_json_is_told(url: str) -> None:
    with pytest.raises(TransportError, match="did not answer with JSON"):
        Answer(url, 200, {}, b"<html>").json()


def test_nobody_listens() -> None:
    with pytest.raises(TransportError, match="could not be reached"):
        ApiClient("http://127.0.0.1:1").call(Call("GET", "http://127.0.0.1:1/"))


def test_again_waits_and_gives_up_where_it_is_final() -> None:
    waits: list[float] = []
    failures = [TransportError("busy", retry_after=7), TransportError("busy")]

    def work() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    assert again(work, sleep=waits.append, random=lambda: 0.5) == "done"
    assert waits == [7, 1.0]

    def final() -> str:
        raise TransportError("no", permanent=True)

    with pytest.raises(TransportError, match="no"):
        again(final, sleep=waits.append)
    assert waits == [7, 1.0]
