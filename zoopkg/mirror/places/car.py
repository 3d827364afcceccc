"""A CAR file of blobs, for a pinning service or `ipfs dag import`: one folder of IPFS that has them by their names.

The same blobs give the same bytes, whoever writes them. Nothing is added to a CAR that is there: what was put since the
place was opened makes a new one, which takes the name of the old when it is whole. No client reads it.
"""

import os
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from zoopkg.errors import UsageError, explaining
from zoopkg.mirror.place import File, Seen
from zoopkg.mirror.trees import Folder, folder_of, sections
from zoopkg.model import car
from zoopkg.store.flush import replacing

_PIECE = 1 << 20


class CarPlace:
    """A CAR file, made if it is not there (see `zoopkg.mirror.place.Place`).

    Raises:
        UsageError: the path is that of a folder, or none, or in no folder.
    """

    template = ""
    holds_metadata = False

    def __init__(self, path: Path) -> None:
        if not path.name or path.is_dir():
            raise UsageError(f"'{path}' is no file to write a CAR to", hint="Write car:FILE, car:blobs.car say.")
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder '{path.parent}' to write into", hint="Make it, or choose another.")
        self._path = path
        self._spool: BinaryIO | None = None
        self._runs: dict[File, tuple[int, int]] = {}
        self._written: set[File] = set()
        self._lock = threading.Lock()

    def survey(self, files: Collection[File]) -> set[File]:
        """All of them where the CAR has them and no others, else none: it would be written anew."""
        folder = folder_of(files)
        begin = car.header(folder.link.cid)
        with explaining(f"read '{self._path}'"):
            try:
                with self._path.open("rb") as file:
                    same = file.read(len(begin)) == begin and os.fstat(file.fileno()).st_size == folder.car_bytes
            except FileNotFoundError:
                same = False
        return set(files) if same else set()

    def put(self, file: File, path: Path) -> None:
        """Keep the blob's blocks in a file without a name until all are there."""
        pieces = sections(file, path)
        first = next(pieces)  # which takes reading all of it once, while others write
        with self._lock, explaining(f"write beside '{self._path}'"):
            if file in self._runs:
                return
            if self._spool is None:
                self._spool = tempfile.TemporaryFile(dir=self._path.parent)  # noqa: SIM115  closed by close()
            start = self._spool.seek(0, os.SEEK_END)
            self._spool.write(first)
            self._spool.writelines(pieces)
            self._runs[file] = start, self._spool.tell() - start

    def reveal(self) -> None:
        """Write the CAR of what was put, unless that is done."""
        with self._lock:
            if self._written == self._runs.keys():
                return
            folder = folder_of(self._runs)
            with explaining(f"write '{self._path}'"), replacing(self._path) as file:
                file.writelines(self._car(folder))
            self._written = set(self._runs)

    def _car(self, folder: Folder) -> Iterator[bytes]:
        yield car.header(folder.link.cid)
        for entry in folder.walk():
            if isinstance(entry, Folder):
                yield car.section(entry.link.cid, entry.block)
            else:
                yield from self._spooled(*self._runs[entry])

    def _spooled(self, start: int, length: int) -> Iterator[bytes]:
        assert self._spool
        self._spool.seek(start)
        while length:
            piece = self._spool.read(min(length, _PIECE))
            length -= len(piece)
            yield piece

    def timestamp(self) -> Seen | None:
        """None: no metadata is here."""
        return None

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:  # noqa: ARG002  nothing is written
        """Refuse: no metadata is here."""
        raise UsageError(f"'{self._path}' takes blobs alone")

    def names(self) -> Iterable[str]:
        """None: what is in the CAR is replaced as a whole."""
        return ()

    def remove(self, names: Collection[str]) -> None:
        """Nothing: the next CAR has what is put for it."""

    def close(self) -> None:
        """Drop what was not made into a CAR."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None
