"""Mirrors that are folders: opens `file:` URLs (RFC 8089) for reading. Lists nothing, follows no URL elsewhere."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from zoopkg.transport.base import Body, MissingError, OverlongError, Span, TransportError, TruncatedError
from zoopkg.transport.urls import redacted, split

PIECE = 1 << 20

# A named pipe without a writer would block; Windows has no pipes among its files, but its text mode alters bytes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_ABSENT = (errno.ENOENT, errno.ENOTDIR)


def url_of(path: str | os.PathLike[str]) -> str:
    """The `file:` URL of a path, made absolute and percent-encoded."""
    return Path(path).absolute().as_uri()


def path_of(url: str, *, windows: bool = os.name == "nt") -> str:
    """The path that a `file:` URL names, as the system spells it.

    Raises:
        TransportError: it is not the URL of a file on this machine.
    """
    parts = split(url)
    path = os.fsdecode(unquote_to_bytes(parts.path))
    host = "" if parts.netloc == "localhost" else parts.netloc
    if parts.scheme != "file" or parts.query or parts.fragment or "\0" in path or not path.startswith("/"):
        raise TransportError(f"'{redacted(url)}' is not the URL of a file", permanent=True)
    if windows:
        return (f"//{host}{path}" if host else path.removeprefix("/")).replace("/", "\\")
    if host:
        raise TransportError(f"'{redacted(url)}' names a file of another machine", permanent=True)
    return path


class FileBody(Body):
    """An open file, or a run of its bytes (see `zoopkg.transport.base.Body`)."""

    def __init__(self, file: BinaryIO, url: str, start: int, stop: int) -> None:
        state = os.fstat(file.fileno())
        self.start = start
        self.total: int | None = state.st_size
        self.validator = validator_of(state)
        self.url = url
        self._file = file
        self._left = stop - start

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self.start)
        while self._left:
            try:
                piece = self._file.read(min(PIECE, self._left))
            except OSError as error:
                raise _failing(self.url, error) from error
            if not piece:
                raise TransportError(f"{redacted(self.url)} became shorter while it was being read")
            self._left -= len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class FileOpener:
    """Opens `file:` URLs: regular files only, never a folder, a pipe or a device."""

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> FileBody:
        """Begin to read a file (see `zoopkg.transport.base.Opener`).

        Raises:
            MissingError: there is no such file.
            TransportError: it is no regular file, cannot be read, exceeds the limit, or ends before the span does.
        """
        file = _opened(url)
        try:
            state = os.fstat(file.fileno())
            start, stop = _extent(url, state, limit, span, validator)
            return FileBody(file, url, start, stop)
        except BaseException:
            file.close()
            raise


def validator_of(state: os.stat_result) -> str:
    """What stands for an ETag: it changes when another file takes the name, or when this one is written."""
    return f'"{state.st_ino:x}-{state.st_size:x}-{state.st_mtime_ns:x}"'


def _opened(url: str) -> BinaryIO:
    path = path_of(url)
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in _ABSENT:
            raise MissingError(f"{redacted(url)} does not exist") from error
        raise _failing(url, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise TransportError(f"{redacted(url)} is not a regular file", permanent=True)
    return open(descriptor, "rb", buffering=0)


def _extent(url: str, state: os.stat_result, limit: int, span: Span | None, validator: str) -> tuple[int, int]:
    """The first offset to read and the one past the last."""
    if state.st_size > limit:
        raise OverlongError(f"{redacted(url)} has {state.st_size} bytes where at most {limit} were expected")
    if span is None or (validator and validator != validator_of(state)):
        return 0, state.st_size
    if span.end > state.st_size:
        raise TruncatedError(f"{redacted(url)} has {state.st_size} bytes, and those up to {span.end} were asked for")
    return span.start, span.end


def _failing(url: str, error: OSError) -> TransportError:
    what = error.strerror or type(error).__name__
    return TransportError(f"{redacted(url)} could not be read: {what}", permanent=error.errno != errno.EIO)
