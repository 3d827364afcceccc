"""Files written so that a kill at any moment leaves the old content or the new one, never half. Knows no TUF."""

from pathlib import Path

from zoopkg.errors import IntegrityError, ZooError, explaining
from zoopkg.store.flush import replace_file


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole: to a temporary one beside it, flushed, then renamed over it.

    Raises:
        ZooError: the disk is full, or the folder may not be written.
    """
    with explaining(f"write '{path}'"):
        replace_file(path, data, mode=mode)


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
