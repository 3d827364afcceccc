"""What a mirror's own words say of it, once the state that won is known: whether it is behind, hides a root, or is bad.

Pure. A mirror's words are unverified, and only used to say what is wrong with it, never to trust anything.
"""

from dataclasses import dataclass
from datetime import datetime

from tuf.api.exceptions import BadVersionNumberError, RepositoryError
from tuf.api.metadata import Metadata, Timestamp

from zoopkg.index.problems import FOREIGN, Failure, Problem

_DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Newest:
    """The state that won: versions of its root and timestamp, and the time at which it must not have expired."""

    root: int
    timestamp: int
    reference: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """What a mirror said.

    Attributes:
        mirror: its base URL or template.
        newest_root: the version of the last root that it says there is, 0 where that is not known.
        timestamp: the one that came from it, empty if none did.
        failure: why it did not lead to a complete state, if it did not.
        foreign: whether it proved to mirror another index.
    """

    mirror: str
    newest_root: int
    timestamp: bytes
    failure: Failure | None = None
    foreign: bool = False


def problem_of(words: Words, newest: Newest) -> Problem | None:
    """What a person should know of a mirror; nothing where all is well, or where it has blobs only."""
    failure = words.failure
    if words.foreign:
        return Problem(words.mirror, FOREIGN, foreign=True)
    if failure is not None and failure.blobs_only:
        return None
    if failure is not None and failure.unavailable:
        return Problem(words.mirror, failure.reason, silent=not failure.absent)
    notes = []
    if 0 < words.newest_root < newest.root:
        notes.append(f"hides root version {words.newest_root + 1}")
    old = _old_state(words, newest)
    if old:
        notes.append(old)
    elif failure is not None:
        notes.append(failure.reason)
    return Problem(words.mirror, "; ".join(notes)) if notes else None


def _old_state(words: Words, newest: Newest) -> str:
    """That its timestamp is older than the one known, if that is what is wrong with it."""
    failure = words.failure
    if failure is not None and not (isinstance(failure.error, BadVersionNumberError) or failure.expired):
        return ""
    try:
        timestamp = Metadata[Timestamp].from_bytes(words.timestamp).signed
    except RepositoryError:
        return ""
    if timestamp.version >= newest.timestamp:
        return ""
    over = f", expired on {timestamp.expires:{_DAY}}" if timestamp.is_expired(newest.reference) else ""
    return f"serves an old state (timestamp version {timestamp.version}, where {newest.timestamp} is known){over}"
