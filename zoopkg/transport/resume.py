"""Takes up a body where it broke off. Proves nothing about the bytes but that none is doubled or left out.

The rest is asked for as a span, on the condition that the file is still the same where a validator can say so. Of a
whole file that comes instead, what was passed on already is skipped, so long as size and validator do not contradict.
In haste (see `zoopkg.transport.haste`) only what made progress, and did not stall, is taken up again.
"""

from collections.abc import Iterator

from zoopkg.transport.base import Body, MissingError, Opener, Span, StalledError, TransportError
from zoopkg.transport.haste import current
from zoopkg.transport.request import Request
from zoopkg.transport.urls import redacted

LEAST_PROGRESS = 1 << 16


class ResumingBody(Body):
    """A body made of as many bodies as it takes (see `zoopkg.transport.base.Body`)."""

    def __init__(self, opener: Opener, request: Request, body: Body, attempts: int, progress: int) -> None:
        self.start, self.total, self.validator, self.url = body.start, body.total, body.validator, body.url
        self._opener, self._request, self._body = opener, request, body
        self._attempts, self._progress = attempts, progress
        self._at = body.start
        span = request.span
        self._stop = span.end if span and span.start == body.start else body.total

    def __iter__(self) -> Iterator[bytes]:
        left, reached = self._attempts, self._at
        while True:
            try:
                yield from self._pieces()
            except TransportError as error:
                progressed = self._at - reached >= self._progress
                left, reached = (self._attempts, self._at) if progressed else (left - 1, reached)
                in_haste = current() is not None and (isinstance(error, StalledError) or not progressed)
                if error.permanent or left <= 0 or in_haste:
                    raise
            else:
                return
            if self._stop is not None and self._at >= self._stop:
                return
            self._reopen()

    def _pieces(self) -> Iterator[bytes]:
        """What comes from the present body, less what was passed on before it."""
        skip = self._at - self._body.start
        for piece in self._body:
            fresh = piece[skip:]
            skip -= len(piece) - len(fresh)
            if fresh:
                self._at += len(fresh)
                yield fresh

    def _reopen(self) -> None:
        self._body.close()
        url, rest = self._request.url, None if self._stop is None else Span(self._at, self._stop - self._at)
        try:
            self._body = self._opener.open(url, limit=self._request.limit, span=rest, validator=self.validator)
        except MissingError as error:
            raise TransportError(f"{redacted(url)} vanished while it was being read") from error
        if self._body.start > self._at or self._is_another():
            raise TransportError(f"{redacted(url)} changed while it was being read")

    def _is_another(self) -> bool:
        """Whether the body at hand is of another file than the first one was, as far as can be told."""
        size, validator = self._body.total, self._body.validator
        return (None not in (size, self.total) and size != self.total) or (
            "" not in (validator, self.validator) and validator != self.validator
        )

    def close(self) -> None:
        """Close the body at hand."""
        self._body.close()


class ResumingOpener:
    """An opener whose bodies outlive their connections.

    Args:
        inner: opens, and opens again.
        attempts: how many bodies in a row may break off without progress.
        progress: how many bytes count as progress, so that a server that gives one at a time is given up.
    """

    def __init__(self, inner: Opener, *, attempts: int = 4, progress: int = LEAST_PROGRESS) -> None:
        self._inner = inner
        self._attempts = attempts
        self._progress = progress

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`)."""
        body = self._inner.open(url, limit=limit, span=span, validator=validator)
        return ResumingBody(self._inner, Request(url, limit, span, validator), body, self._attempts, self._progress)
