"""The bytes of a bundle from some place on, from whichever mirrors give them: who fails or crawls is left half-way.

What was passed on is never asked for again. Verifies nothing, but knows who gave the bytes, for when they prove wrong.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError
from zoopkg.transport.base import Body, Opener, Span, TransportError
from zoopkg.transport.ledger import Flow
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.search import Search

# So many bytes count as progress: whoever gives fewer before failing again is given up, as by `ResumingOpener`.
_PROGRESS = 1 << 16


class Source:
    """A stream of bytes, to be iterated over once; a context manager that closes what is open.

    Args:
        opener: opens the mirrors' URLs.
        search: for the bundle.
        asked: called before each request.
        came: told of each piece, by its size and mirror.
        left: bytes that are likely to be wanted after this stream, on this connection.

    Attributes:
        givers: the mirrors that gave what was passed on since the last `mark`, and the one that gave the piece before.
    """

    def __init__(
        self,
        opener: Opener,
        search: Search,
        *,
        asked: Callable[[], None],
        came: Callable[[int, Mirror], None],
        left: int = 0,
    ) -> None:
        self._opener, self._search = opener, search
        self._asked, self._came, self._left = asked, came, left
        self._stack = ExitStack()
        self._at = self._stop = 0
        self.givers: list[Mirror] = []

    def open(self, span: Span) -> int:
        """Ask for a span.

        Returns:
            Where the bytes begin: at the span, or at 0 where a server sends all, which is then passed on to the end.

        Raises:
            ZooError: nobody has it.
        """
        self._at, self._stop = span.start, span.end
        self._next()
        if self._body.start < span.start:
            self._at, self._stop = self._body.start, self._search.blob.size
        return self._at

    def mark(self) -> None:
        """What is passed on from here is judged anew."""
        self.givers = self.givers[-1:]

    def done(self) -> None:
        """All that was wanted of the mirror at hand came, and is right."""
        self._search.ledger.served(self._mirror)

    def __iter__(self) -> Iterator[bytes]:
        """The bytes, to the end of what was asked for.

        Raises:
            ZooError: nobody has the rest.
        """
        while self._at < self._stop:
            try:
                is_outrun = yield from self._pieces()
                if self._at < self._stop and not is_outrun:
                    raise IntegrityError(f"it ends after {self._at} bytes, before {self._stop}")
            except (TransportError, IntegrityError) as error:
                self._search.answered(self._mirror, error, self._flow.began)
            if self._at < self._stop:
                self._next()

    def _next(self) -> None:
        """Have the rest from whoever is the best to ask."""
        rest = self._stop - self._at
        while True:
            self._stack.close()
            self._mirror, url = self._search.next(rest, rest + self._left)
            self._flow = self._stack.enter_context(self._search.ledger.asking(self._mirror))
            try:
                self._body = self._opened(url, Span(self._at, rest), self._flow)
            except (NotOnMirrorsError, IntegrityError, OfflineError) as error:
                self._search.answered(self._mirror, error, self._flow.began)
            else:
                return

    def _opened(self, url: str, span: Span, flow: Flow) -> Body:
        self._asked()
        size = self._search.blob.size
        is_whole = span == Span(0, size)
        body = self._stack.enter_context(self._opener.open(url, limit=size, span=None if is_whole else span))
        if body.total not in (None, size):
            raise IntegrityError(f"it has {body.total} bytes there and not {size}")
        flow.opened()
        return body

    def _pieces(self) -> Generator[bytes, None, bool]:
        """What comes from the mirror at hand and is new, until it ends; or, told in the end, until it is outrun."""
        skip, since = self._at - self._body.start, self._at
        for piece in self._flow.timed(self._body):
            fresh = piece[skip:]
            skip -= len(piece) - len(fresh)
            if fresh:
                self._came(len(fresh), self._mirror)
                self._note_giver()
                self._at += len(fresh)
                if self._at - since >= _PROGRESS:
                    self._search.progressed(self._mirror)
                    since = self._at
                yield fresh
            if self._search.is_outrun(self._mirror, self._flow, self._stop - self._at):
                return True
        return False

    def _note_giver(self) -> None:
        if self.givers[-1:] != [self._mirror]:
            self.givers.append(self._mirror)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
