"""Sessions of writing: what makes many objects durable with one flush, and what mends the store after a crash.

Before its first object a session writes the digests it will bring to `pending/ID.journal`, durably. After its last it
flushes the file system once and removes the journal. A journal whose session no longer holds its lock tells of a
crash: its objects may be short of bytes that never reached the disk, so they are hashed again.
"""

import uuid
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from zoopkg.errors import ZooError, explaining, from_os
from zoopkg.model.digest import Digest
from zoopkg.store.flush import flush_directory, flush_file, flush_filesystem, replace_file
from zoopkg.store.locks import FileLock, LockTimeoutError
from zoopkg.store.objects import Objects, ObjectWriter


class Session:
    """A stretch of writing objects; use it as a context manager. Objects stay on failure, since each one is right."""

    def __init__(self, objects: Objects, pending: Path, digests: Iterable[Digest]) -> None:
        self._objects = objects
        self._pending = pending
        self._id = uuid.uuid4().hex
        self._digests = digests
        self._lock = FileLock(pending / f"{self._id}.lock", 0)
        self._journal = pending / f"{self._id}.journal"
        self._flushed: Future[None] | None = None

    def __enter__(self) -> Self:
        with explaining(f"write to the store {self._objects.root.parent}"):
            self._lock.acquire()
            try:
                replace_file(self._journal, "".join(f"{digest.hex}\n" for digest in self._digests).encode())
            except BaseException:
                _end(self._journal, self._lock)
                raise
        return self

    def put(self, digest: Digest, data: bytes | memoryview) -> None:
        """Write an object that is whole in memory; raises IntegrityError where the bytes are wrong."""
        self._objects.put(digest, data, self._id)

    def writer(self, digest: Digest) -> ObjectWriter:
        """A writer for an object that comes in pieces."""
        return self._objects.writer(digest, self._id)

    def begin_flush(self) -> None:
        """Say that every object has come, so that the flush goes on while the caller does something else."""
        executor = ThreadPoolExecutor(1)
        self._flushed = executor.submit(self._flush)
        executor.shutdown(wait=False)

    def _flush(self) -> None:
        if flush_filesystem(self._objects.root):
            return
        for digest in self._digests:
            with suppress(FileNotFoundError):
                flush_file(Path(self._objects.path(digest)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._flushed is not None:
                self._flushed.result()
            else:
                self._flush()
            if error is not None:
                self._objects.remove_leftovers(self._id)  # of a process that was killed while it wrote for this one
            _end(self._journal, self._lock)
        except OSError as failure:
            self._lock.release()
            if error is None:
                raise from_os(failure, f"flush the store {self._objects.root.parent}") from failure


def _end(journal: Path, lock: FileLock) -> None:
    journal.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        lock.path.unlink()


def recover(objects: Objects, pending: Path) -> None:
    """Hash again what a crashed session may have left unwritten, and remove its temporary files.

    Raises:
        ZooError: the store cannot be mended.
    """
    for journal in pending.glob("*.journal"):
        lock = FileLock(journal.with_suffix(".lock"), 0)
        try:
            lock.acquire()
        except (LockTimeoutError, PermissionError):
            continue  # a living session, or another user's
        try:
            _mend(objects, journal)
            _end(journal, lock)
        except OSError as error:
            raise from_os(error, f"mend the store {pending.parent} after an interrupted run") from error
        finally:
            lock.release()


def _mend(objects: Objects, journal: Path) -> None:
    with suppress(FileNotFoundError):  # its session ended in good order a moment ago
        for line in journal.read_text(errors="replace").splitlines():
            with suppress(ZooError):  # a line cut short by the crash names nothing
                objects.check(Digest.from_hex(line))
        objects.remove_leftovers(journal.stem)
        flush_directory(journal.parent)
