"""Blobs from the first mirror that has them right, as files: hashed where they lie on this machine, else spooled.

Every byte is counted and hashed (BLAKE3, SHA-256, CID) before anybody sees the file. Writes to no mirror.
"""

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from zoopkg.errors import explaining
from zoopkg.index.blobs import hashed, refuse_other
from zoopkg.mirror.parallel import StoppedError
from zoopkg.model.blob import Blob, BlobHasher
from zoopkg.store.flush import LEFTOVER
from zoopkg.transport.base import Opener
from zoopkg.transport.file import path_of
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors
from zoopkg.transport.search import Search


@dataclass(frozen=True, slots=True)
class Taken:
    """A verified file, to be used as a context manager; a spooled one is gone after that."""

    path: Path
    spooled: bool

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.spooled:
            self.path.unlink(missing_ok=True)


class Carrier:
    """Brings blobs; threads may share it.

    Args:
        opener: how to reach mirrors.
        mirrors: where to look, in order.
        spool: the folder for what comes over the network, made when it is first needed.
        stop: ends a transfer between two pieces.
        came: told of bytes as they are read, and from which mirror.
    """

    def __init__(
        self, opener: Opener, mirrors: Mirrors, spool: Path, stop: threading.Event, came: Callable[[int, str], None]
    ) -> None:
        self._opener = opener
        self._mirrors = mirrors
        self._spool = spool
        self._stop = stop
        self._came = came

    def take(self, blob: Blob) -> Taken:
        """A blob's bytes.

        Raises:
            IntegrityError: no mirror had it, and at least one gave wrong bytes.
            NotOnMirrorsError: no mirror had it.
            ZooError: it cannot be spooled.
        """
        search = self._mirrors.search(blob)
        return search.first(lambda mirror, url: self._take_from(mirror, url, search))

    def _take_from(self, mirror: Mirror, url: str, search: Search) -> Taken:
        blob = search.blob
        with search.ledger.asking(mirror) as flow, self._opener.open(url, limit=blob.size) as body:
            flow.opened()
            pieces = search.unless_outrun(mirror, url, flow, flow.timed(body), blob.size)
            if url.startswith("file:"):
                self._check(mirror, pieces, blob, lambda _: None)
                return Taken(Path(path_of(url)), spooled=False)
            return Taken(self._spooled(mirror, pieces, blob), spooled=True)

    def _spooled(self, mirror: Mirror, pieces: Iterable[bytes], blob: Blob) -> Path:
        path = self._spool / f"{LEFTOVER}spool-{blob.name}.{os.getpid()}.{threading.get_ident()}"
        try:
            with explaining(f"write into '{self._spool}'"):
                self._spool.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                with path.open("xb") as file:
                    self._check(mirror, pieces, blob, file.write)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _check(self, mirror: Mirror, pieces: Iterable[bytes], blob: Blob, write: Callable[[bytes], object]) -> None:
        """Read a body to its end, passing its bytes on, and refuse it if it is not the blob."""
        hasher = BlobHasher()
        for piece in hashed(pieces, hasher):
            if self._stop.is_set():
                raise StoppedError
            write(piece)
            self._came(len(piece), str(mirror))
        refuse_other(hasher, blob)
