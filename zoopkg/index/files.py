"""Files written so that a kill at any moment leaves the old content or the new one, never half. Knows no TUF."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from zoopkg.errors import IntegrityError, ZooError


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole: to a temporary one beside it, flushed, then renamed over it.

    Raises:
        ZooError: the disk is full, or the folder may not be written.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        os.replace(temporary, path)
        flush_folder(path.parent)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        raise ZooError(f"'{path}' cannot be written: {error.strerror}") from error


def flush_file(path: Path) -> None:
    """Have the file's bytes on the disk before anything that comes after."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_folder(path: Path) -> None:
    """Have the folder's names on the disk before anything that comes after; where folders can be opened at all."""
    if os.name == "posix":
        flush_file(path)


def read_file(path: Path, limit: int) -> bytes | None:
    """A file's bytes, or None where there is no such file.

    Raises:
        IntegrityError: it has more than `limit` bytes.
        ZooError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ZooError(f"'{path}' cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise IntegrityError(f"'{path}' has more than {limit} bytes")
    return data
