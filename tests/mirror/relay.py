"""A TCP relay before an emulator, which counts, alters, cuts or loses what passes; and a server with one answer to all.

`with Relay(endpoint) as relay:` and use `relay.url`. Set what is to happen before the first connection.
"""

import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit


class CutError(Exception):
    """Raised by a hook to end a connection at once."""


def untouched(data: bytes) -> bytes:
    return data


class Relay:
    """Passes bytes on.

    Attributes:
        url: of the relay.
        sent: how many bytes came from clients.
        outward: what is done with bytes on their way to the server; CutError ends the connection.
        inward: the same for answers.
        dead: refuse every new connection.
    """

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self.target = (parts.hostname, parts.port)
        self.sent = 0
        self.outward: Callable[[bytes], bytes] = untouched
        self.inward: Callable[[bytes], bytes] = untouched
        self.dead = False
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        relay = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(CutError, OSError):
                    relay.pump(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def cut_at(self, count: int, *, for_good: bool) -> None:
        """Cut the connection that brings the total to so many bytes, and then all others, too."""

        def cut(data: bytes) -> bytes:
            if self.sent >= count:
                self.outward = untouched
                self.dead = for_good
                raise CutError
            return data

        self.outward = cut

    def pump(self, near: socket.socket) -> None:
        if self.dead:
            return
        with socket.create_connection(self.target) as far:
            while True:
                ready, _, _ = select.select([near, far], [], [])
                for source, sink, hook in ((near, far, "outward"), (far, near, "inward")):
                    if source in ready:
                        data = source.recv(1 << 16)
                        if not data:
                            return
                        with self.lock:
                            self.sent += len(data) if source is near else 0
                            if self.dead:
                                return
                            data = getattr(self, hook)(data)
                        sink.sendall(data)


@contextmanager
def answering(status: int, body: bytes = b"", *, to: tuple[str, ...] = ()) -> Iterator[str]:
    """A server that gives one answer to all, or to the methods that are named, and 200 to the others."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chosen = not to or self.command in to
            self.send_response(status if chosen else 200)
            content = body if chosen and self.command != "HEAD" else b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815  (http.server names them)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
