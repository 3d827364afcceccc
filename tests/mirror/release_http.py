"""HTTP for the release simulator: requests as values, answers as values, a server that takes one for the other."""

import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class DropError(Exception):
    """Close the connection without a word."""


@dataclass
class Answer:
    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Exchange:
    """A request: its number among those to the API and the uploads, its headers in lower case, how to read its body."""

    number: int
    host: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    read: Callable[[int], bytes]

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", 0))

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def body(self) -> bytes:
        data = self.read(self.length)
        if len(data) < self.length:
            raise DropError
        return data


Respond = Callable[[str, str, dict[str, str], Callable[[int], bytes]], Answer]
"""From method, target, headers and a reader of the body to the answer."""


def ranged(data: bytes, etag: str, headers: dict[str, str]) -> Answer:
    """A whole file, or one range of it (RFC 9110, section 14)."""
    common = {"Accept-Ranges": "bytes", "ETag": etag, "Content-Type": "application/octet-stream"}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
    if not match or headers.get("if-range", etag) != etag:
        return Answer(200, headers=common, body=data)
    start, end = int(match[1]), min(int(match[2] or len(data)), len(data) - 1)
    if start >= len(data):
        return Answer(416, headers=common | {"Content-Range": f"bytes */{len(data)}"})
    return Answer(
        206, headers=common | {"Content-Range": f"bytes {start}-{end}/{len(data)}"}, body=data[start : end + 1]
    )


def _handler(respond: Respond) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_one_request(self) -> None:
            with suppress(ConnectionError):
                super().handle_one_request()

        def _answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            left = int(headers.get("content-length", 0))

            def read(size: int) -> bytes:
                nonlocal left
                data = self.rfile.read(min(size, left))
                left -= len(data)
                return data

            try:
                answer = respond(self.command, self.path, headers, read)
                read(left)  # of a request that was refused unread
            except DropError:
                self.close_connection = True
                return
            body = answer.body if answer.document is None else json.dumps(answer.document).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204 and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  http.server names them

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Server(ThreadingHTTPServer):
    """A server on a free port of the loopback interface."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), _handler(respond))
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A client that hung up is none."""
