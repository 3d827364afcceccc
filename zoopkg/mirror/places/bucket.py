"""A bucket of an object store as a place: what S3 and GCS have in common. Speaks to neither; adapters derive from it.

Objects appear whole or not at all, and are only ever created where there is none, so that of two who publish at once
neither overwrites the other; the timestamp is replaced only where it is the one that was seen. What is there is told by
one listing. A blob is known by its name and size, as is a document whose name has its digest; the numbered metadata by
the SHA-256 that is stored beside it, or else by its bytes, which are few.
"""

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Self
from urllib.parse import quote

from zoopkg.errors import ZooError
from zoopkg.mirror.parallel import in_parallel
from zoopkg.mirror.place import TIMESTAMP, ConflictError, File, Seen, is_published, taken
from zoopkg.transport.base import TransportError
from zoopkg.transport.shorthand import bucket_of
from zoopkg.transport.urls import clean

SHA256 = "sha256"
"""The name of the metadata of an object that holds its SHA-256."""

_MAX_TIMESTAMP = 1 << 20
WORKERS = 8
"""How many small requests at once."""
# Whether larger files are there is asked before their bytes are sent; for others that costs more than it saves.
_LARGE = 8 << 20
# Two who create one name at once may both be told to try again (S3: 409); seconds to wait before each attempt.
_PAUSES = (0.0, 0.5, 2.0)


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where in which bucket.

    Attributes:
        scheme: `s3` or `gs`.
        bucket: its name.
        prefix: what all names there begin with: empty, or ending in a slash.
    """

    scheme: str
    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str, scheme: str) -> Self:
        """The address `SCHEME://BUCKET` or `SCHEME://BUCKET/PREFIX`.

        Raises:
            UsageError: it is none.
        """
        bucket, prefix = bucket_of(text, scheme)
        return cls(scheme, bucket, f"{prefix}/" if prefix else "")

    def key(self, name: str) -> str:
        """The object that holds a file."""
        return self.prefix + name

    def template(self, base: str) -> str:
        """The mirror that reads the files by HTTP, given the URL of the bucket."""
        return f"{base}/{quote(self.prefix)}{{digest}}"

    def __str__(self) -> str:
        return clean(f"{self.scheme}://{self.bucket}/{self.prefix}".rstrip("/"))


@dataclass(frozen=True, slots=True)
class Held:
    """An object as the store tells of it: the file's name, its size, and its SHA-256 where it was stored with it."""

    name: str
    size: int
    sha256: str = ""


class BucketPlace(ABC):
    """A bucket, or what is below a prefix in it (see `zoopkg.mirror.place.Place`).

    An adapter sets `template` and defines what has an underscore. Of its calls, those that write return whether they
    did: False where the condition of the write did not hold.
    """

    template: str
    holds_metadata = True

    def __init__(self, address: BucketAddress) -> None:
        self.address = address

    def survey(self, files: Collection[File]) -> set[File]:
        """Those that are there, by one listing."""
        held = {each.name: each for each in self._list()}
        there = [file for file in files if file.name in held]
        in_parallel(lambda file: self._require_same(file, held[file.name]), there, WORKERS, Event())
        return set(there)

    def put(self, file: File, path: Path) -> None:
        """Create an object, unless it is there."""
        if file.size > _LARGE and self._is_there(file):
            return
        for pause in _PAUSES:
            time.sleep(pause)
            if self._has_created(file, path) or self._is_there(file):
                return
        raise TransportError(f"{self.address} neither takes {file.name} nor has it: others write it at the same time")

    def _has_created(self, file: File, path: Path) -> bool:
        """Whether it was created; who shares the upload of a large file may fail as soon as the other has ended it."""
        try:
            return self._create(file, path)
        except TransportError:
            if file.size > _LARGE and self._is_there(file):
                return True
            raise

    def _is_there(self, file: File) -> bool:
        held = self._look(file.name)
        if held is None:
            return False
        self._require_same(file, held)
        return True

    def _require_same(self, file: File, held: Held) -> None:
        same = held.size == file.size
        if same and not file.cid and not file.name.startswith(f"{file.sha256}."):
            same = (held.sha256 or self._digest(file)) == file.sha256
        if not same:
            raise taken(file, f"{self.address}/{file.name}")

    def _digest(self, file: File) -> str:
        seen = self._read(file.name, file.size)
        return hashlib.sha256(seen.data).hexdigest() if seen else ""

    def reveal(self) -> None:  # noqa: B027  (nothing is to be done, not even by adapters)
        """What was put can be seen at once."""

    def timestamp(self) -> Seen | None:
        """The timestamp, known by its ETag or generation."""
        return self._read(TIMESTAMP, _MAX_TIMESTAMP)

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:
        """Replace it if it is still the one that was seen."""
        if self._replace_timestamp(data, seen.token if seen else None):
            return
        now = self.timestamp()
        if now is None or now.data != data:  # else it is ours: the answer to a first attempt was lost
            raise ConflictError(f"somebody else published to {self.address} meanwhile", hint="Run the same again.")

    def names(self) -> Iterable[str]:
        """The index's files right below the prefix."""
        return sorted(held.name for held in self._list() if is_published(held.name))

    def remove(self, names: Collection[str]) -> None:
        """Remove files of the index."""
        self._delete([name for name in names if is_published(name)])

    def overlong(self, name: str, limit: int) -> ZooError:
        """The error for a file that is larger than any of its kind, and is not read."""
        return ConflictError(f"{self.address}/{name} has over {limit} bytes, so it is no {name} of an index")

    @abstractmethod
    def close(self) -> None:
        """Close connections."""

    @abstractmethod
    def _list(self) -> Iterator[Held]:
        """All objects right below the prefix."""

    @abstractmethod
    def _look(self, name: str) -> Held | None:
        """One object without its bytes."""

    @abstractmethod
    def _read(self, name: str, limit: int) -> Seen | None:
        """The bytes of an object, and what its very version is known by; ConflictError if there are more than that."""

    @abstractmethod
    def _create(self, file: File, path: Path) -> bool:
        """Create an object, unless there is one."""

    @abstractmethod
    def _replace_timestamp(self, data: bytes, token: str | None) -> bool:
        """Replace the timestamp that is known by a token, or create the first one."""

    @abstractmethod
    def _delete(self, names: Collection[str]) -> None:
        """Remove objects; those that are not there are gone already."""


def missing_extra(scheme: str, package: str) -> ZooError:
    """The error for a library that is not installed."""
    return ZooError(
        f"writing to {scheme}:// needs {package}, which is not installed", hint="Run: pip install 'zoopkg[publish]'"
    )
