"""Runs work in a forked child that is killed, or finds its disk full, at the n-th change of a file."""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator

from zoopkg.errors import ZooError

_CHANGES = frozenset(
    ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.truncate", "os.chmod")
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
DONE, REFUSED, CRASHED, KILLED = 0, 1, 2, 9


def run_child(work: Callable[[], object]) -> Callable[[], int]:
    """Start work in a child; what is returned waits for it, and tells how it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except ZooError:
            os._exit(REFUSED)
        except BaseException:  # noqa: BLE001  (a child must never go on into the parent's tests)
            traceback.print_exc()
            os._exit(CRASHED)
        os._exit(DONE)
    return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_change(n: int, act: Callable[[], None]) -> None:
    """From the n-th change of a file on, by whatever function, do this first; for the rest of the process."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        if writes or event in _CHANGES:
            seen += 1
            if seen >= n:
                act()

    sys.addaudithook(hook)


def kill() -> None:
    os._exit(KILLED)


def disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def endings(work: Callable[[], object], act: Callable[[], None], step: int) -> Iterator[int]:
    """How the work ends when it is stopped at its first change, at every `step`-th after it, until it is done."""
    for n in range(1, 1000, step):

        def stopped(n: int = n) -> None:
            at_change(n, act)
            work()

        ending = run_child(stopped)()
        yield ending
        if ending == DONE:
            return
