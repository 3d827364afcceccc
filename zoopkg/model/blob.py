"""Blobs, what mirrors hold: how one is named, and by which digests it is known. Stores and fetches nothing."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from blake3 import blake3

from zoopkg.model.canonical import Json
from zoopkg.model.cid import CID_PATTERN
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields

MAX_BLOB = 1_900_000_000
INDEX_ORIGIN = "index"
"""The release that carries the metadata and documents of an index; a blob's origin has a dot, so none clashes."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ORIGIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,200}")


class BlobKind(StrEnum):
    """What a blob holds, which is also the end of its file name.

    The endings are ours alone: a web server that knows `.zst` may announce a Content-Encoding and break the bytes.
    """

    MANIFEST = "manifest"
    LAYOUT = "layout"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file on a mirror.

    Attributes:
        digest: BLAKE3-256 of the stored bytes.
        sha256: SHA-256 of the same, 64 hexadecimal digits.
        size: bytes as stored, 0 where it is not known.
        cid: how IPFS names it.
        origin: the release that first carried it, `NAMESPACE.NAME-VERSION`.
    """

    kind: BlobKind
    digest: Digest
    sha256: str
    size: int
    cid: str
    origin: str

    @classmethod
    def known_by_digest(cls, kind: BlobKind, digest: Digest) -> Self:
        """A blob of which a lock tells the digest alone: its size is 0 for unknown, the other fields are empty."""
        return cls(kind, digest, "", 0, "", "")

    @property
    def name(self) -> str:
        """The blob's file name on every mirror."""
        return blob_name(self.kind, self.digest)

    def to_json(self) -> dict[str, Json]:
        """The fields as formats write them; the kind follows from where they stand."""
        return {
            "b3": self.digest.hex,
            "cid": self.cid,
            "origin": self.origin,
            "sha256": self.sha256,
            "size": self.size,
        }

    @classmethod
    def from_fields(cls, fields: Fields, kind: BlobKind) -> Self:
        """The blob that a document names.

        Raises:
            FormatError: a field is missing or malformed.
        """
        sha256, cid, origin = fields.text("sha256"), fields.text("cid"), fields.text("origin")
        for key, value, pattern in (
            ("sha256", sha256, _SHA256),
            ("cid", cid, CID_PATTERN),
            ("origin", origin, _ORIGIN),
        ):
            if not pattern.fullmatch(value):
                raise fields.fail(key, f"is malformed: {value[:80]!r}")
        return cls(
            kind,
            fields.parsed("b3", Digest.from_hex),
            sha256,
            fields.integer("size", low=1, high=MAX_BLOB),
            cid,
            origin,
        )


def blob_name(kind: BlobKind, digest: Digest) -> str:
    """`<64 hex>.<kind>`: flat, so that release assets and buckets can hold it."""
    return f"{digest.hex}.{kind}"


class BlobHasher:
    """All digests of a blob in one pass over its bytes."""

    def __init__(self) -> None:
        from zoopkg.model.unixfs import TreeHasher  # noqa: PLC0415  (an install with nothing to hash starts sooner)

        self._b3 = blake3()
        self._sha256 = hashlib.sha256()
        self._tree = TreeHasher()
        self.size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next stored bytes."""
        self._b3.update(data)
        self._sha256.update(data)
        self._tree.update(data)
        self.size += len(data)

    def blob(self, kind: BlobKind, origin: str) -> Blob:
        """The blob made of all bytes so far; call it once, at the end."""
        return Blob(kind, Digest(self._b3.digest()), self._sha256.hexdigest(), self.size, self._tree.cid(), origin)
