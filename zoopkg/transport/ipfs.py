"""Files from trustless IPFS gateways: fetched block by block, each verified against its CID before a byte is passed on.

URLs of such gateways are those of `zoopkg.transport.gateway`; all others are opened by the inner opener. A file must be
cut as `zoopkg.model.unixfs` cuts files: there is one tree for a size, so a gateway has no say in its depth or links.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zoopkg.errors import FormatError, IntegrityError
from zoopkg.model.car import section_bytes
from zoopkg.model.cid import Codec
from zoopkg.model.unixfs import PROFILE, Part, Shape, parts_of, root_part
from zoopkg.transport.base import Body, MissingError, Opener, OverlongError, Span, TransportError
from zoopkg.transport.blocks import Blocks, CarBlocks, KeptNodes, RawBlocks
from zoopkg.transport.car import MAX_HEADER
from zoopkg.transport.gateway import Gateway
from zoopkg.transport.resume import ResumingOpener
from zoopkg.transport.urls import redacted, without_credentials


@dataclass(frozen=True, slots=True)
class _Root:
    """The first block of a file."""

    part: Part
    block: bytes
    shape: Shape


class IpfsBody(Body):
    """A file, or a span of it, out of its blocks (see `zoopkg.transport.base.Body`).

    Args:
        blocks: those after the root, in order.
        root: the one before them.
        span: the bytes to pass on, the whole file if None.
    """

    def __init__(self, url: str, blocks: Blocks, root: _Root, span: Span | None) -> None:
        self.start = span.start if span else 0
        self.total: int | None = root.part.size
        self.validator = f'"{root.part.cid}"'
        self.url = without_credentials(url)
        self._stop = span.end if span else root.part.size
        self._blocks, self._root, self._shape = blocks, root, root.shape

    def __iter__(self) -> Iterator[bytes]:
        with _named(self.url):
            yield from self._pieces(self._root.part, self._root.block)

    def _pieces(self, part: Part, block: bytes) -> Iterator[bytes]:
        if not part.height:
            piece = block[max(0, self.start - part.start) : self._stop - part.start]
            if piece:
                yield piece
            return
        for child in parts_of(part, block, self._shape):
            if child.start < self._stop and self.start < child.end:
                yield from self._pieces(child, self._get(child))

    def _get(self, part: Part) -> bytes:
        try:
            block = self._blocks.get(part.cid, self._shape.node_bytes if part.height else part.size)
        except MissingError as error:
            raise TransportError(f"{redacted(self.url)} lacks a part of it: {error.message}", permanent=True) from error
        if not part.height and len(block) != part.size:
            raise FormatError(f"the leaf {part.cid} has {len(block)} bytes where {part.size} belong")
        return block

    def close(self) -> None:
        """Let go of the connection."""
        self._blocks.close()


class IpfsOpener:
    """An opener that reads files from trustless gateways, and leaves all other URLs to another.

    Args:
        inner: opens URLs, of blocks and CARs too, and asks again what fails to open.
        attempts: how many times in a row a block may break off.
        shape: how files are cut.
    """

    def __init__(self, inner: Opener, *, attempts: int = 4, shape: Shape = PROFILE) -> None:
        self._inner, self._whole = inner, ResumingOpener(inner, attempts=attempts)
        self._shape = shape
        self._kept = KeptNodes()
        self._without_cars: set[str] = set()

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`).

        Raises:
            IntegrityError: its first block is not the one that was asked for; as are, while it is read, others.
        """
        gateway = Gateway.of(url)
        if gateway is None:
            return self._inner.open(url, limit=limit, span=span, validator=validator)
        cid = gateway.cid
        if validator not in ("", f'"{cid}"'):
            span = None
        blocks = self._blocks(gateway, limit, span)
        try:
            most = self._shape.node_bytes if cid.codec is Codec.DAG_PB else min(self._shape.leaf_bytes, limit)
            block = blocks.get(cid, most)
            with _named(url):
                root = _Root(root_part(cid, block, self._shape), block, self._shape)
            _judge(url, root.part.size, limit, span)
            return IpfsBody(url, blocks, root, span)
        except BaseException:
            blocks.close()
            raise

    def _blocks(self, gateway: Gateway, limit: int, span: Span | None) -> Blocks:
        raw = RawBlocks(self._whole, gateway, self._kept)
        if gateway.form == "raw" or gateway.name in self._without_cars:
            return raw
        url = gateway.car_url(span)
        try:
            return CarBlocks(url, self._inner.open(url, limit=self._car_bytes(limit)), raw)
        except OverlongError:
            return raw
        except TransportError as error:  # 400, 406, 501: it may give blocks all the same
            if error.permanent:
                self._without_cars.add(gateway.name)
                return raw
            raise

    def _car_bytes(self, limit: int) -> int:
        """The most that the CAR of a file of at most so many bytes may have."""
        blocks = self._shape.blocks(limit, self._shape.height(limit))
        return MAX_HEADER + sum(section_bytes(length) * count for length, count in blocks.items())


def _judge(url: str, size: int, limit: int, span: Span | None) -> None:
    if size > limit:
        raise OverlongError(f"{redacted(url)} has {size} bytes where at most {limit} were expected")
    if span and span.end > size:
        raise TransportError(
            f"{redacted(url)} has {size} bytes, and those up to {span.end} were asked for", permanent=True
        )


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Say from where a block came that is not as it should be."""
    try:
        yield
    except FormatError as error:
        raise IntegrityError(f"{redacted(url)} leads to what is no file: {error.message}") from error
