"""A trustless gateway on the loopback interface over some files, cut into blocks as zoopkg cuts them.

It answers by the specification, block by block and in CARs (https://specs.ipfs.tech/http-gateways/trustless-gateway/),
for whole files and for `entity-bytes`. Change `blocks` to make it lie. URLs may have any folder before `/ipfs/`.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from zoopkg.model.car import header, section
from zoopkg.model.unixfs import PROFILE, Node, Shape, TreeHasher


@dataclass
class TrustlessGateway:
    """What a gateway holds, and how it answers.

    Attributes:
        cars: whether it sends CARs at all, else the status that it answers.
        dups: whether it sends a block again each time that it is due.
        spans: whether it knows `entity-bytes`.
        asked: the paths and queries asked for.
    """

    shape: Shape = PROFILE
    cars: int = 200
    dups: bool = True
    spans: bool = True
    url: str = ""
    blocks: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Node] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, data: bytes) -> str:
        """Hold a file; the result is its CID."""
        hasher = TreeHasher(self.shape)
        hasher.update(data)
        tree, at = hasher.tree(), 0
        for node in tree.walk():
            if node.block:
                self.blocks[str(node.link.cid)] = node.block
            else:
                self.blocks[str(node.link.cid)] = data[at : at + node.link.size]
                at += node.link.size
        self.trees[str(tree.link.cid)] = tree
        return str(tree.link.cid)

    def answer(self, cid: str, query: dict[str, str]) -> tuple[int, str, Iterable[bytes]]:
        """Status, media type, and the pieces of the body."""
        form = query.get("format")
        if form not in ("raw", "car"):
            return 400, "text/plain", [b"only format=raw and format=car"]
        if cid not in self.blocks:
            return 404, "text/plain", [b"no such block"]
        if form == "raw":
            return 200, "application/vnd.ipld.raw", [self.blocks[cid]]
        if self.cars != 200:
            return self.cars, "text/plain", [b"no CARs"]
        media = f"application/vnd.ipld.car; version=1; order=dfs; dups={'y' if self.dups else 'n'}"
        return 200, media, self.car(cid, query.get("entity-bytes", "0:*") if self.spans else "0:*")

    def car(self, cid: str, entity: str) -> Iterator[bytes]:
        """The CAR of a file, or of what of it the bytes need, the last of them included."""
        tree = self.trees[cid]
        first, _, last = entity.partition(":")
        start, stop = int(first), tree.link.size if last == "*" else int(last) + 1
        yield header(tree.link.cid)
        seen = set()
        for node in _needed(tree, 0, start, stop):
            if self.dups or node.link.cid not in seen:
                seen.add(node.link.cid)
                if str(node.link.cid) not in self.blocks:
                    return
                yield section(node.link.cid, self.blocks[str(node.link.cid)])


def _needed(node: Node, at: int, start: int, stop: int) -> Iterator[Node]:
    yield node
    for child in node.children:
        if at < stop and start < at + child.link.size:
            yield from _needed(child, at, start, stop)
        at += child.link.size


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        gateway: TrustlessGateway = self.server.gateway
        gateway.asked.append(self.path)
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if "format" not in query and "application/vnd.ipld.raw" in self.headers.get("Accept", ""):
            query["format"] = "raw"
        status, media, pieces = gateway.answer(parts.path.rpartition("/ipfs/")[2], query)
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Access-Control-Allow-Origin", "*")
        if "car" in media:  # its size is known when it has been sent
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            body = b"".join(pieces)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up on a CAR have their reasons."""


@contextmanager
def serving(gateway: TrustlessGateway) -> Iterator[TrustlessGateway]:
    """Serve until the block ends; the gateway's `url` is its address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.gateway = gateway
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
