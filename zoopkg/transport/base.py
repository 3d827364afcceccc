"""The port through which all bytes from elsewhere come: open a URL, or a span of it, and iterate over its bytes.

An adapter tells *missing* (`MissingError`: ask elsewhere, asking again is no use) from *failing* (`TransportError`: it
may be there). Adapters neither retry nor verify; wrappers and callers do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from zoopkg.errors import NotOnMirrorsError


class MissingError(NotOnMirrorsError):
    """The place answers, and does not have it (HTTP 403, 404, 410, 451; no such file)."""


class ForbiddenError(MissingError):
    """It does not give it to us (HTTP 401, 403), which is how many buckets say that they do not have it."""


class TransportError(NotOnMirrorsError):
    """It could not be had: no connection, a stall, a server error, a cut or overlong body, a refused redirect.

    Attributes:
        retry_after: seconds to wait before asking again, as the server said, or None.
        permanent: asking again would end the same way (a refused redirect, say).
    """

    def __init__(
        self, message: str, *, hint: str = "", retry_after: float | None = None, permanent: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.permanent = permanent


class StalledError(TransportError):
    """It fell silent, or sends too slowly: asking it for the rest would take as long again."""


class WrongSizeError(TransportError):
    """The file there is larger or smaller than it should be: not the one that was sought, whatever its bytes are."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, permanent=True)


class OverlongError(WrongSizeError):
    """It is larger than the limit."""


class TruncatedError(WrongSizeError):
    """It ends before the span that was asked for does."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes of a file: the first one's offset, and how many, at least one."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset just past the last byte."""
        return self.start + self.length


class Body(Protocol):
    """An open response. Iterate once over its bytes; close it, or use it as a context manager.

    Adapters derive from it for the context manager.

    Attributes:
        start: the offset in the file of the first byte that comes; 0 where the server ignored the span and sends all,
            so that a span from 0 may be followed by bytes that nobody asked for.
        total: the size of the whole file, where the other side said so.
        validator: a strong ETag that proves later that the file is still the same, or empty.
        url: where it really came from, after redirects.
    """

    start: int
    total: int | None
    validator: str
    url: str

    def __iter__(self) -> Iterator[bytes]:
        """The bytes in pieces of any size but none; raises TransportError where they stop early or go on too long."""
        ...

    def close(self) -> None:
        """Give the connection back, or drop it where bytes are left on it."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Opener(Protocol):
    """Opens URLs of the schemes it knows."""

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file.

        Args:
            url: absolute.
            limit: the most bytes that the whole file may have; never is more than that (or than the span) passed on.
            span: ask for these bytes only; the answer may be the whole file all the same (see Body.start).
            validator: with a span, take the bytes only if the file is still the one of this validator (If-Range);
                of a file that changed comes the whole.

        Raises:
            MissingError: the place answers, and does not have it.
            OverlongError: the file is known to be larger than the limit.
            TruncatedError: the span reaches past the end of the file.
            TransportError: anything else.
        """
        ...
