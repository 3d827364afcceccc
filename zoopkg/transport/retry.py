"""Asks again, after a while, what failed to open. A body that breaks off later is the business of `resume`."""

import random as randomness
import time
from collections.abc import Callable

from zoopkg.transport.base import Body, Opener, Span, TransportError

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


class RetryingOpener:
    """An opener that retries.

    Args:
        inner: opens.
        attempts: how often to ask at most.
        sleep: waits so many seconds.
        random: a number from 0 to 1, which spreads out clients that failed at the same moment.
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
        """Begin to read a file (see `zoopkg.transport.base.Opener`). What fails for good does so at once."""
        for attempt in range(1, self._attempts):
            try:
                return self._inner.open(url, limit=limit, span=span, validator=validator)
            except TransportError as error:
                if error.permanent:
                    raise
                self._sleep(wait_before(attempt, error.retry_after or 0.0, self._random()))
        return self._inner.open(url, limit=limit, span=span, validator=validator)


def wait_before(attempt: int, asked: float, random: float) -> float:
    """Seconds to wait after a failed attempt: twice as many each time, give or take a half, never less than asked for.

    Args:
        attempt: the one that failed, 1 for the first.
        asked: seconds that the server asked for.
        random: from 0 to 1.
    """
    backoff = FIRST_WAIT * (1 << (attempt - 1)) * (0.5 + random)
    return min(max(backoff, asked), LONGEST_WAIT)
