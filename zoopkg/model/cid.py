"""The CID by which IPFS knows a file: CIDv1, UnixFS, profile `unixfs-v1-2025`. Hashes a stream; talks to no node.

Raw leaves of 1 MiB, balanced tree of up to 1,024 links a node, SHA-256, base32
(https://specs.ipfs.tech/unixfs/, https://ipld.io/specs/codecs/dag-pb/spec/).
"""

import base64
import hashlib
import re
from dataclasses import dataclass

LEAF_BYTES = 1 << 20
MAX_LINKS = 1024
CID_PATTERN = re.compile(r"b[a-z2-7]{58}")

_RAW, _DAG_PB = 0x55, 0x70


@dataclass(frozen=True, slots=True)
class _Node:
    """A block of the tree: its binary CID, the file bytes below it, and the bytes of all blocks below and with it."""

    cid: bytes
    file_bytes: int
    tree_bytes: int


class CidHasher:
    """Feed a file's bytes in any pieces, then ask for its CID."""

    def __init__(self) -> None:
        self._leaf = hashlib.sha256()
        self._leaf_bytes = 0
        self._leaves: list[_Node] = []

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the file."""
        view = memoryview(data)
        while view.nbytes:
            taken = view[: LEAF_BYTES - self._leaf_bytes]
            self._leaf.update(taken)
            self._leaf_bytes += taken.nbytes
            view = view[taken.nbytes :]
            if self._leaf_bytes == LEAF_BYTES:
                self._end_leaf()

    def _end_leaf(self) -> None:
        self._leaves.append(_Node(_cid(_RAW, self._leaf.digest()), self._leaf_bytes, self._leaf_bytes))
        self._leaf = hashlib.sha256()
        self._leaf_bytes = 0

    def cid(self) -> str:
        """The CID of all bytes so far; call it once, at the end."""
        if self._leaf_bytes or not self._leaves:
            self._end_leaf()
        nodes = self._leaves
        while len(nodes) > 1:
            nodes = [_parent(nodes[i : i + MAX_LINKS]) for i in range(0, len(nodes), MAX_LINKS)]
        return "b" + base64.b32encode(nodes[0].cid).decode().rstrip("=").lower()


def _cid(codec: int, sha256: bytes) -> bytes:
    return bytes((1, codec, 0x12, 32)) + sha256


def _parent(children: list[_Node]) -> _Node:
    """The dag-pb block over some children; protobuf fields in the order that dag-pb prescribes, links before data."""
    links = b"".join(
        _field(2, _field(1, child.cid) + _field(2, b"") + _number(3, child.tree_bytes)) for child in children
    )
    file_bytes = sum(child.file_bytes for child in children)
    sizes = b"".join(_number(4, child.file_bytes) for child in children)
    block = links + _field(1, _number(1, 2) + _number(3, file_bytes) + sizes)
    tree_bytes = len(block) + sum(child.tree_bytes for child in children)
    return _Node(_cid(_DAG_PB, hashlib.sha256(block).digest()), file_bytes, tree_bytes)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
