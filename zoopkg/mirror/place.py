"""The port of places that a mirror is written to: flat names, created once and never overwritten, but for one.

    missing = set(files) - place.survey(files)
    for file in missing: place.put(file, path_of(file))     # threads may do this at once
    place.reveal()
    place.replace_timestamp(data, place.timestamp())        # last, but for new roots: it leads to what is there

An adapter neither decides what belongs on a mirror nor verifies what it is given: `zoopkg.mirror.sync` does. What is
cut off at any moment leaves every name either absent or whole.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from zoopkg.errors import IntegrityError, ZooError
from zoopkg.index.roles import STAGED as STAGED  # noqa: PLC0414  (re-exported: adapters know this port alone)
from zoopkg.index.roles import TIMESTAMP_FILE
from zoopkg.model.blob import INDEX_ORIGIN as INDEX_ORIGIN  # noqa: PLC0414
from zoopkg.model.blob import Blob

TIMESTAMP = TIMESTAMP_FILE


class ConflictError(ZooError):
    """Somebody else wrote there: a name has other content, or the timestamp is not the one that was seen."""


class DamagedError(ConflictError, IntegrityError):
    """A name that follows from its content has other bytes, so no publisher put them there."""

    exit_code = IntegrityError.exit_code


def taken(file: "File", where: str) -> ConflictError:
    """The error for a name of an index that is taken by other bytes."""
    if file.cid or file.name.startswith(f"{file.sha256}."):  # the name has a digest of the bytes that belong there
        return DamagedError(f"{where} is damaged: it is not the {file.name} that it should be", hint="Remove it there.")
    return ConflictError(
        f"{where} is not the {file.name} that it should be",
        hint="Remove it if it was damaged; else two indexes were written to one place.",
    )


@dataclass(frozen=True, slots=True)
class File:
    """A file of an index, whose name never gets other content.

    Attributes:
        name: flat.
        size: in bytes.
        sha256: 64 hexadecimal digits.
        origin: the release that carries it.
        cid: how IPFS knows it; empty for what is no blob, which IPFS never carries.
    """

    name: str
    size: int
    sha256: str
    origin: str = INDEX_ORIGIN
    cid: str = ""

    @classmethod
    def of_blob(cls, blob: Blob) -> Self:
        """A blob as a file."""
        return cls(blob.name, blob.size, blob.sha256, blob.origin, blob.cid)


@dataclass(frozen=True, slots=True)
class Seen:
    """The timestamp that a place had when it was looked at.

    Attributes:
        data: its bytes.
        token: what the place knows this very version by (an ETag, a generation); only the place understands it.
    """

    data: bytes
    token: str


class Place(Protocol):
    """Somewhere to write a mirror to.

    Every method raises TransportError where the place cannot be reached or fails, and ZooError with a sentence of its
    own where it refuses: no credentials, no such bucket, a limit.

    Attributes:
        template: the mirror that reads what is written here, for `--mirror` and mirrors.json; empty where nothing reads
            it (a CAR file).
        holds_metadata: whether metadata and documents go there, too; IPFS takes blobs alone.
    """

    template: str
    holds_metadata: bool

    def survey(self, files: Collection[File]) -> set[File]:
        """Those of some files that are there, whole as far as the place tells without sending their bytes.

        Raises:
            ConflictError: a name is taken by something of another size or digest.
        """
        ...

    def put(self, file: File, path: Path) -> None:
        """Create a file from the bytes at a path of this machine; done already counts as done. Threads may call it.

        Raises:
            ConflictError: the name is taken by something else.
        """
        ...

    def reveal(self) -> None:
        """Make visible what was put, where the place keeps drafts; called when all of it was put."""
        ...

    def timestamp(self) -> Seen | None:
        """The timestamp that is there now."""
        ...

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:
        """Put a timestamp in place of the one that was seen, None for none.

        Raises:
            ConflictError: another one is there by now, and stays.
        """
        ...

    def names(self) -> Iterable[str]:
        """The names of all files that are there and look like an index's."""
        ...

    def remove(self, names: Collection[str]) -> None:
        """Remove files; those that are not there are gone already."""
        ...

    def close(self) -> None:
        """Give back what the place holds: connections, temporary files."""
        ...


def content_type(name: str) -> str:
    """The media type of a file, for places that store one."""
    return "application/json" if name.endswith(".json") else "application/octet-stream"


def cache_control(name: str) -> str:
    """How long others may keep a file (RFC 9111): all but the timestamp for ever, since no name gets other content."""
    return "no-cache" if name == TIMESTAMP else "public, max-age=31536000, immutable"


_PUBLISHED = re.compile(
    r"timestamp\.json"
    r"|[0-9]{1,9}\.[^/\\\x00-\x20]{1,200}\.json"
    r"|[0-9a-f]{64}\.[^/\\\x00-\x20]{1,200}\.json"
    r"|[0-9a-f]{64}\.(?:manifest|layout|bundle)"
)


def is_published(name: str) -> bool:
    """Whether a file name is one that an index publishes, so that it may be listed and removed as the index's."""
    return _PUBLISHED.fullmatch(name) is not None
