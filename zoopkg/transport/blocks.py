"""The blocks of a file from a trustless gateway, one by one or out of one CAR, each verified against its CID.

Knows nothing of files: `zoopkg.transport.ipfs` says which block is due.
"""

from threading import Lock
from typing import Protocol

from zoopkg.errors import FormatError, IntegrityError
from zoopkg.model.cid import Cid, Codec
from zoopkg.transport.base import Body, Opener, OverlongError, TransportError
from zoopkg.transport.car import CarReader
from zoopkg.transport.gateway import Gateway
from zoopkg.transport.urls import redacted

_KEPT_NODES = 64


class Blocks(Protocol):
    """Where the blocks of one file come from, verified."""

    def get(self, cid: Cid, limit: int) -> bytes:
        """The block that is due next, of so many bytes at most.

        Raises:
            IntegrityError: it has other bytes.
            MissingError: there is none.
            TransportError: it could not be had.
        """
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class KeptNodes:
    """The nodes last seen, by URL: a file is read in many spans, and each needs its root."""

    def __init__(self) -> None:
        self._nodes: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, url: str) -> bytes | None:
        """The verified node that came from there, if it is kept."""
        with self._lock:
            return self._nodes.get(url)

    def put(self, url: str, block: bytes) -> None:
        """Keep a verified node, in place of the oldest."""
        with self._lock:
            self._nodes[url] = block
            while len(self._nodes) > _KEPT_NODES:
                del self._nodes[next(iter(self._nodes))]


class RawBlocks:
    """Blocks that are asked for one by one (see `Blocks`).

    Args:
        inner: opens again, as often as is of use, what fails or breaks off.
        gateway: where to ask.
        kept: nodes that need not be asked for.
    """

    def __init__(self, inner: Opener, gateway: Gateway, kept: KeptNodes) -> None:
        self._inner, self._gateway, self._kept = inner, gateway, kept

    def get(self, cid: Cid, limit: int) -> bytes:
        """Ask for the block, unless it is a node that was seen lately."""
        url = self._gateway.block_url(cid)
        block = self._kept.get(url)
        if block is None:
            try:
                with self._inner.open(url, limit=limit) as body:
                    block = _verified(url, cid, b"".join(body))
            except OverlongError:
                raise
            except TransportError as error:  # asked for again as often as is of use
                raise TransportError(error.message, hint=error.hint, permanent=True) from error
            if cid.codec is Codec.DAG_PB:
                self._kept.put(url, block)
        return block

    def close(self) -> None:
        """Nothing is open between blocks."""


class CarBlocks:
    """Blocks out of one CAR, for as long as they come in order; from then on one by one (see `Blocks`).

    A gateway may send blocks in an order of its own, leave out those it has sent before, or break off where it lacks
    one; none of that is a lie. What is not the block that is due is never looked at.
    """

    def __init__(self, url: str, body: Body, raw: RawBlocks) -> None:
        self._url, self._body, self._raw = url, body, raw
        self._car: CarReader | None = None
        self._fits = True

    def get(self, cid: Cid, limit: int) -> bytes:
        """Take the next block from the CAR if it is the one, else ask for it and for all that follow."""
        if self._fits:
            try:
                self._car = self._car or CarReader(self._body)
                return _verified(self._url, cid, self._car.block(cid, limit))
            except (FormatError, TransportError):
                self._fits = False
                self._body.close()
        return self._raw.get(cid, limit)

    def close(self) -> None:
        """Close the CAR."""
        self._body.close()


def _verified(url: str, cid: Cid, block: bytes) -> bytes:
    if Cid.of(cid.codec, block) != cid:
        raise IntegrityError(f"{redacted(url)} sent {len(block)} bytes that are not the block {cid}")
    return block
