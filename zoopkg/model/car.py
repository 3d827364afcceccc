"""CARv1, a file of blocks: how its header and its sections are written (https://ipld.io/specs/transport/car/carv1/).

Reads none: what comes from elsewhere is taken block by block by `zoopkg.transport.car`.
"""

from zoopkg.model.cid import CID_BYTES, Cid
from zoopkg.model.dagpb import varint


def header(root: Cid) -> bytes:
    """How a CAR of one root begins: DAG-CBOR of `{roots: [root], version: 1}`."""
    # A CID is tag 42 over a byte string that begins with the multibase prefix 0.
    body = b"\xa2eroots\x81\xd8\x2a\x58\x25\x00" + bytes(root) + b"gversion\x01"
    return varint(len(body)) + body


def section(cid: Cid, block: bytes) -> bytes:
    """A block in a CAR."""
    return varint(CID_BYTES + len(block)) + bytes(cid) + block


def section_bytes(length: int) -> int:
    """How long the section of a block of some length is."""
    return len(varint(CID_BYTES + length)) + CID_BYTES + length
