"""One file of a pack as the manifest tells of it: path, content, size, facets. Opens no file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from zoopkg.errors import FormatError
from zoopkg.model.canonical import Json
from zoopkg.model.digest import Digest
from zoopkg.model.names import check_path

FacetValue: TypeAlias = str | int | bool | Sequence[str]

MAX_INSTANCE = 1 << 40
MAX_NOTE = 2000
_KEYS = frozenset(("digest", "facets", "license", "note", "path", "size"))
_SCALARS = frozenset((str, int, bool))
_NO_FACETS: Mapping[str, FacetValue] = {}


@dataclass(frozen=True, slots=True)
class Instance:
    """One file of a pack.

    Attributes:
        path: where it lies in the pack's folder, parts joined by `/`.
        digest: of its bytes.
        size: in bytes.
        facets: what `docs/formats/facets.md` defines; a facet that is not there is null.
        license: an SPDX expression where it differs from the pack's, else empty.
        note: what this file is for, or empty.
    """

    path: str
    digest: Digest
    size: int
    facets: Mapping[str, FacetValue] = field(default_factory=dict)
    license: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Json]:
        """The manifest's line as a value; empty fields are left out."""
        line: dict[str, Json] = {"digest": self.digest.hex, "path": self.path, "size": self.size}
        if self.facets:
            line["facets"] = self.facets
        if self.license:
            line["license"] = self.license
        if self.note:
            line["note"] = self.note
        return line

    @classmethod
    def from_json(cls, value: object) -> "Instance":
        """The instance that a line describes. Fast, since a pack may have a million: no getters here.

        Raises:
            FormatError: says what is wrong with the line.
        """
        if type(value) is not dict or not value.keys() <= _KEYS:
            raise FormatError("an instance has fields other than " + ", ".join(sorted(_KEYS)))
        path, digest, size = value.get("path"), value.get("digest"), value.get("size")
        if type(path) is not str or type(digest) is not str or type(size) is not int:
            raise FormatError("an instance needs a path and a digest (texts) and a size (a whole number)")
        if not 0 <= size <= MAX_INSTANCE:
            raise FormatError(f"the size of {path[:200]!r} is out of range")
        facets = value.get("facets", _NO_FACETS)
        if facets is not _NO_FACETS and not _are_facets(facets):
            raise FormatError(f"the facets of {path[:200]!r} are not numbers, texts, truth values and lists of texts")
        return cls(
            check_path(path),
            Digest.from_hex(digest),
            size,
            facets,
            _text(value, "license", path),
            _text(value, "note", path),
        )


def _text(value: dict[str, object], key: str, path: str) -> str:
    if key not in value:
        return ""
    text = value[key]
    if type(text) is not str or not 0 < len(text) <= MAX_NOTE:
        raise FormatError(f"the {key} of {path[:200]!r} is not a text of 1 to {MAX_NOTE} characters")
    return text


def _are_facets(facets: object) -> bool:
    if type(facets) is not dict or not facets:  # none are written by leaving the field out
        return False
    kinds = {type(value) for value in facets.values()}  # most often these three alone, told without a loop of ours
    return kinds <= _SCALARS or all(
        type(value) in _SCALARS or (type(value) is list and all(type(item) is str for item in value))
        for value in facets.values()
    )
