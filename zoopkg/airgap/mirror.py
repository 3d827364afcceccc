"""The files of one index in an export, opened as if a mirror served them. Trusts and verifies nothing."""

from collections.abc import Generator, Iterator, Mapping

from zoopkg.airgap.format import IndexFile
from zoopkg.airgap.reading import ExportFile
from zoopkg.transport.base import Body, MissingError, OverlongError, Span, TransportError
from zoopkg.transport.urls import redacted, split


class ExportBody(Body):
    """A file of an export, or a run of its bytes (see `zoopkg.transport.base.Body`)."""

    validator = ""

    def __init__(self, pieces: Generator[bytes], url: str, start: int, total: int) -> None:
        self._pieces = pieces
        self.url = url
        self.start = start
        self.total: int | None = total

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Close the file."""
        self._pieces.close()


class ExportMirror:
    """An opener for the files of one index; its `url` stands for the place where they are.

    Args:
        export: the file that has them.
        files: by their names.
    """

    def __init__(self, export: ExportFile, files: Mapping[str, IndexFile]) -> None:
        self._export = export
        self._files = files
        self.url = export.url

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> ExportBody:
        """Begin to read a file (see `zoopkg.transport.base.Opener`)."""
        split(url)
        place, _, name = url.rpartition("/")
        file = self._files.get(name) if place == self.url else None
        if file is None:
            raise MissingError(f"{redacted(url)} does not exist")
        if file.length > limit:
            raise OverlongError(f"{file.name} of {self._export.document} has {file.length} bytes, over {limit}")
        span = span if span and not validator else Span(0, file.length)
        if span.end > file.length:
            raise TransportError(f"{file.name} of {self._export.document} ends before byte {span.end}", permanent=True)
        part = IndexFile(file.name, file.offset + span.start, span.length)
        return ExportBody(self._export.pieces(part), url, span.start, file.length)
