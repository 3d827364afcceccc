"""Haste: said once around a piece of work that could also ask somebody else, heeded by all that opens URLs within.

`RetryingOpener` then asks once, and `HttpOpener` gives an answer no more time than is left. The port itself knows
nothing of it, so adapters that take no time may ignore it. It holds for the thread, or the task, that said it.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Haste:
    """How much time there is.

    Attributes:
        until: when it is over, by the clock; infinite where only asking again is ruled out.
        rate: bytes a second at which an answer earns itself more time; infinite where nothing does. It counts only
            where there is an end: without one an answer may take as long as any other.
        clock: seconds that never go back.
    """

    until: float = math.inf
    rate: float = math.inf
    clock: Callable[[], float] = time.monotonic

    @property
    def left(self) -> float:
        """Seconds until it is over, 0 at least."""
        return max(0.0, self.until - self.clock())


_CURRENT: ContextVar[Haste | None] = ContextVar("zoopkg-haste", default=None)


def current() -> Haste | None:
    """The haste that holds here, or None where there is all the time in the world."""
    return _CURRENT.get()


@contextmanager
def hasty(seconds: float = math.inf, rate: float = math.inf) -> Iterator[None]:
    """Open in haste within: nothing twice, and all of it in so many seconds, more if it comes at `rate` bytes a second.

    Must not be held over a `yield`, since a generator shares its caller's context.
    """
    token = _CURRENT.set(Haste(time.monotonic() + seconds, rate))
    try:
        yield
    finally:
        _CURRENT.reset(token)
