"""`pack.json`, what a built pack hands over to the index: its name, its release, and its texts. Values only; no tuf.

`pack build` writes it beside the blobs, `index add` reads it. It is not signed and never published: the record is.

Version 1: the first.
"""

from dataclasses import dataclass
from typing import Self

from zoopkg.model import canonical
from zoopkg.model.fields import Fields
from zoopkg.model.manifest import check_schema
from zoopkg.model.names import PackName
from zoopkg.model.record import MAX_RECORD, Release, Texts

FILE_NAME = "pack.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A release to be added to an index, and the texts that the pack's record takes from it."""

    name: PackName
    release: Release
    texts: Texts

    def encode(self) -> bytes:
        """The entry's canonical bytes."""
        return canonical.encode(
            {
                **self.texts.to_json(),
                "name": str(self.name),
                "release": self.release.to_json(),
                "schema": f"pack/{SCHEMA}",
            }
        )

    @classmethod
    def decode(cls, data: bytes, document: str) -> Self:
        """The entry in these bytes.

        Raises:
            FormatError: the format is broken, or newer than this zoopkg.
        """
        fields = Fields(canonical.decode(data, document, MAX_RECORD), document)
        check_schema(fields, "pack", SCHEMA)
        return cls(
            name=fields.parsed("name", PackName.parse),
            release=Release.from_fields(fields.inner("release")),
            texts=Texts.from_fields(fields),
        )
