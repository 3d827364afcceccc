"""The mirrors of a run and what was learned of each, shared by all its threads; a forked process goes on with a copy.

Measures, and remembers who was told of what. Judges nothing: that is `zoopkg.transport.health`.
"""

import random as randomness
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from zoopkg.model.digest import Digest
from zoopkg.transport import health
from zoopkg.transport.health import Health
from zoopkg.transport.mirror import Mirror

# How often a long transfer is noted while it lasts.
_NOTE_BYTES, _NOTE_SECONDS = 1 << 20, 1.0
# A transfer is judged by its last few seconds of waiting, and not before it had some.
_JUDGED_AFTER, _REMEMBERED = 2.0, 6.0


class Ledger:
    """What a run knows of its mirrors.

    Args:
        clock: seconds that never go back.
        random: a number from 0 to 1.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, random: Callable[[], float] = randomness.random
    ) -> None:
        self.clock = clock
        self._random = random
        self._lock = Lock()
        self._healths: defaultdict[Mirror, Health] = defaultdict(Health)
        self._liars: set[tuple[Mirror, Digest]] = set()

    def choose(self, mirrors: Sequence[Mirror], size: int, left: int) -> tuple[Mirror | None, float]:
        """Whom of some mirrors, at least one, to ask next (see `health.choose`).

        Returns:
            It and 0, or None and the seconds until one has rested enough.
        """
        with self._lock:
            options, now = [self._healths[mirror] for mirror in mirrors], self.clock()
            place, seconds = health.choose(options, now, size, left)
            return None if place is None else mirrors[place], seconds

    def is_outrun(self, pace: float, rest: int, others: Sequence[Mirror]) -> bool:
        """Whether one of the others would have the rest of a transfer much sooner (see `health.is_outrun`)."""
        with self._lock:
            return health.is_outrun(pace, rest, [self._healths[mirror] for mirror in others], self.clock())

    def failed(self, mirror: Mirror, asked: float = 0.0, began: float | None = None) -> None:
        """A mirror failed, in a request that began then, and asked to be left alone for so many seconds."""
        with self._lock:
            now = self.clock()
            self._healths[mirror].failed(now if began is None else began, now, asked, self._random())

    def lacked(self, mirror: Mirror) -> None:
        """A mirror does not have a blob."""
        with self._lock:
            self._healths[mirror].lacked += 1

    def served(self, mirror: Mirror) -> None:
        """A mirror gave what was asked for."""
        with self._lock:
            self._healths[mirror].served()

    def lied(self, mirror: Mirror, digest: Digest) -> bool:
        """A mirror gave wrong bytes for a blob; tells whether that is news."""
        with self._lock:
            self._healths[mirror].wrong += 1
            is_news = (mirror, digest) not in self._liars
            self._liars.add((mirror, digest))
            return is_news

    def asking(self, mirror: Mirror) -> "Flow":
        """A request to a mirror that is about to begin, to be measured while it lasts."""
        return Flow(self, mirror)

    def note(self, mirror: Mirror, change: Callable[[Health], None]) -> None:
        """Change what is known of a mirror."""
        with self._lock:
            change(self._healths[mirror])


class Flow:
    """The measure of one request; a context manager for as long as the request lasts.

    Attributes:
        began: when.
        pace: seconds a byte in its last few seconds of waiting, or None before it had some.
    """

    def __init__(self, ledger: Ledger, mirror: Mirror) -> None:
        self._ledger, self._mirror = ledger, mirror
        self._count, self._seconds = 0, 0.0
        self._late_count, self._late_seconds = 0, 0.0
        self.began = ledger.clock()
        self.pace: float | None = None

    def __enter__(self) -> Self:
        def begin(known: Health) -> None:
            known.busy += 1

        self._ledger.note(self._mirror, begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        def end(known: Health) -> None:
            known.flowed(self._count, self._seconds)
            known.busy -= 1

        self._ledger.note(self._mirror, end)

    def opened(self) -> None:
        """The answer begins."""
        seconds = self._ledger.clock() - self.began
        self._ledger.note(self._mirror, lambda known: known.answered(seconds))

    def timed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pieces of the body, while it is noted how long each was waited for, and not what its reader takes."""
        clock, source = self._ledger.clock, iter(pieces)
        piece: bytes | None = b""
        while piece is not None:
            before, piece = clock(), None
            try:
                piece = next(source, None)
            finally:  # a stall counts, too
                self._came(len(piece or b""), clock() - before)
            if piece is not None:
                yield piece

    def _came(self, count: int, seconds: float) -> None:
        self._judge(count, seconds)
        self._count += count
        self._seconds += seconds
        if self._count >= _NOTE_BYTES or self._seconds >= _NOTE_SECONDS:
            count, seconds = self._count, self._seconds
            self._ledger.note(self._mirror, lambda known: known.flowed(count, seconds))
            self._count, self._seconds = 0, 0.0

    def _judge(self, count: int, seconds: float) -> None:
        self._late_count, self._late_seconds = self._late_count + count, self._late_seconds + seconds
        if self._late_seconds > _JUDGED_AFTER:
            self.pace = self._late_seconds / max(self._late_count, 1)
        if self._late_seconds > _REMEMBERED:
            self._late_count, self._late_seconds = self._late_count // 2, self._late_seconds / 2
