"""Durable files: atomic replacement, and one flush for many files. Decides nothing about what is written."""

import errno
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LEFTOVER = ".writing-"
"""How the name of a file begins that a killed process left on its way."""

_STALE = 3600.0  # seconds; a write takes less by far, and one of another machine on the same share may be under way
_WRITE = 2  # SYNC_FILE_RANGE_WRITE
_NO_DIRECTORY_SYNC = sys.platform == "win32"


def flush_directory(folder: Path) -> None:
    """Make the names in a folder durable (fsync of a directory; Windows has no such thing and needs none)."""
    if _NO_DIRECTORY_SYNC:
        return
    flush_file(folder)


def flush_file(path: Path) -> None:
    """Make a file's bytes durable, whoever wrote them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Write a whole file from memory; otherwise as `replacing`."""
    with replacing(path, durable=durable, mode=mode) as file:
        file.write(data)


@contextmanager
def replacing(path: Path, *, durable: bool = True, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to write, which takes the path's name at the end, so that a kill leaves the old one or the new one.

    What a kill leaves beside it is removed by a later call for the same file, an hour later at the earliest.

    Args:
        path: the file.
        durable: name and bytes also outlast a loss of power; without it the old file may come back, or an empty one.
        mode: who may read it, within what the umask allows.
    """
    temporary = path.with_name(f"{LEFTOVER}{path.name}.{os.getpid()}.{threading.get_ident()}")
    again = path.exists()
    try:
        with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and str(error.filename) == str(temporary):
            error.filename = str(path)  # the name that somebody asked for
        raise
    if again:  # large folders are of files that are written once, and are not to be listed for each
        remove_leftovers(path.parent, f"{path.name}.")
    if durable:
        flush_directory(path.parent)


def remove_leftovers(folder: Path, of: str = "") -> None:
    """Remove the files that writers left in a folder when they were killed, an hour ago at the latest.

    Args:
        folder: where.
        of: how the names begin of the files that they were to become, with what follows a number and a number.
    """
    named = re.compile(re.escape(LEFTOVER + of) + (r"[0-9]+\.[0-9]+" if of else r".+\.[0-9]+\.[0-9]+"))
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if named.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):  # another process may be faster
                    if entry.stat(follow_symlinks=False).st_mtime < time.time() - _STALE:
                        os.unlink(entry.path)


def read_capped(path: Path, limit: int) -> bytes:
    """The bytes of a regular file that is no symbolic link, of `limit` bytes at most.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is a link, or no regular file, or larger.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise OSError(errno.EFBIG, "not a regular file of the size that it should have", str(path))
        return file.read(limit)


def flush_filesystem(folder: Path) -> bool:
    """Make everything written to a folder's file system durable at once (syncfs(2)).

    Returns:
        False where the system has no such call, and every file must be flushed on its own.
    """
    call = _libc("syncfs")
    if call is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if code := call(descriptor):
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)
    return True


def begin_writing_out(descriptor: int) -> None:
    """Have the disk begin with what was written to a file so far, and wait for nothing (sync_file_range(2)).

    A large file that is flushed at its end then waits for its last part only.
    """
    call = _libc("sync_file_range")
    if call is not None:
        call(descriptor, 0, 0, _WRITE)


def _libc(name: str) -> Callable[..., int] | None:
    """A call of Linux's C library that Python has no name for; it gives the error's number, or 0."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415  (5 ms that only a download pays)

    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return None
    wide = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    function.argtypes = wide if name == "sync_file_range" else wide[:1]
    return lambda *arguments: ctypes.get_errno() if function(*arguments) else 0
