"""Out of the stream of a bundle's bytes, the contents of its blocks: counted, bounded, never trusted.

A frame must be one zstd frame that says its size, that size must be the layout's, and nothing may follow within the
block. What the contents are is decided by their digests, where they are written.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import zstandard

from zoopkg.errors import IntegrityError
from zoopkg.model.digest import Digest
from zoopkg.model.frame import MAX_WINDOW
from zoopkg.model.layout import Block, Member

# A block up to this size is decompressed in one call; a larger one as a stream.
ONE_CALL_BYTES = 4 << 20
_PIECE = 1 << 20
_HEAD = 18  # the longest header of a frame (RFC 8878, 3.1.1.1)


class Writer(Protocol):
    """Takes one content in pieces."""

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        ...


class Sink(Protocol):
    """Where contents go; it raises IntegrityError where the bytes are not those of the digest."""

    def put(self, digest: Digest, data: bytes | memoryview) -> None:
        """Take a content that is whole in memory."""
        ...

    def writer(self, digest: Digest) -> AbstractContextManager[Writer]:
        """What takes a content in pieces, and judges it when its context ends."""
        ...


class Stream:
    """The bytes of a response, read in the amounts that are asked for, with the position in the bundle."""

    def __init__(self, chunks: Iterable[bytes], position: int) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = memoryview(b"")
        self.position = position

    def _more(self) -> bool:
        while not self._rest.nbytes:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._rest = memoryview(chunk)
        return True

    def some(self, limit: int) -> memoryview:
        """At least one byte and at most `limit`, or none at the end."""
        if not self._more():
            return memoryview(b"")
        taken, self._rest = self._rest[:limit], self._rest[limit:]
        self.position += taken.nbytes
        return taken

    def exactly(self, count: int) -> bytes | memoryview:
        """The next `count` bytes.

        Raises:
            IntegrityError: there are fewer.
        """
        first = self.some(count)
        if first.nbytes == count:
            return first
        pieces = [first]
        while (count := count - pieces[-1].nbytes) and pieces[-1].nbytes:
            pieces.append(self.some(count))
        if count:
            raise IntegrityError("the bundle ends in the middle of a block")
        return b"".join(pieces)

    def skip_to(self, position: int) -> None:
        """Pass over what lies between two blocks."""
        while self.position < position:
            if not self.some(position - self.position):
                raise IntegrityError("the bundle ends before a block")


class _Frame:
    """The stored bytes of one block, its head among them, as the file that zstandard reads from."""

    def __init__(self, head: bytes, stream: Stream, length: int) -> None:
        self._head = head
        self._stream = stream
        self.left = length - len(head)

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        piece = self._stream.some(min(size if size >= 0 else _PIECE, self.left)) if self.left else b""
        self.left -= len(piece)
        return bytes(piece)


def write_block(stream: Stream, block: Block, sink: Sink) -> int:
    """Decompress the block that comes next in a stream and hand its members on, to a session of the store for instance.

    Returns:
        How many bytes of members were written.

    Raises:
        IntegrityError: the frame or a member is not what it should be. Members before it were handed on, and right.
    """
    stream.skip_to(block.offset)
    if block.size <= ONE_CALL_BYTES and block.length <= ONE_CALL_BYTES:
        return _write_small(stream.exactly(block.length), block, sink)
    return _write_large(stream, block, sink)


def _check_announced(frame: bytes | memoryview, block: Block) -> None:
    """Before anything is allocated for it."""
    announced = zstandard.get_frame_parameters(frame).content_size
    if announced != block.size:
        raise IntegrityError(f"a block announces {announced} bytes, not {block.size}")


def _write_small(frame: bytes | memoryview, block: Block, sink: Sink) -> int:
    try:
        _check_announced(frame, block)
        data = memoryview(
            zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompress(frame, allow_extra_data=False)
        )
    except zstandard.ZstdError as error:
        raise IntegrityError(f"a block does not decompress: {error}") from error
    if data.nbytes != block.size:
        raise IntegrityError(f"a block has {data.nbytes} bytes, not {block.size}")
    for member in block.members:
        sink.put(member.digest, data[member.place : member.place + member.size])
    return sum(member.size for member in block.members)


def _write_large(stream: Stream, block: Block, sink: Sink) -> int:
    head = bytes(stream.exactly(min(block.length, _HEAD)))
    frame = _Frame(head, stream, block.length)
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    try:
        _check_announced(head, block)
        # The reader asks its source only as it is asked itself, so that a bomb never unfolds.
        with decompressor.stream_reader(frame, read_size=_PIECE, closefd=False) as reader:  # type: ignore[arg-type]
            place = 0
            for member in block.members:
                _pass(reader, member.place - place)
                _write_member(reader, member, sink)
                place = member.place + member.size
            _pass(reader, block.size - place)
            if reader.read(1):
                raise IntegrityError(f"a block holds more than its {block.size} bytes")
    except zstandard.ZstdError as error:
        raise IntegrityError(f"a block does not decompress: {error}") from error
    if frame.left:
        raise IntegrityError("a block goes on after its frame")
    return sum(member.size for member in block.members)


def _pieces(reader: zstandard.ZstdDecompressionReader, count: int) -> Iterator[bytes]:
    while count:
        piece = reader.read(min(count, _PIECE))
        if not piece:
            raise IntegrityError("a block has fewer bytes than announced")
        count -= len(piece)
        yield piece


def _pass(reader: zstandard.ZstdDecompressionReader, count: int) -> None:
    for _ in _pieces(reader, count):
        pass


def _write_member(reader: zstandard.ZstdDecompressionReader, member: Member, sink: Sink) -> None:
    with sink.writer(member.digest) as writer:
        for piece in _pieces(reader, member.size):
            writer.write(piece)
