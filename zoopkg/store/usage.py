"""Who is in a store: any number of runs that rely on what it holds, or one that removes from it.

A run that found an object need not write it, so no journal tells of it until it is linked; this lock does. The system
drops it when its holder dies. Where there are no shared locks (Windows, some network shares) only age protects.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoopkg.errors import ZooError, explaining
from zoopkg.store.locks import FileLock, LockTimeoutError

_NAME = "lock"
_SECONDS = 10


@contextmanager
def in_use(store: Path) -> Iterator[None]:
    """Keep whoever removes from a store out of it, waiting for one who is in."""
    descriptor = _opened(store / _NAME)
    try:
        if descriptor is not None:
            _share(descriptor)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Keep everyone else out of a store.

    Raises:
        ZooError: others are in it, and do not leave within ten seconds.
    """
    lock = FileLock(store / _NAME, _SECONDS)
    try:
        with explaining(f"lock the store {store}"):
            lock.acquire()
    except LockTimeoutError as error:
        raise ZooError(
            f"another zoopkg is using the store {store}",
            hint="Wait until it is done, then run the same command again.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _opened(path: Path) -> int | None:
    """The lock's file, made if it is not there; of a store on read-only media, whatever can be opened."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW if sys.platform != "win32" else 0
    for mode in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with suppress(OSError):
            return os.open(path, flags | mode, 0o600)
    return None


def _share(descriptor: int) -> None:
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415  (absent on Windows)

    with suppress(OSError):  # no locks on this file system
        fcntl.flock(descriptor, fcntl.LOCK_SH)
