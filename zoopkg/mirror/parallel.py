"""One piece of work for each of many items, several at once, in the items' order. Keeps no results.

The first failure, or an interruption, ends the rest soon: work that takes long asks `stop` now and then.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event, Lock
from typing import TypeVar

T = TypeVar("T")


class StoppedError(Exception):
    """The work for an item was given up, since `stop` was set: another thread failed, or the user interrupted."""


def in_parallel(work: Callable[[T], None], items: Iterable[T], at_once: int, stop: Event) -> None:
    """Do the work for every item, until it fails or somebody stops it; raise what failed, but no `StoppedError`.

    Args:
        work: for one item; threads call it.
        items: taken one by one, so that there may be any number.
        at_once: how many threads.
        stop: set when no more is to be done.
    """
    waiting, lock = iter(items), Lock()

    def next_one() -> list[T]:
        with lock:
            return list(islice(waiting, 1))

    def worker() -> None:
        while not stop.is_set() and (item := next_one()):
            try:
                work(*item)
            except BaseException:
                stop.set()
                raise

    with ThreadPoolExecutor(at_once) as executor:
        futures = [executor.submit(worker) for _ in range(at_once)]
        try:
            failures = [error for future in futures if (error := future.exception())]
        except BaseException:
            stop.set()
            raise
    for error in failures:
        if not isinstance(error, StoppedError):
            raise error
