"""Reading an export: checked as a whole before anything is done with it, then section by section.

The check finds what was cut off or altered on the way. It proves nothing of who wrote the file: what its sections say
is verified where it is used, by digests and by an index's signatures.
"""

import os
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from zoopkg.airgap.format import (
    BEGINNING,
    MAX_LINE,
    Document,
    End,
    IndexFile,
    Order,
    Section,
    check_first_line,
    decode,
    kind_of,
    length_of,
    no_export,
)
from zoopkg.errors import FormatError, IntegrityError, UsageError, explaining
from zoopkg.model.layout import Block
from zoopkg.transport.base import Span
from zoopkg.transport.file import FileOpener, url_of

_PIECE = 1 << 20
_FLAGS = getattr(os, "O_NONBLOCK", 0)  # a named pipe without a writer would block
_WHICH = "Name a file that `zoopkg export` wrote."
_AGAIN = "Copy it again from where it was made, and compare the sizes."

See = Callable[[bytes], None]


class ExportFile:
    """An export on disk.

    Raises:
        UsageError: there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = f"'{path}'"
        self.url = url_of(path)
        self._files = FileOpener()
        try:
            status = path.stat()
        except OSError as error:
            raise UsageError(f"{self.document} cannot be read: {error.strerror}", hint=_WHICH) from error
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{self.document} is not a file", hint=_WHICH)
        self.size = status.st_size

    def check(self, advance: Callable[[int], None]) -> None:
        """Read the whole file once, and see that it is whole and as it was written.

        Args:
            advance: told how many bytes more were read.

        Raises:
            FormatError: it is no export, a newer one, cut off, malformed, or goes on after its end.
            IntegrityError: its bytes are not those that its last line vouches for.
        """
        hasher = blake3()

        def see(data: bytes) -> None:
            hasher.update(data)
            advance(len(data))

        try:
            for section in self._walk(see):
                if isinstance(section, End) and section.digest.raw != hasher.digest():
                    raise IntegrityError(f"{self.document} was altered since it was written", hint=_AGAIN)
        except FormatError as error:
            error.hint = error.hint or _AGAIN
            raise

    def sections(self) -> Iterator[Section]:
        """The sections before the end, in order; their bytes are passed over.

        Raises:
            FormatError: as `check`, if the file is another one by now.
        """
        return (section for section in self._walk(None) if not isinstance(section, End))

    def pieces(self, section: IndexFile | Document | Block) -> Generator[bytes]:
        """The stored bytes of a section; threads may read several at once.

        Raises:
            NotOnMirrorsError: the file is gone, or shorter by now.
        """
        if not section.length:
            return
        span = Span(section.offset, section.length)
        with self._files.open(self.url, limit=self.size, span=span) as body:
            yield from body

    def read(self, section: IndexFile | Document) -> bytes:
        """The stored bytes of a section that fits into memory."""
        return b"".join(self.pieces(section))

    def _walk(self, see: See | None) -> Iterator[Section]:
        with self._opened() as file:
            if not BEGINNING.startswith(file.read(len(BEGINNING))):
                raise no_export(self.document)
            file.seek(0)
            line = self._line(file, 0)
            check_first_line(line[:-1], self.document)
            place = _seen(line, see)
            order = Order(self.document)
            while True:
                line = self._line(file, place)
                section = decode(line[:-1], f"the section at byte {place:,} of {self.document}", place + len(line))
                order.take(section)
                if isinstance(section, End):
                    yield section
                    if file.read(1):
                        raise FormatError(f"{self.document} goes on after its end", hint=_AGAIN)
                    return
                if place + len(line) + length_of(section) > self.size:
                    raise self._cut(f"within the {kind_of(section)} that begins at byte {place:,}")
                place += _seen(line, see)
                yield section
                place += self._passed(file, length_of(section), see)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with (
            explaining(f"read {self.document}"),
            open(self.path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS)) as file,
        ):
            self.size = os.fstat(file.fileno()).st_size
            yield file

    def _line(self, file: BinaryIO, place: int) -> bytes:
        line = file.readline(MAX_LINE + 1)
        if line.endswith(b"\n"):
            return line
        if len(line) > MAX_LINE:
            raise FormatError(f"{self.document} has a line over {MAX_LINE:,} bytes at byte {place:,}", hint=_AGAIN)
        raise self._cut(f"within a line that begins at byte {place:,}" if line else "before its last line")

    def _cut(self, where: str) -> FormatError:
        return FormatError(f"{self.document} is not whole: it ends after {self.size:,} bytes, {where}", hint=_AGAIN)

    def _passed(self, file: BinaryIO, length: int, see: See | None) -> int:
        """Pass over the bytes of a section."""
        if see is None:
            file.seek(length, os.SEEK_CUR)
            return length
        left = length
        while left:
            piece = file.read(min(_PIECE, left))
            if not piece:
                raise self._cut("and was longer a moment ago")
            see(piece)
            left -= len(piece)
        return length


def _seen(line: bytes, see: See | None) -> int:
    if see is not None:
        see(line)
    return len(line)
