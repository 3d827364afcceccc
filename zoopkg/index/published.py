"""A state of an index with all its files, for who copies it, and how a timestamp from elsewhere stands to it.

`zoopkg.index.taking` makes one, and verifies it. Asks no mirror, and knows no blobs but by what the records say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from tuf.api.metadata import Metadata, Root, Timestamp

from zoopkg.errors import FormatError
from zoopkg.index import roles
from zoopkg.index.problems import TUF_ERRORS
from zoopkg.model.record import MirrorList, Record


class Standing(Enum):
    """How a timestamp that was found somewhere stands to the one of a state."""

    SAME = "newest"
    OLDER = "behind"
    NEWER = "ahead"
    FORKED = "of the same number, and another state"
    FOREIGN = "not of this index"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of an index, kept on this machine.

    Attributes:
        name: its name on every mirror.
        path: where its bytes are.
        size: in bytes.
        sha256: of its bytes.
    """

    name: str
    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, name: str, path: Path) -> Self:
        """What lies at a path, under its name on mirrors."""
        data = path.read_bytes()
        return cls(name, path, len(data), sha256(data).hexdigest())


@dataclass(frozen=True)
class Published:
    """A complete state of an index.

    Attributes:
        roots: the chain of roots, oldest first.
        roles: the targets metadata, of all namespaces and the top.
        snapshot: the snapshot metadata.
        timestamp: the timestamp metadata.
        documents: what the roles list, by target path.
        expired: the roles that are past their dates, and since when.
    """

    roots: tuple[Kept, ...]
    roles: tuple[Kept, ...]
    snapshot: Kept
    timestamp: Kept
    documents: Mapping[str, Kept]
    expired: Mapping[str, datetime]

    def records(self, broken: Callable[[str], None]) -> Iterator[Record]:
        """The records of all packs, one after the other.

        Args:
            broken: told, in a sentence, of each that no client could read.
        """
        for path, kept in sorted(self.documents.items()):
            name = roles.recorded(path)
            if name is None:
                continue
            try:
                record = Record.decode(kept.path.read_bytes(), f"the record of {name}")
            except FormatError as error:
                broken(error.message)
                continue
            if record.name == name:
                yield record
            else:
                broken(f"the index signed the record of {record.name} as that of {name}")

    def mirrors(self) -> MirrorList:
        """The mirrors that the index signs.

        Raises:
            FormatError: its list of them is none.
        """
        kept = self.documents.get(roles.MIRRORS_TARGET)
        return MirrorList.decode(kept.path.read_bytes(), "the list of mirrors") if kept else MirrorList(())

    def is_good_by(self, root: Kept) -> bool:
        """Whether a client that has got as far as a root of the chain, and no further, takes this state."""
        targets = next(each for each in self.roles if roles.file_role(each.name) == roles.TARGETS)
        signed = ((roles.TIMESTAMP, self.timestamp), (roles.SNAPSHOT, self.snapshot), (roles.TARGETS, targets))
        return all(_signs(root, role, Metadata.from_bytes(each.path.read_bytes())) for role, each in signed)

    def standing(self, timestamp: bytes) -> Standing:
        """How a timestamp stands to the one of this state: unsigned by any root of the chain, it is foreign."""
        theirs = _timestamp(timestamp)
        if theirs is None or not any(_signs(root, roles.TIMESTAMP, theirs) for root in self.roots):
            return Standing.FOREIGN
        own = self.timestamp.path.read_bytes()
        version = Metadata[Timestamp].from_bytes(own).signed.version
        if theirs.signed.version == version:
            return Standing.SAME if timestamp == own else Standing.FORKED
        return Standing.OLDER if theirs.signed.version < version else Standing.NEWER


@dataclass(frozen=True, slots=True)
class Moment:
    """What a timestamp says of itself, verified or not."""

    version: int
    expires: datetime

    @classmethod
    def of(cls, timestamp: bytes) -> Self | None:
        """The moment of these bytes, None where they are no timestamp."""
        found = _timestamp(timestamp)
        return cls(found.signed.version, found.signed.expires) if found else None


def _timestamp(data: bytes) -> Metadata[Timestamp] | None:
    """The timestamp metadata in some bytes, None where they are none."""
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(data)
    except TUF_ERRORS:
        return None
    return metadata if isinstance(metadata.signed, Timestamp) else None


def _signs(root: Kept, role: str, metadata: Metadata[Any]) -> bool:
    """Whether a root has the keys that signed a role's metadata."""
    signed = Metadata[Root].from_bytes(root.path.read_bytes()).signed
    try:
        signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except TUF_ERRORS:
        return False
    return True
