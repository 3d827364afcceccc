"""Writing an export: sections one after the other, each hashed on its way, and at the end the digest of them all."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from blake3 import blake3

from zoopkg.airgap.format import FIRST_LINE, Document, End, Index, IndexFile, Order, Section, encode
from zoopkg.model.blob import BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block


class ExportWriter:
    """Writes an export; the caller brings the sections in the order of the format, and ends it.

    Args:
        file: where it goes; it is the caller's to open and close.

    Raises:
        OSError: from every method, where it cannot be written.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hasher = blake3()
        self._order = Order("the export")
        self.size = 0
        self._write(FIRST_LINE)

    def index(self, name: str) -> None:
        """Begin an index; the files after this are its own."""
        self._section(Index(name), ())

    def file(self, name: str, data: bytes, targets: Sequence[str] = ()) -> None:
        """A file of the index, under its flat name and, if it is a document, the paths that the index signs it as."""
        self._section(IndexFile(name, 0, len(data), tuple(targets)), (data,))

    def document(self, kind: BlobKind, digest: Digest, data: bytes) -> None:
        """A manifest or a layout."""
        self._section(Document(kind, digest, 0, len(data)), (data,))

    def block(self, block: Block, pieces: Iterable[bytes]) -> None:
        """A block, and its stored bytes."""
        self._section(block, pieces)

    def end(self) -> None:
        """The last section."""
        self._section(End(self._order.count, Digest(self._hasher.digest())), ())

    def _section(self, section: Section, pieces: Iterable[bytes]) -> None:
        self._order.take(section)
        self._write(encode(section))
        for piece in pieces:
            self._write(piece)

    def _write(self, data: bytes) -> None:
        self._hasher.update(data)
        self._file.write(data)
        self.size += len(data)
