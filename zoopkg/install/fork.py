"""A piece of work in a process of its own: forked, heard through a pipe, and ended when nobody listens any more.

Threads take turns at every system call, so that four of them write small files no faster than one; processes do not.
Knows nothing of the work. Linux only, and only out of a process of one thread: a lock that another thread held at the
moment of the fork would never be given back.
"""

import ctypes
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import Any, NoReturn, Self

from zoopkg.errors import ZooError

Tell = Callable[..., None]
"""Told a word, and what else there is to say."""

_END, _ERROR = "end", "error"
_PDEATHSIG = 1  # prctl(2)


def can_fork() -> bool:
    """Whether this process has one thread only, Python's and others' counted, and fork(2) is sound on this system."""
    return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1


class Forked:
    """A process that begins at once.

    Args:
        work: what it does; called there with a `Tell` whose words come out of the iteration here. What it raises is
            raised by the iteration, too.
    """

    def __init__(self, work: Callable[[Tell], None]) -> None:
        reading, writing = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            os.close(reading)
            _die_with(parent)
            _do(work, writing)
        os.close(writing)
        self._words = open(reading, "rb")  # noqa: SIM115  (closed by `close`)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """What it tells, until it ends.

        Raises:
            ZooError: it was killed; other errors are those of the work.
        """
        while True:
            try:
                word, *rest = pickle.load(self._words)  # noqa: S301  (told by a copy of this process)
            except EOFError as error:
                raise ZooError("a process that wrote to the store was killed", hint="Run the same again.") from error
            if word == _END:
                return
            if word == _ERROR:
                raise rest[0]
            yield word, *rest

    def close(self) -> None:
        """Listen no more, so that it ends at its next word, and wait for that."""
        self._words.close()
        os.waitpid(self._pid, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _die_with(parent: int) -> None:
    """Be killed as soon as the parent is no more: what a kill leaves locked or half written is over at once, too."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _do(work: Callable[[Tell], None], writing: int) -> NoReturn:
    """Work, tell how it ended, and leave nothing to the code that this process is a copy of."""
    lock = Lock()

    def tell(*words: object) -> None:
        data = memoryview(pickle.dumps(words))
        with lock:
            while data:
                data = data[os.write(writing, data) :]

    # Nobody may be listening any more: the other process was killed, or has had enough.
    with suppress(BaseException):
        try:
            work(tell)
        except BaseException as error:  # noqa: BLE001  (raised in the other process)
            tell(_ERROR, error)
        else:
            tell(_END)
    os._exit(0)
