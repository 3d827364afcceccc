"""The one family of errors that zoopkg raises, each with its exit code and a hint at what to do next.

Nothing here prints or exits: the command line shows an error, and `exit_code` says how the process ends.
The codes are a contract with scripts; `docs/reference/exit-codes.md` lists them.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class ZooError(Exception):
    """Something zoopkg could not do, in one sentence that names what and where.

    Args:
        message: one sentence for a person.
        hint: what to do next, or the empty string where the sentence says it all. A note, too, so that tracebacks end
            with it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(hint)


class UsageError(ZooError):
    """The request itself is malformed: a name, a version, a path, an option, a project file."""

    exit_code = 2


class LockOutdatedError(ZooError):
    """zoo.lock does not say what the project file asks for."""

    exit_code = 3


class NoResolutionError(ZooError):
    """No set of pack versions meets every requirement."""

    exit_code = 4


class IntegrityError(ZooError):
    """Bytes are not what a digest, a signature or a format says they must be."""

    exit_code = 5


class FormatError(IntegrityError):
    """A document breaks its format; the message says where."""


class NotOnMirrorsError(ZooError):
    """No mirror had it."""

    exit_code = 6


class OfflineError(ZooError):
    """It would need the network, and the network was ruled out."""

    exit_code = 7


class PolicyError(ZooError):
    """Refused by policy: license, withdrawn, privacy, validity."""

    exit_code = 8


_OS_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space, then run the same command again; what was verified is kept."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, then run the same command again."),
    errno.EROFS: ("the file system is read-only", "Choose another place (--store, --dest), or make it writable."),
    errno.EACCES: ("permission denied", "Check who owns it and its mode, or choose another place."),
    errno.EPERM: ("permission denied", "Check who owns it and its mode, or choose another place."),
    errno.ENOTDIR: ("a file is where a folder should be", "Move it away, or choose another place (--store, --dest)."),
    errno.EMFILE: ("too many open files", "Raise the limit (ulimit -n), or use fewer --jobs."),
    errno.ENAMETOOLONG: ("the path is too long", "Choose a place with a shorter path."),
}


def from_os(error: OSError, doing: str) -> ZooError:
    """The error to show for what the operating system refused: what was being done, where, and why."""
    reason, hint = _OS_REASONS.get(error.errno or 0, (error.strerror or str(error), ""))
    where = f" ({error.filename})" if error.filename and str(error.filename) not in doing else ""
    return ZooError(f"cannot {doing}: {reason}{where}", hint=hint)


@contextmanager
def explaining(doing: str) -> Iterator[None]:
    """Turn an OSError within into a ZooError that says what was being done, "write zoo.lock" for instance."""
    try:
        yield
    except OSError as error:
        raise from_os(error, doing) from error
