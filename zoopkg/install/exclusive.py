"""One zoopkg at a time in a project: what is read of it must still hold when it is written back.

The lock is on the project's folder itself, so that nothing is left in it; the system drops it when its holder dies.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from zoopkg.errors import ZooError
from zoopkg.store.locks import FileLock, LockTimeoutError

_SECONDS = 600


@contextmanager
def exclusive(*folders: Path) -> Iterator[None]:
    """Keep every other zoopkg out of some folders, waiting for those that are in; folders that are not there are free.

    On a file system without locks, and on Windows, which locks no folders, nobody is kept out.

    Raises:
        ZooError: another one has been there for too long.
    """
    with ExitStack() as stack:
        for folder in sorted({folder.resolve() for folder in folders}):
            if sys.platform != "win32" and folder.is_dir():
                _enter(stack, folder)
        yield


def _enter(stack: ExitStack, folder: Path) -> None:
    try:
        stack.enter_context(FileLock(folder, _SECONDS))
    except LockTimeoutError as error:
        raise ZooError(
            f"another zoopkg has been working in {folder} for {_SECONDS} seconds",
            hint="Wait for it, or end it, then run the same command again.",
        ) from error
    except OSError:
        return  # no locks on this file system
