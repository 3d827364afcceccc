"""CIDs, by which IPFS knows blocks: version 1, SHA-256, of raw bytes or of dag-pb nodes; no other kind exists here.

Names blocks, and knows nothing of files (see `zoopkg.model.unixfs`) or nodes (https://github.com/multiformats/cid).
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from zoopkg.errors import FormatError

CID_PATTERN = re.compile(r"b[a-z2-7]{58}")
CID_BYTES = 36


class Codec(IntEnum):
    """What a block holds, by its number in the table of multicodecs."""

    RAW = 0x55
    DAG_PB = 0x70


_PREFIXES = {codec: bytes((1, codec, 0x12, 32)) for codec in Codec}
_CODECS = {prefix: codec for codec, prefix in _PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class Cid:
    """The identity of a block.

    Attributes:
        codec: what the block holds.
        sha256: the digest of its bytes, 32 bytes long.
    """

    codec: Codec
    sha256: bytes

    @classmethod
    def of(cls, codec: Codec, block: bytes | memoryview) -> Self:
        """The CID of a block."""
        return cls(codec, hashlib.sha256(block).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The CID that a text in base32 says (multibase `b`, lower case, no padding).

        Raises:
            FormatError: it is none, or one of another version, codec or hash.
        """
        if not CID_PATTERN.fullmatch(text):
            raise FormatError(f"{text[:80]!r} is not a CID of version 1 with SHA-256 in base32")
        cid = cls.from_bytes(base64.b32decode(text[1:].upper() + "======"))
        if str(cid) != text:  # the last character has two bits that mean nothing, and must be 0
            raise FormatError(f"{text!r} is not how its CID is written")
        return cid

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The CID in its binary form, as links and CAR files have it.

        Raises:
            FormatError: it is none, or one of another version, codec or hash.
        """
        codec = _CODECS.get(data[:4])
        if codec is None or len(data) != CID_BYTES:
            raise FormatError("a CID is of another version, codec or hash than files here have")
        return cls(codec, data[4:])

    def __bytes__(self) -> bytes:
        return _PREFIXES[self.codec] + self.sha256

    def __str__(self) -> str:
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()
