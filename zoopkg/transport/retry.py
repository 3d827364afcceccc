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
                self._sleep(self._wait(attempt, error.retry_after or 0.0))
        return self._inner.open(url, limit=limit, span=span, validator=validator)

    def _wait(self, attempt: int, asked: float) -> float:
        """Seconds: twice as many at each attempt, give or take a half, and never less than the server asked for."""
        backoff = FIRST_WAIT * (1 << (attempt - 1)) * (0.5 + self._random())
        return min(max(backoff, asked), LONGEST_WAIT)
