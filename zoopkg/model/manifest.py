"""The manifest: what a pack version contains. Reads and writes its canonical lines, whose digest is its identity.

`docs/formats/manifest.md` defines the format. Works on streams of bytes, so that a million instances fit in little
memory; decompression and files are the caller's.

Version 1: the first.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from blake3 import blake3

from zoopkg.errors import FormatError, IntegrityError
from zoopkg.model import canonical
from zoopkg.model.canonical import Json
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.instance import Instance
from zoopkg.model.lines import split_lines
from zoopkg.model.names import PackName, PathSet, check_path
from zoopkg.model.version import Version, parse_version

SCHEMA = 1
MAX_LINE = 1 << 16
MAX_INSTANCES = 10_000_000
MAX_MANIFEST = 8 << 30
_DIGEST, _PATH, _SIZE = '{"digest":"', ',"path":"', '","size":'


@dataclass(frozen=True, slots=True)
class Source:
    """Where files of a pack come from, and under which license."""

    name: str
    license: str
    url: str = ""
    copyright: str = ""

    def to_json(self) -> dict[str, Json]:
        """The fields that are not empty."""
        fields = {"copyright": self.copyright, "license": self.license, "name": self.name, "url": self.url}
        return {key: value for key, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a manifest: what the pack is, as a whole.

    Attributes:
        inspector: the number of the rules that computed the facets.
        license: an SPDX expression.
        count: how many instances follow.
        size: the sum of their bytes.
        requires: other packs, each `NAMESPACE/NAME@REQUIREMENT`.
    """

    name: PackName
    version: Version
    license: str
    inspector: int
    count: int
    size: int
    requires: tuple[str, ...] = ()
    source: tuple[Source, ...] = ()
    authors: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The header line as a value."""
        return {
            "authors": list(self.authors),
            "bytes": self.size,
            "count": self.count,
            "inspector": self.inspector,
            "license": self.license,
            "name": str(self.name),
            "requires": list(self.requires),
            "schema": f"manifest/{SCHEMA}",
            "source": [source.to_json() for source in self.source],
            "version": str(self.version),
        }

    @classmethod
    def from_json(cls, value: object, document: str) -> Self:
        """The header that a line describes.

        Raises:
            FormatError: a field is missing or malformed, or the format is newer than this zoopkg.
        """
        fields = Fields(value, document)
        check_schema(fields, "manifest", SCHEMA)
        return cls(
            name=fields.parsed("name", PackName.parse),
            version=fields.parsed("version", parse_version),
            license=fields.text("license"),
            inspector=fields.integer("inspector"),
            count=fields.integer("count", high=MAX_INSTANCES),
            size=fields.integer("bytes"),
            requires=fields.texts("requires"),
            source=tuple(
                Source(
                    item.text("name"),
                    item.text("license"),
                    item.text("url", default=""),
                    item.text("copyright", default=""),
                )
                for item in fields.each("source", limit=1000)
            ),
            authors=fields.texts("authors"),
        )


def check_schema(fields: Fields, kind: str, known: int) -> None:
    """Refuse a document of another kind, or of a version that this zoopkg does not know.

    Raises:
        FormatError: says which.
    """
    name, _, number = fields.text("schema").partition("/")
    if name != kind or not number.isascii() or not number.isdigit():
        raise fields.fail("schema", f"must be '{kind}/{known}'")
    if int(number[:9]) > known:
        message = f"is {kind}/{number[:9]}, newer than this zoopkg reads ({kind}/{known})"
        raise fields.fail("schema", message, hint="Update zoopkg.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole manifest in memory, for packs that fit: its header, its instances by path, and its identity."""

    header: Header
    instances: Sequence[Instance] = field(repr=False)
    content: Digest


def write(header: Header, instances: Iterable[Instance]) -> Iterator[bytes]:
    """The canonical lines of a manifest, each with its line feed; instances must come sorted by path.

    Raises:
        FormatError: a path is not sound, not in order, or collides with another; a line is too long; or the count or
            the sum differs.
    """
    first = canonical.encode(header.to_json()) + b"\n"
    if len(first) > MAX_LINE:
        raise FormatError(f"the header of {header.name} {header.version} is longer than {MAX_LINE} bytes")
    yield first
    checks = _Checks(header)
    for instance in instances:
        check_path(instance.path)
        checks.add(instance)
        line = canonical.encode(instance.to_json()) + b"\n"
        if len(line) > MAX_LINE:
            raise FormatError(f"the line of {instance.path!r} is longer than {MAX_LINE} bytes")
        yield line
    checks.end()


