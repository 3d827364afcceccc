"""The digest that names instances, manifests and blobs: BLAKE3-256, written `b3:<64 hex>`. Reads no file."""

import re
from dataclasses import dataclass
from typing import Self

from blake3 import blake3

from zoopkg.errors import FormatError

_HEX = re.compile(r"[0-9a-f]{64}")
_PREFIX = "b3:"


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """The BLAKE3-256 of some bytes (https://github.com/BLAKE3-team/BLAKE3-specs)."""

    raw: bytes

    @classmethod
    def of(cls, data: bytes | memoryview) -> Self:
        """The digest of these bytes."""
        return cls(blake3(data).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The digest written as `b3:<64 lower-case hex>`.

        Raises:
            FormatError: any other text.
        """
        if not text.startswith(_PREFIX):
            raise FormatError(f"'{text[:80]}' is not a digest; one looks like b3: and 64 hexadecimal digits")
        return cls.from_hex(text[len(_PREFIX) :])

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """The digest written as 64 lower-case hexadecimal digits.

        Raises:
            FormatError: any other text.
        """
        if not _HEX.fullmatch(text):
            raise FormatError(f"'{text[:80]}' is not a digest of 64 lower-case hexadecimal digits")
        return cls(bytes.fromhex(text))

    @property
    def hex(self) -> str:
        """The 64 hexadecimal digits."""
        return self.raw.hex()

    def __str__(self) -> str:
        return _PREFIX + self.raw.hex()
