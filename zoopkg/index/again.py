"""Asking mirrors for metadata again that failed in passing: which ones, and after how long. Asks nobody itself."""

import random
import time
from collections.abc import Mapping

from zoopkg.index.problems import Failure
from zoopkg.transport.base import TransportError
from zoopkg.transport.retry import backoff


def rested(failures: Mapping[str, Failure], number: int) -> list[str]:
    """The mirrors that are worth asking again, after a wait as long as each of them asks for, a minute at most.

    Args:
        failures: of each mirror that failed.
        number: how often it did, from 1.
    """
    transient = [failure for failure in failures.values() if failure.transient]
    if transient:
        causes = [failure.error.__cause__ for failure in transient]
        asked = max(cause.retry_after or 0.0 for cause in causes if isinstance(cause, TransportError))
        time.sleep(backoff(number, asked, random.random()))  # noqa: S311  (spreads clients out)
    return [failure.mirror for failure in transient]
