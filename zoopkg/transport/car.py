"""Reads a CARv1 stream in the order in which its blocks are due (https://ipld.io/specs/transport/car/carv1/).

Takes nothing from it on trust and holds one block at a time. Neither opens nor asks for one: `zoopkg.transport.ipfs`.
"""

import re
from collections.abc import Iterable, Iterator

from zoopkg.errors import FormatError
from zoopkg.model.cid import CID_BYTES, Cid
from zoopkg.model.dagpb import read_varint

# {roots: […], version: 1} as DAG-CBOR, whose keys have one order. The roots mean nothing in what a gateway sends.
_HEADER = re.compile(rb"\xa2eroots.*gversion\x01", re.DOTALL)
MAX_HEADER = 4096


class CarReader:
    """The blocks of a CAR, of which each is asked for by the CID that is due.

    Args:
        pieces: the bytes of the CAR as they come.

    Raises:
        FormatError: from any method: what comes is no CAR of version 1, or is another block than is due.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._rest = memoryview(b"")
        if not _HEADER.fullmatch(self._exactly(self._length(MAX_HEADER))):
            raise FormatError("no CAR of version 1 comes")

    def block(self, cid: Cid, limit: int) -> bytes:
        """The bytes of the block that comes next, which says of itself that it has this CID; nobody checked that.

        Args:
            cid: the one that is due.
            limit: the most bytes that it may have.
        """
        length = self._length(CID_BYTES + limit)
        if length < CID_BYTES or self._exactly(CID_BYTES) != bytes(cid):
            raise FormatError(f"another block comes where {cid} is due")
        return self._exactly(length - CID_BYTES)

    def _length(self, limit: int) -> int:
        number = b""
        while len(number) < 9:
            number += self._exactly(1)
            if number[-1] < 0x80:
                break
        length, _ = read_varint(number, 0)
        if length > limit:
            raise FormatError(f"{length} bytes are announced where at most {limit} can be")
        return length

    def _exactly(self, count: int) -> bytes:
        out = bytearray()
        while len(out) < count:
            if not self._rest.nbytes:
                piece = next(self._pieces, None)
                if piece is None:
                    raise FormatError("the CAR ends too early")
                self._rest = memoryview(piece)
            taken = self._rest[: count - len(out)]
            self._rest = self._rest[taken.nbytes :]
            out += taken
        return bytes(out)
