"""A web server on the loopback interface that does what servers should not, as scripted.

`with hostile(cut(DATA, 100), serve(DATA)) as server:` cuts off the first answer after 100 bytes and serves the second;
the last behaviour stays. `server.url` is its address, `server.asked` the requests it got. A behaviour is a function
that answers one request by writing to the socket what it likes; the connection stays open if it returns true.

The content of most is a `Source`: bytes, whatever the path, or a folder whose files are served by their names.
"""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

Source = bytes | Path


@dataclass
class Exchange:
    """One request, and the way to answer it."""

    path: str
    headers: dict[str, str]
    connection: socket.socket = field(repr=False)
    closing: threading.Event = field(repr=False)
    reader: BinaryIO = field(repr=False)

    def body(self) -> bytes:
        """The request's body, of a length that it states or in chunks; what follows is lost if it breaks off."""
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.reader.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.reader.readline() or b"0", 16):
            body += self.reader.read(size + 2)[:-2]
        self.reader.readline()
        return body

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self, status: int, *lines: str) -> None:
        reason = HTTPStatus(status).phrase
        self.send("\r\n".join([f"HTTP/1.1 {status} {reason}", *lines, "", ""]).encode("latin-1"))

    def reply(self, status: int, body: bytes = b"", *lines: str) -> bool:
        self.head(status, f"Content-Length: {len(body)}", *lines)
        self.send(body)
        return True

    def span(self, size: int) -> tuple[int, int] | None:
        """The range asked for, as offsets of the first byte and past the last, if it lies in the file."""
        text = self.headers.get("range", "")
        if not text:
            return None
        first, _, last = text.removeprefix("bytes=").partition("-")
        return int(first), min(int(last) + 1, size)


Behaviour = Callable[[Exchange], bool]


@dataclass
class HostileServer:
    """What a test holds of the server."""

    url: str
    asked: list[Exchange] = field(default_factory=list)


