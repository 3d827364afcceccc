"""A lock between processes that the system drops when its holder dies. Protects nothing by itself.

On POSIX this is flock(2) on an open file; importing `filelock` for the same takes 37 ms, an eighth of a warm install.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_POLL_SECONDS = 0.05


class LockTimeoutError(Exception):
    """Another process held the lock for too long."""


class FileLock:
    """An exclusive lock on a file, which is made if it is not there and stays.

    Args:
        path: the file, never a symbolic link; or, on POSIX, a folder, which then needs no file.
        timeout: seconds to wait for it.

    Raises:
        LockTimeoutError: when entered, or acquired, and it was not free in time.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._descriptor: int | None = None

    if sys.platform == "win32":

        def acquire(self) -> None:
            """Take the lock."""
            import filelock  # noqa: PLC0415

            self._other = filelock.FileLock(self.path)
            try:
                self._other.acquire(timeout=self._timeout)
            except filelock.Timeout as error:
                raise LockTimeoutError(str(self.path)) from error

        def release(self) -> None:
            """Give it back."""
            self._other.release()

    else:

        def acquire(self) -> None:
            """Take the lock."""
            import fcntl  # noqa: PLC0415  (absent on Windows)

            flags = os.O_RDONLY if self.path.is_dir() else os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags | os.O_CLOEXEC, 0o600)
            deadline = time.monotonic() + self._timeout
            try:
                while not _try(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)):
                    if time.monotonic() >= deadline:
                        raise LockTimeoutError(str(self.path))
                    time.sleep(_POLL_SECONDS)
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor

        def release(self) -> None:
            """Give it back; nothing happens where it is not held."""
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _try(lock: Callable[[], None]) -> bool:
    try:
        lock()
    except BlockingIOError:
        return False
    return True
