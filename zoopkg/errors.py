"""The one family of errors that zoopkg raises, each with its exit code and a hint at what to do next.

Nothing here prints or exits: the command line shows an error, and `exit_code` says how the process ends.
The codes are a contract with scripts; `docs/reference/exit-codes.md` lists them.
"""

from typing import ClassVar


class ZooError(Exception):
    """Something zoopkg could not do, in one sentence that names what and where.

    Args:
        message: one sentence for a person.
        hint: what to do next, or the empty string where the sentence says it all.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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