@contextmanager
def hostile(*script: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[HostileServer]:
    """Serve by the script, one behaviour a request, the last one for all further requests; over TLS if told how."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = HostileServer(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}")
    closing, lock, connections, threads = threading.Event(), threading.Lock(), [], []

    def converse(accepted: socket.socket) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError), _secured(accepted, tls) as connection, connection.makefile("rb") as reader:
            connections.append(connection)
            while (exchange := _read(reader, connection, closing)) is not None:
                with lock:
                    behaviour = script[min(len(server.asked), len(script) - 1)]
                    server.asked.append(exchange)
                if not behaviour(exchange):
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            threads.append(threading.Thread(target=converse, args=(connection,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        closing.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def _secured(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    try:
        return tls.wrap_socket(connection, server_side=True) if tls else connection
    except OSError:
        connection.close()
        raise


def _read(reader, connection: socket.socket, closing: threading.Event) -> Exchange | None:
    request = reader.readline().split()
    if len(request) != 3 or not request[2].startswith(b"HTTP/"):
        return None
    headers = {}
    while line := reader.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return Exchange(request[1].decode(), headers, connection, closing, reader)


def _content(source: Source, exchange: Exchange) -> bytes | None:
    if isinstance(source, bytes):
        return source
    path = source / unquote(exchange.path.partition("?")[0]).lstrip("/")
    return path.read_bytes() if path.is_file() else None


def _answer(exchange: Exchange, data: bytes, etag: str = '"1"') -> tuple[int, bytes, list[str]]:
    """Status, body and headers of an honest answer."""
    tag = [f"ETag: {etag}"] if etag else []
    span = exchange.span(len(data))
    if span is None or exchange.headers.get("if-range", etag) != etag:
        return 200, data, tag
    start, stop = span
    if start >= stop:
        return 416, b"", [f"Content-Range: bytes */{len(data)}"]
    return 206, data[start:stop], [*tag, f"Content-Range: bytes {start}-{stop - 1}/{len(data)}"]


# Behaviours -----------------------------------------------------------------------------------------------------------


def serve(source: Source, etag: str = '"1"') -> Behaviour:
    """Honest: whole files and single ranges, If-Range, 404 for what the folder lacks."""

    def behave(exchange: Exchange) -> bool:
        data = _content(source, exchange)
        if data is None:
            return exchange.reply(404)
        status, body, lines = _answer(exchange, data, etag)
        return exchange.reply(status, body, *lines)

    return behave


def cut(source: Source, at: int, etag: str = '"1"', *, declared: bool = True) -> Behaviour:
    """Closes the connection after so many bytes of the body; undeclared, the body is chunked and its size unknown."""

    def behave(exchange: Exchange) -> bool:
        status, body, lines = _answer(exchange, _content(source, exchange) or b"", etag)
        if declared:
            exchange.head(status, f"Content-Length: {len(body)}", *lines)
            exchange.send(body[:at])
        else:
            exchange.head(status, "Transfer-Encoding: chunked", *lines)
            exchange.send(_chunk(body[:at]))
        return False

    return behave


def chunked(source: Source, size: int = 1000) -> Behaviour:
    """Honest, but without telling the size of the file."""

    def behave(exchange: Exchange) -> bool:
        status, body, lines = _answer(exchange, _content(source, exchange) or b"")
        exchange.head(status, "Transfer-Encoding: chunked", *lines)
        exchange.send(b"".join(_chunk(body[i : i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n")
        return True

    return behave


def endless(piece: bytes = b"\0" * 65536, *, trailers: bool = False) -> Behaviour:
    """Never ends: the body, or the trailers after an empty one."""

    def behave(exchange: Exchange) -> bool:
        exchange.head(200, "Transfer-Encoding: chunked")
        if trailers:
            exchange.send(b"0\r\n")
        while not exchange.closing.is_set():
            exchange.send(b"X-Trailer: x\r\n" * 1000 if trailers else _chunk(piece))
        return False

    return behave


def drip(source: Source, pause: float = 0.001, *, size: int = 1, headers: bool = False) -> Behaviour:
    """A byte, or a few, at a time: of the body, or of the headers already."""

    def behave(exchange: Exchange) -> bool:
        data = _content(source, exchange) or b""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        whole = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 60000 if headers else data
        if not headers:
            exchange.send(head)
        for i in range(0, len(whole), size):
            if exchange.closing.is_set():
                return False
            exchange.send(whole[i : i + size])
            time.sleep(pause)
        return False

    return behave


def stall(source: Source = b"", at: int = 0, *, headers: bool = True) -> Behaviour:
    """Falls silent after so many bytes of the body, or before the headers, and keeps the connection."""

    def behave(exchange: Exchange) -> bool:
        if headers:
            status, body, lines = _answer(exchange, _content(source, exchange) or b"")
            exchange.head(status, f"Content-Length: {len(body)}", *lines)
            exchange.send(body[:at])
        exchange.closing.wait()
        return False

    return behave


def html(text: str = "<!DOCTYPE html><title>Please log in</title>") -> Behaviour:
    """A web page in place of whatever was asked for, as a login or a parked domain gives."""
    return lambda exchange: exchange.reply(200, text.encode(), "Content-Type: text/html")


def gzipped(source: Source) -> Behaviour:
    """Compresses on the wire though nobody accepted that."""

    def behave(exchange: Exchange) -> bool:
        return exchange.reply(200, gzip.compress(_content(source, exchange) or b""), "Content-Encoding: gzip")

    return behave


def wrong_range(source: Source, content_range: str, *lines: str) -> Behaviour:
    """A 206 with the body asked for and a Content-Range of one's own choice."""

    def behave(exchange: Exchange) -> bool:
        _, body, _ = _answer(exchange, _content(source, exchange) or b"")
        return exchange.reply(206, body, f"Content-Range: {content_range}", *lines)

    return behave


def ignores_range(source: Source, etag: str = '"1"') -> Behaviour:
    """Sends the whole file whatever was asked for, as several object stores and simple servers do."""

    def behave(exchange: Exchange) -> bool:
        return exchange.reply(200, _content(source, exchange) or b"", *([f"ETag: {etag}"] if etag else []))

    return behave


def status(code: int, *lines: str, body: bytes = b"") -> Behaviour:
    """An empty answer of this status: `status(429, "Retry-After: 7")`."""
    return lambda exchange: exchange.reply(code, body, *lines)


def redirect(to: str, code: int = 302) -> Behaviour:
    """Sends elsewhere; `{path}` stands for the path asked for."""
    return lambda exchange: exchange.reply(code, b"moved", "Location: " + to.replace("{path}", exchange.path))


def endless_redirect(to: str) -> Behaviour:
    """Sends elsewhere with a body that never ends."""

    def behave(exchange: Exchange) -> bool:
        exchange.head(302, "Location: " + to, "Transfer-Encoding: chunked")
        while not exchange.closing.is_set():
            exchange.send(_chunk(b"\0" * 65536))
        return False

    return behave


def flipped(source: Source, at: int) -> Behaviour:
    """Serves honestly but for one bit of the byte at this offset of the file."""

    def behave(exchange: Exchange) -> bool:
        data = bytearray(_content(source, exchange) or b"")
        data[at] ^= 1
        code, body, lines = _answer(exchange, bytes(data))
        return exchange.reply(code, body, *lines)

    return behave


def longer(source: Source, extra: bytes = b"surplus", *, declared: bool = False) -> Behaviour:
    """Sends more than the Content-Length; declared, the Content-Length says so."""

    def behave(exchange: Exchange) -> bool:
        data = _content(source, exchange) or b""
        exchange.head(200, f"Content-Length: {len(data) + (len(extra) if declared else 0)}", 'ETag: "1"')
        exchange.send(data + extra)
        return True

    return behave


def closes() -> Behaviour:
    """Hangs up without a word."""
    return lambda exchange: False


def raw(data: bytes) -> Behaviour:
    """Sends exactly these bytes, headers and all, and hangs up."""

    def behave(exchange: Exchange) -> bool:
        exchange.send(data)
        return False

    return behave


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""
