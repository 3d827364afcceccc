"""Asks again, after a while, what failed to open. A body that breaks off later is the business of `resume`."""

import random as randomness
import time
from collections.abc import Callable

from zoopkg.transport.base import Body, Opener, Span, TransportError
from zoopkg.transport.haste import current

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


def backoff(attempt: int, asked: float, random: float) -> float:
    """Seconds to wait after so many failures: twice as many each time, a minute at most.

    Args:
        attempt: how many there were, from 1.
        asked: what the server asked for, never less than which it is.
        random: from 0 to 1, gives or takes a half, so that clients which failed at one moment do not return at one.
    """
    waiting = FIRST_WAIT * (1 << (min(attempt, 10) - 1)) * (0.5 + random)
    return min(max(waiting, asked), LONGEST_WAIT)


class RetryingOpener:
    """An opener that retries.

    Args:
        inner: opens.
        attempts: how often to ask at most.
        sleep: waits so many seconds.
        random: a number from 0 to 1, for `backoff`.
    """

    def __init__(
        self,
        inner: Opener,
        *,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._inner = inner
        self._attempts = attempts
        self._sleep = sleep
        self._random = random

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`). For good, or in haste, it fails at once."""
        for attempt in range(1, 1 if current() else self._attempts):
            try:
                return self._inner.open(url, limit=limit, span=span, validator=validator)
            except TransportError as error:
                if error.permanent:
                    raise
                self._sleep(backoff(attempt, error.retry_after or 0.0, self._random()))
        return self._inner.open(url, limit=limit, span=span, validator=validator)
