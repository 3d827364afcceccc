"""Fetching: requests in parallel over several connections, each block verified and stored as it streams in.

Many small contents are fetched by two processes (see `zoopkg.install.fork`), where that can be, all else by threads.

A mirror that lacks a bundle, fails, crawls or sends wrong bytes is passed over for the next; what was verified before
stays. Whom to ask for each request is told by what the run has learned (see `zoopkg.transport.health`).
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

from zoopkg.errors import IntegrityError
from zoopkg.install.fork import Forked, Tell, can_fork
from zoopkg.install.frames import Stream, write_block
from zoopkg.install.progress import Progress
from zoopkg.install.ranges import Request
from zoopkg.install.source import Source
from zoopkg.model.blob import Blob
from zoopkg.model.layout import Block
from zoopkg.store.journal import Session
from zoopkg.transport.base import Opener
from zoopkg.transport.haste import hasty
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors
from zoopkg.transport.search import Search

_POLL_SECONDS = 0.2
_PROCESSES = 2
_WORTH_PROCESSES = 1000


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came over the wire.

    Attributes:
        size: stored (compressed) bytes received.
        requests: how many were asked.
        mirrors: bytes by the mirror that served them.
    """

    size: int
    requests: int
    mirrors: Mapping[str, int]


class _CancelledError(Exception):
    """Another thread failed, or the user interrupted."""


class Fetcher:
    """Brings the blocks of some requests into the store.

    Args:
        opener: how to reach mirrors.
        mirrors: where to look, in order.
        session: where contents go.
        progress: told of stored bytes as they come.
        connections: how many requests to have under way at once.
    """

    def __init__(
        self, opener: Opener, mirrors: Mirrors, session: Session, progress: Progress, connections: int
    ) -> None:
        self._opener = opener
        self._mirrors = mirrors
        self._session = session
        self._progress = progress
        self._connections = connections
        self._queue: list[Request] = []
        self._waiting = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._served: Counter[str] = Counter()
        self._asked = 0
        self._heard: dict[str, Callable[..., None]] = {
            "asked": self._ask,
            "came": self._come,
            "lied": mirrors.report_wrong_bytes,
        }
        self._tell: Tell = self._hear

    def fetch(self, requests: Sequence[Request], meanwhile: Callable[[], None] = lambda: None) -> Fetched:
        """Bring everything, or fail with the first error; whatever was verified by then is in the store.

        Args:
            requests: in the order in which to ask.
            meanwhile: done by the calling thread while the others wait for the network and the disk.

        Raises:
            IntegrityError: a bundle that no mirror has right, and one has wrong.
            NotOnMirrorsError: a bundle that no mirror has.
        """
        if self._is_worth_processes(requests):
            shares = [requests[n::_PROCESSES] for n in range(_PROCESSES)]
            self._run([partial(self._listen, Forked(partial(self._apart, share))) for share in shares], meanwhile)
        else:
            self._fetch(requests, meanwhile)
        return Fetched(self._served.total(), self._asked, dict(self._served))

    def _is_worth_processes(self, requests: Sequence[Request]) -> bool:
        contents = sum(len(block.members) for request in requests for block in request.blocks)
        enough = min(self._connections, len(requests), os.cpu_count() or 1) >= _PROCESSES
        return contents >= _WORTH_PROCESSES and enough and can_fork()

    def _fetch(self, requests: Sequence[Request], meanwhile: Callable[[], None]) -> None:
        self._queue = list(reversed(requests))
        self._waiting = sum(request.span.length for request in requests)
        self._run([self._work] * min(self._connections, len(requests)), meanwhile)

    def _run(self, works: Sequence[Callable[[], None]], meanwhile: Callable[[], None]) -> None:
        """Do some work in threads until all is done, or one part failed."""
        with ThreadPoolExecutor(len(works) or 1) as executor:
            futures = [executor.submit(work) for work in works]
            try:
                meanwhile()
                _wait(futures)
            finally:
                self._stop.set()
        for future in futures:
            future.result()

    def _apart(self, requests: Sequence[Request], tell: Tell) -> None:
        """Fetch a share of the requests in the process that was forked for it."""
        self._tell = tell
        self._mirrors = self._mirrors.telling(partial(tell, "lied"))
        self._connections //= _PROCESSES
        self._fetch(requests, lambda: None)

    def _listen(self, forked: Forked) -> None:
        """Take in what another process tells, until it is done or this one has had enough."""
        with forked:
            try:
                for words in forked:
                    if self._stop.is_set():
                        return
                    self._hear(*words)
            except BaseException:
                self._stop.set()
                raise

    def _hear(self, word: str, *rest: object) -> None:
        self._heard[word](*rest)

    def _ask(self) -> None:
        with self._lock:
            self._asked += 1

    def _come(self, count: int, mirror: str) -> None:
        with self._lock:
            self._served[mirror] += count
        self._progress.advance(count, mirror)

    def _work(self) -> None:
        try:
            with hasty():  # another mirror, or another time, is the business of the search
                while (request := self._next()) is not None:
                    self._serve(request)
        except _CancelledError:
            return
        except BaseException:
            self._stop.set()
            raise

    def _next(self) -> Request | None:
        with self._lock:
            if self._stop.is_set() or not self._queue:
                return None
            request = self._queue.pop()
            self._waiting -= request.span.length
            return request

    def _serve(self, request: Request) -> None:
        """Bring one request's blocks, each from the mirrors that have it right."""
        left = list(request.blocks)
        search = self._mirrors.search(request.blob, sleep=self._pause)
        while left:
            with Source(
                self._opener, search, asked=self._asking, came=self._coming, left=self._waiting // self._connections
            ) as source:
                try:
                    self._bring(source, request.blob, left)
                except IntegrityError as error:
                    _blame(search, source.givers, error)

    def _bring(self, source: Source, blob: Blob, left: list[Block]) -> None:
        """Bring the blocks that are left; each that is stored is taken off the list."""
        span = Request(blob, tuple(left)).span
        start = source.open(span)
        if start < span.start:
            left += self._adopt(blob)  # all of it comes, so nobody else needs to ask for the rest
            left.sort(key=lambda block: block.offset)
        stream = Stream(source, start)
        while left:
            source.mark()
            write_block(stream, left[0], self._session)
            del left[0]
        source.done()

    def _adopt(self, blob: Blob) -> list[Block]:
        """Take over the blocks of all waiting requests for the same bundle."""
        with self._lock:
            adopted = [request for request in self._queue if request.blob == blob]
            self._queue = [request for request in self._queue if request.blob != blob]
            self._waiting -= sum(request.span.length for request in adopted)
        return [block for request in adopted for block in request.blocks]

    def _asking(self) -> None:
        self._tell("asked")

    def _coming(self, count: int, mirror: Mirror) -> None:
        if self._stop.is_set():
            raise _CancelledError
        self._tell("came", count, str(mirror))

    def _pause(self, seconds: float) -> None:
        """Wait for a mirror that rests, as long as anybody wants what it may have."""
        if self._stop.wait(seconds):
            raise _CancelledError


def _blame(search: Search, givers: Sequence[Mirror], error: IntegrityError) -> None:
    """Wrong bytes name the mirror that gave them, where it was one. With nobody left, the error is the search's own."""
    if search.is_over:
        raise error
    if len(givers) == 1:
        search.answered(givers[0], error)
    else:
        search.doubted(givers, error)


def _wait(futures: Iterable[Future[None]]) -> None:
    """Wait for all, or for the first failure, and stay open to Ctrl-C."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_EXCEPTION)
        if any(future.exception() for future in done):
            return