class ManifestReader:
    """Reads a manifest as a stream: the header at once, the instances as they are asked for.

    Args:
        chunks: the decompressed bytes, in any pieces.
        document: what to call it in messages.
        expected: its identity; with it nothing may be trusted before the last instance has come, without it
            `content` tells at the end what the identity is.

    Raises:
        FormatError: while reading, where the format is broken.
        IntegrityError: after the last instance, where the identity differs.
    """

    def __init__(self, chunks: Iterable[bytes], document: str, expected: Digest | None = None) -> None:
        self._document = document
        self._expected = expected
        self._hasher = blake3()
        self._lines = split_lines(self._hashed(chunks), MAX_LINE, document)
        first = next(self._lines, None)
        if first is None:
            raise FormatError(f"{document} is empty")
        self.header = Header.from_json(canonical.decode(first, f"the header of {document}", MAX_LINE), document)

    def _hashed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        total = 0
        for chunk in chunks:
            total += len(chunk)
            if total > MAX_MANIFEST:
                raise FormatError(f"{self._document} is larger than {MAX_MANIFEST} bytes")
            self._hasher.update(chunk)
            yield chunk

    @property
    def content(self) -> Digest:
        """The identity; meaningful once every instance has been read."""
        return Digest(self._hasher.digest())

    def __iter__(self) -> Iterator[Instance]:
        checks = _Checks(self.header)
        for line in self._lines:
            value = canonical.decode(line, f"a line of {self._document}", MAX_LINE)
            try:
                instance = Instance.from_json(value)
                checks.add(instance)
            except FormatError as error:
                raise FormatError(f"{self._document}, line {checks.seen + 2}: {error.message}") from error
            yield instance
        checks.end()
        self._check_identity()

    def _check_identity(self) -> None:
        if self._expected is not None and self.content != self._expected:
            raise IntegrityError(f"{self._document} is {self.content}, not {self._expected} as it should be")

    def contents(self) -> Iterator[tuple[str, Digest, int]]:
        """The path, digest and size of every instance, for bytes that were read strictly before.

        Their form is known to be canonical and their paths to be sound, so that each line is only cut at known places:
        ten times faster than decoding it. The identity is checked at the end all the same.

        Raises:
            FormatError: a line is not of the known form.
            IntegrityError: after the last instance, where the identity differs.
        """
        for seen, data in enumerate(self._lines):
            if seen == self.header.count:
                raise FormatError(f"{self._document} goes on after the {seen} instances that it announces")
            try:
                line = data.decode()
                # Keys are sorted, and a quotation mark in a text is escaped: the last ,"path":" is the instance's own.
                begin, end = line.rfind(_PATH) + len(_PATH), line.rfind(_SIZE)
                if not len(_PATH) <= begin <= end or not line.startswith(_DIGEST):
                    raise ValueError(line[:80])
                path = line[begin:end]
                if "\\" in path:
                    path = json.loads(f'"{path}"')
                instance = path, Digest(bytes.fromhex(line[11:75])), int(line[end + len(_SIZE) : -1])
            except ValueError as error:
                raise FormatError(f"{self._document} has a line that is no instance: {data[:80]!r}") from error
            yield instance
        self._check_identity()

    def read(self) -> Manifest:
        """The whole manifest, checked to its end."""
        instances = tuple(self)
        return Manifest(self.header, instances, self.content)


class _Checks:
    """What must hold over all lines together: order, collisions, count and sum."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._paths = PathSet()
        self._last = ""
        self._size = 0
        self.seen = 0

    def add(self, instance: Instance) -> None:
        if self.seen == self._header.count:
            raise FormatError(f"there are more than the {self.seen} instances announced")
        if instance.path <= self._last:
            raise FormatError(f"the path {instance.path!r} comes after {self._last!r}, out of order")
        self._last = instance.path
        self._paths.add(instance.path)
        self._size += instance.size
        self.seen += 1

    def end(self) -> None:
        if (self.seen, self._size) != (self._header.count, self._header.size):
            raise FormatError(
                f"the manifest of {self._header.name} {self._header.version} announces {self._header.count} instances"
                f" of {self._header.size} bytes, and has {self.seen} of {self._size}"
            )
