"""Nodes of UnixFS files and folders as dag-pb blocks: written in the one canonical form, read strictly.

A reader need not check field by field: it takes from a block what it cannot know, writes the node anew, and compares.
Protobuf has several spellings for one message; only the canonical one passes
(https://ipld.io/specs/codecs/dag-pb/spec/, https://specs.ipfs.tech/unixfs/).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zoopkg.errors import FormatError
from zoopkg.model.cid import Cid

_VARINT_BYTES = 9  # 63 bits
_FOLDER, _FILE = 1, 2  # UnixFS Data.Type

_T = TypeVar("_T", int, bytes)


@dataclass(frozen=True, slots=True)
class Link:
    """What a node says of a child.

    Attributes:
        size: the bytes of the file, or of its part, below; of no use in a folder.
        tree_bytes: the bytes of all blocks below and with it.
        name: in a folder.
    """

    cid: Cid
    size: int
    tree_bytes: int
    name: str = ""


def file_node(children: Sequence[Link]) -> bytes:
    """The block of a file, or of a part of one, that consists of its children in order."""
    sizes = b"".join(_number(4, child.size) for child in children)
    return _node(children, _number(1, _FILE) + _number(3, sum(child.size for child in children)) + sizes)


def folder_node(entries: Iterable[Link]) -> bytes:
    """The block of a folder; its entries are sorted by name."""
    return _node(sorted(entries, key=lambda entry: entry.name.encode()), _number(1, _FOLDER))


def _node(links: Iterable[Link], data: bytes) -> bytes:
    """PBNode: links, field 2, before data, field 1."""
    return b"".join(_field(2, _link(link)) for link in links) + _field(1, data)


def _link(link: Link) -> bytes:
    return _field(1, bytes(link.cid)) + _field(2, link.name.encode()) + _number(3, link.tree_bytes)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a block says of a file that only the block can say.

    Attributes:
        cids: its children.
        size: bytes of the file below; whether the children have as many is not checked.
    """

    cids: tuple[Cid, ...]
    size: int


def read_file_node(block: bytes) -> Stated:
    """The children and the size that a file's node states.

    Raises:
        FormatError: it is malformed, or states neither; what else is in it is for the caller to compare.
    """
    links = [value for number, value in _fields(block) if number == 2 and isinstance(value, bytes)]
    return Stated(
        tuple(Cid.from_bytes(_field_of(link, 1, bytes)) for link in links),
        _field_of(_field_of(block, 1, bytes), 3, int),
    )


def _field_of(message: bytes, wanted: int, kind: type[_T]) -> _T:
    """The first field of this number."""
    value = next((value for number, value in _fields(message) if number == wanted), None)
    if not isinstance(value, kind):
        raise FormatError(f"a node has no field {wanted} where one belongs")
    return value


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The numbers and values of a message, of the two wire types that dag-pb and UnixFS use."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == 2 and value <= len(message) - at:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            raise FormatError("a node is malformed")


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned varint at an offset, and the offset past it.

    Raises:
        FormatError: it does not end within the data, or has over 63 bits.
    """
    value = 0
    for shift, byte in enumerate(data[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    raise FormatError("a number is malformed")


def varint(value: int) -> bytes:
    """An unsigned number, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _field(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value
