"""Objects by their digest: where they lie, how to tell that nobody touched them, how to write one whole.

An object is written under a temporary name beside its place, hashed while it is written, and renamed only when the
digest is right; so no reader ever sees a wrong or partial one. Durability of many objects together is the journal's.
"""

import itertools
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from blake3 import blake3

from zoopkg.errors import IntegrityError
from zoopkg.model.digest import Digest
from zoopkg.store.flush import begin_writing_out

# Writing through a hard link moves the time, the size or the mode, so that one stat tells a touched object from a
# pristine one. An even second survives every file system (FAT counts in twos): 2000-01-01T00:00:00Z.
FIXED_TIME = 946_684_800
FIXED_NS = FIXED_TIME * 1_000_000_000
READ_BYTES = 1 << 20
_WRITE_OUT_BYTES = 16 << 20
_WRITABLE = 0 if sys.platform == "win32" else stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_BINARY = getattr(os, "O_BINARY", 0)


def is_pristine(status: os.stat_result, size: int) -> bool:
    """Whether a file that zoopkg placed still has the size, time and mode that it was given."""
    return status.st_size == size and status.st_mtime_ns == FIXED_NS and stat.S_ISREG(status.st_mode)


class Objects:
    """The folder `objects/`: two hexadecimal digits a folder, the whole digest as the file name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = str(root) + os.sep
        self._numbers = itertools.count()

    def path(self, digest: Digest) -> str:
        """Where an object lies, or would lie."""
        name = digest.hex
        return f"{self._prefix}{name[:2]}{os.sep}{name}"

    def make_folders(self) -> None:
        """Create the 256 folders, so that writing an object never has to."""
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)

    def holds(self, digest: Digest, size: int) -> bool:
        """Whether the object is there and right. One stat where nobody touched it; else it is hashed again.

        A touched object that is still right is made pristine again; a wrong one is removed.
        """
        path = self.path(digest)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return False
        if is_pristine(status, size) and not status.st_mode & _WRITABLE:
            return True
        return self.check(digest)

    def check(self, digest: Digest) -> bool:
        """Hash an object: True where it is right (and pristine again), False where it was wrong and is now removed."""
        path = self.path(digest)
        try:
            before = os.lstat(path)
            right = stat.S_ISREG(before.st_mode) and hash_file(path) == digest
            if not right and os.lstat(path).st_ino != before.st_ino:
                return self.check(digest)  # another session has just put a new one there
        except FileNotFoundError:
            return False
        if right:
            with suppress(OSError):  # a store on read-only media is right without it
                os.utime(path, ns=(FIXED_NS, FIXED_NS))
                os.chmod(path, before.st_mode & 0o444 | stat.S_IRUSR)  # what the umask denied stays denied
            return True
        os.unlink(path)
        return False

    def put(self, digest: Digest, data: bytes | memoryview, session: str) -> None:
        """Write a small object that is whole in memory.

        Raises:
            IntegrityError: the bytes are not those of the digest.
        """
        if blake3(data).digest() != digest.raw:
            raise IntegrityError(f"the bytes that came are not those of {digest}")
        with self.writer(digest, session) as writer:
            writer.write_verified(data)

    def writer(self, digest: Digest, session: str) -> "ObjectWriter":
        """A writer for an object that comes in pieces; use it as a context manager."""
        path = self.path(digest)
        folder = path.rpartition(os.sep)[0]
        return ObjectWriter(digest, f"{folder}{os.sep}.{session}.{os.getpid()}.{next(self._numbers)}", path)

    def remove_leftovers(self, session: str) -> None:
        """Remove the temporary files of a session that died."""
        for path in self.root.glob(f"*/.{session}.*"):
            path.unlink(missing_ok=True)


class ObjectWriter:
    """Writes one object: `write` its bytes; leaving the context commits it if the digest is right, else drops it."""

    def __init__(self, digest: Digest, temporary: str, path: str) -> None:
        self._digest = digest
        self._temporary = temporary
        self._path = path
        self._hasher = blake3()
        self._verified = False
        self._waiting = 0

    def __enter__(self) -> Self:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY
        self._descriptor = os.open(self._temporary, flags, 0o444)
        return self

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._hasher.update(data)
        self._write(data)
        self._waiting += len(data)
        if self._waiting >= _WRITE_OUT_BYTES:
            begin_writing_out(self._descriptor)
            self._waiting = 0

    def write_verified(self, data: bytes | memoryview) -> None:
        """Take all bytes at once, verified already."""
        self._verified = True
        self._write(data)

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view.nbytes:
            view = view[os.write(self._descriptor, view) :]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if not self._verified and self._hasher.digest() != self._digest.raw:
                    raise IntegrityError(f"the bytes that came are not those of {self._digest}")
                if sys.platform == "win32":
                    os.fsync(self._descriptor)  # no syncfs there
                else:
                    os.utime(self._descriptor, ns=(FIXED_NS, FIXED_NS))
        except BaseException:
            self._close(keep=False)
            raise
        self._close(keep=error is None)

    def _close(self, *, keep: bool) -> None:
        os.close(self._descriptor)
        if not keep:
            os.unlink(self._temporary)
            return
        if sys.platform == "win32":
            os.utime(self._temporary, ns=(FIXED_NS, FIXED_NS))
        os.replace(self._temporary, self._path)


def hash_file(path: str | Path) -> Digest:
    """The digest of a file's bytes, read as a stream."""
    hasher = blake3()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(READ_BYTES):
            hasher.update(chunk)
    return Digest(hasher.digest())
