"""The layout: in which bundle, block and place each instance lies. Needs no trust, since content is checked again.

`docs/formats/layout.md` defines the format: a header line, then for each bundle its line and the lines of its blocks.
Works on streams of bytes; decompression and files are the caller's.

Version 1: the first.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zoopkg.errors import FormatError
from zoopkg.model import canonical
from zoopkg.model.blob import MAX_BLOB, Blob, BlobKind
from zoopkg.model.canonical import Json
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.instance import MAX_INSTANCE
from zoopkg.model.lines import split_lines
from zoopkg.model.manifest import check_schema

SCHEMA = 1
BLOCK_BYTES = 256 << 10
MAX_LINE = 1 << 20
MAX_LAYOUT = 1 << 30
MAX_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Member:
    """An instance within a decompressed block: its content, the place of its first byte, and its size."""

    digest: Digest
    place: int
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """A zstd frame in a bundle: where its stored bytes are, how many bytes they hold, and which instances.

    A block may hold more than its members: those of other packs are left out of a pack's layout.
    """

    offset: int
    length: int
    size: int
    members: tuple[Member, ...]

    def to_json(self) -> dict[str, Json]:
        """The block's line as a value."""
        return {
            "length": self.length,
            "members": [[member.digest.hex, member.place, member.size] for member in self.members],
            "offset": self.offset,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as far as a pack needs it: the blob, and the blocks that hold the pack's instances."""

    blob: Blob
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the instances of a pack lie."""

    bundles: tuple[Bundle, ...]


def members(layout: Layout) -> Iterator[Member]:
    """Every content of a layout, as often as it tells of it."""
    return (member for bundle in layout.bundles for block in bundle.blocks for member in block.members)


def united(bundles: Iterable[Bundle]) -> list[Bundle]:
    """Each bundle once, and each block of it, with all members that any of these tells of."""
    by_digest: dict[Digest, tuple[Blob, dict[tuple[int, int, int], set[Member]]]] = {}
    for bundle in bundles:
        _, blocks = by_digest.setdefault(bundle.blob.digest, (bundle.blob, {}))
        for block in bundle.blocks:
            blocks.setdefault((block.offset, block.length, block.size), set()).update(block.members)
    return [
        Bundle(blob, tuple(Block(*where, _ascending(blocks[where])) for where in sorted(blocks)))
        for blob, blocks in by_digest.values()
    ]


def _ascending(some: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(sorted(some, key=lambda member: (member.place, member.size, member.digest)))


def write(layout: Layout) -> Iterator[bytes]:
    """The canonical lines of a layout, each with its line feed."""
    yield canonical.encode({"bundles": len(layout.bundles), "schema": f"layout/{SCHEMA}"}) + b"\n"
    for bundle in layout.bundles:
        yield canonical.encode({"blocks": len(bundle.blocks), "bundle": bundle.blob.to_json()}) + b"\n"
        for block in bundle.blocks:
            yield canonical.encode(block.to_json()) + b"\n"


def read(chunks: Iterable[bytes], document: str, wanted: Collection[Digest] | None = None) -> Layout:
    """The layout in these bytes, narrowed to the blocks and members that hold wanted instances.

    Args:
        chunks: the decompressed bytes, in any pieces.
        document: what to call it in messages.
        wanted: the instances to look for, each in the first place that is told of it; all places by default.

    Raises:
        FormatError: the format is broken, or newer than this zoopkg.
    """
    lines = split_lines(_capped(chunks, document), MAX_LINE, document)
    header = Fields(_line(lines, document), document)
    check_schema(header, "layout", SCHEMA)
    left = None if wanted is None else set(wanted)
    bundles = [_bundle(lines, document, left) for _ in range(header.integer("bundles", high=1_000_000))]
    if next(lines, None) is not None:
        raise FormatError(f"{document} goes on after its last bundle")
    return Layout(tuple(bundle for bundle in bundles if bundle.blocks))


def read_blobs(chunks: Iterable[bytes], document: str) -> Iterator[Blob]:
    """The bundles that a layout leads to; what lies where in them is passed over, and takes no memory.

    Raises:
        FormatError: the format is broken, or newer than this zoopkg.
    """
    lines = split_lines(_capped(chunks, document), MAX_LINE, document)
    header = Fields(_line(lines, document), document)
    check_schema(header, "layout", SCHEMA)
    for _ in range(header.integer("bundles", high=1_000_000)):
        fields = Fields(_line(lines, document), document)
        yield Blob.from_fields(fields.inner("bundle"), BlobKind.BUNDLE)
        for _ in range(fields.integer("blocks", high=10_000_000)):
            if next(lines, None) is None:
                raise FormatError(f"{document} ends too early")


def _capped(chunks: Iterable[bytes], document: str) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MAX_LAYOUT:
            raise FormatError(f"{document} is larger than {MAX_LAYOUT} bytes")
        yield chunk


def _line(lines: Iterator[bytes], document: str) -> Any:
    line = next(lines, None)
    if line is None:
        raise FormatError(f"{document} ends too early")
    return canonical.decode_loosely(line, f"a line of {document}")


def _bundle(lines: Iterator[bytes], document: str, left: set[Digest] | None) -> Bundle:
    fields = Fields(_line(lines, document), document)
    blob = Blob.from_fields(fields.inner("bundle"), BlobKind.BUNDLE)
    blocks = []
    for _ in range(fields.integer("blocks", high=10_000_000)):
        block = _block(Fields(_line(lines, document), document), blob, left)
        if block.members:
            blocks.append(block)
    return Bundle(blob, tuple(blocks))


def _block(fields: Fields, blob: Blob, left: set[Digest] | None) -> Block:
    offset = fields.integer("offset", high=MAX_BLOB)
    length = fields.integer("length", low=1, high=MAX_BLOB)
    size = fields.integer("size", high=MAX_INSTANCE)
    if offset + length > blob.size:
        raise fields.fail("length", f"leads past the end of {blob.name}")
    return Block(offset, length, size, read_members(fields, size, left))


def read_members(fields: Fields, size: int, left: set[Digest] | None = None) -> tuple[Member, ...]:
    """The members that a block's line tells of.

    Args:
        fields: the line.
        size: of the decompressed block.
        left: the instances to look for; each is taken out of it once it is found. All by default.

    Raises:
        FormatError: a member is malformed, not within the block, or not past the one before.
    """
    members = []
    end = 0
    for i, item in enumerate(fields.sequence("members", limit=MAX_MEMBERS)):
        member = _member(item, size)
        if member is None or member.place < end:
            raise fields.fail(f"members[{i}]", "is not a digest, a place past the last member, and a size within")
        end = member.place + member.size
        if left is None:
            members.append(member)
        elif member.digest in left:
            left.discard(member.digest)  # what a layout repeats takes no memory
            members.append(member)
    return tuple(members)


def _member(item: Any, block_size: int) -> Member | None:
    if type(item) is not list or len(item) != 3:
        return None
    hexadecimal, place, size = item
    if type(hexadecimal) is not str or type(place) is not int or type(size) is not int:
        return None
    if place < 0 or size < 0 or place + size > block_size:
        return None
    return Member(Digest.from_hex(hexadecimal), place, size)
