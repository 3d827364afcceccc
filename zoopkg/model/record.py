"""The documents that an index signs: records, catalog, revocations, mirrors. Values, no TUF, no I/O.

`docs/formats/index.md` defines them. Readers ignore fields that they do not know, so that a later zoopkg may add some.

Version 1 of each: the first.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from zoopkg.errors import ZooError
from zoopkg.model import canonical
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.canonical import Json
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.manifest import check_schema
from zoopkg.model.names import PackName
from zoopkg.model.version import Spec, Version, parse_version

SCHEMA = 1
MAX_RECORD = 16 << 20
MAX_SUMMARY = 200
MAX_TEXT = 200_000
MAX_MIRRORS = 100
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a pack, as its record tells of it.

    Attributes:
        published: the day, `YYYY-MM-DD`.
        content: the identity, the digest of the canonical manifest.
        size: the bytes of all instances.
        facets: for each facet worth searching by, each value and how many instances have it.
        yanked: the reason why it should not be chosen any more, or empty.
        deprecated: the reason why something else is better, or empty.
    """

    version: Version
    published: str
    content: Digest
    manifest: Blob
    layout: Blob
    license: str
    instances: int
    size: int
    requires: tuple[str, ...] = ()
    facets: Mapping[str, Mapping[str, int]] | None = None
    reviewers: tuple[str, ...] = ()
    yanked: str = ""
    deprecated: str = ""

    def to_json(self) -> dict[str, Json]:
        """The release's fields as a value."""
        value: dict[str, Json] = {
            "bytes": self.size,
            "content": str(self.content),
            "facets": self.facets or {},
            "instances": self.instances,
            "layout": self.layout.to_json(),
            "license": self.license,
            "manifest": self.manifest.to_json(),
            "published": self.published,
            "requires": list(self.requires),
            "reviewers": list(self.reviewers),
            "version": str(self.version),
        }
        if self.yanked:
            value["yanked"] = self.yanked
        if self.deprecated:
            value["deprecated"] = self.deprecated
        return value

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """The release in a record.

        Raises:
            FormatError: a field is missing or malformed.
        """
        return cls(
            version=fields.parsed("version", parse_version),
            published=_day(fields),
            content=fields.parsed("content", Digest.parse),
            manifest=Blob.from_fields(fields.inner("manifest"), BlobKind.MANIFEST),
            layout=Blob.from_fields(fields.inner("layout"), BlobKind.LAYOUT),
            license=fields.text("license"),
            instances=fields.integer("instances"),
            size=fields.integer("bytes"),
            requires=_requirements(fields),
            facets=_summary(fields.inner("facets")),
            reviewers=fields.texts("reviewers"),
            yanked=fields.text("yanked", default=""),
            deprecated=fields.text("deprecated", default=""),
        )


def _day(fields: Fields) -> str:
    text = fields.text("published", limit=10)
    if not _DAY.fullmatch(text):
        raise fields.fail("published", f"is not a day such as 2026-01-31: {text!r}")
    return text


def _requirements(fields: Fields) -> tuple[str, ...]:
    texts = fields.texts("requires")
    for i, text in enumerate(texts):
        try:
            Spec.parse(text)
        except ZooError as error:
            raise fields.fail(f"requires[{i}]", f"is wrong: {error.message}") from error
    return texts


def _summary(fields: Fields) -> dict[str, dict[str, int]]:
    return {key: _counts(fields.inner(key)) for key in sorted(fields.keys())}


def _counts(fields: Fields) -> dict[str, int]:
    return {value: fields.integer(value) for value in sorted(fields.keys())}


@dataclass(frozen=True, slots=True)
class Texts:
    """What a pack says of itself in words, whatever its version.

    Attributes:
        summary: one line.
        description: Markdown.
        discussion: the URL where people talk about the pack, or empty.
        citation: how to cite it, or empty.
    """

    summary: str
    description: str = ""
    discussion: str = ""
    citation: str = ""
    keywords: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The texts as the fields of a document."""
        return {
            "citation": self.citation,
            "description": self.description,
            "discussion": self.discussion,
            "keywords": list(self.keywords),
            "summary": self.summary,
        }

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """The texts among a document's fields.

        Raises:
            FormatError: one is missing or malformed.
        """
        return cls(
            summary=fields.text("summary", limit=MAX_SUMMARY),
            description=fields.text("description", limit=MAX_TEXT),
            discussion=fields.text("discussion"),
            citation=fields.text("citation", limit=MAX_TEXT),
            keywords=fields.texts("keywords"),
        )


@dataclass(frozen=True, slots=True)
class Record:
    """All that an index says about one pack: its texts, and its releases from the oldest version to the newest."""

    name: PackName
    texts: Texts
    releases: tuple[Release, ...] = ()

    def encode(self) -> bytes:
        """The record's canonical bytes."""
        return canonical.encode(
            {
                **self.texts.to_json(),
                "name": str(self.name),
                "releases": [release.to_json() for release in self.releases],
                "schema": f"record/{SCHEMA}",
            }
        )

    @classmethod
    def decode(cls, data: bytes, document: str) -> Self:
        """The record in these bytes.

        Raises:
            FormatError: the format is broken, or newer than this zoopkg.
        """
        fields = Fields(canonical.decode(data, document, MAX_RECORD), document)
        check_schema(fields, "record", SCHEMA)
        releases = [Release.from_fields(item) for item in fields.each("releases")]
        versions = [release.version for release in releases]
        if versions != sorted(set(versions)):
            raise fields.fail("releases", "must be sorted by version, each once")
        return cls(
            name=fields.parsed("name", PackName.parse),
            texts=Texts.from_fields(fields),
            releases=tuple(releases),
        )

    def release(self, version: Version) -> Release | None:
        """The release of this version, if there is one."""
        return next((release for release in self.releases if release.version == version), None)

    def with_release(self, release: Release) -> Self:
        """The record with one release more."""
        return replace(self, releases=tuple(sorted((*self.releases, release), key=lambda each: each.version)))


@dataclass(frozen=True, slots=True)
class Revocations:
    """What of a namespace was withdrawn, each digest with its reason."""

    manifests: Mapping[Digest, str]
    instances: Mapping[Digest, str]

    def encode(self) -> bytes:
        """The document's canonical bytes."""
        return canonical.encode(
            {
                "instances": {str(digest): reason for digest, reason in self.instances.items()},
                "manifests": {str(digest): reason for digest, reason in self.manifests.items()},
                "schema": f"revoked/{SCHEMA}",
            }
        )

    @classmethod
    def decode(cls, data: bytes, document: str) -> Self:
        """The revocations in these bytes.

        Raises:
            FormatError: the format is broken, or newer than this zoopkg.
        """
        fields = Fields(canonical.decode(data, document, MAX_RECORD), document)
        check_schema(fields, "revoked", SCHEMA)
        return cls(_reasons(fields.inner("manifests")), _reasons(fields.inner("instances")))

    @classmethod
    def union(cls, several: Iterable[Self]) -> Self:
        """All that any of these withdrew; the last one's reason, where several did."""
        known = list(several)
        return cls(
            {digest: reason for each in known for digest, reason in each.manifests.items()},
            {digest: reason for each in known for digest, reason in each.instances.items()},
        )


def _reasons(fields: Fields) -> dict[Digest, str]:
    return {fields.parsed_key(key, Digest.parse): fields.text(key) for key in fields.keys()}  # noqa: SIM118  (not a mapping)


@dataclass(frozen=True, slots=True)
class MirrorList:
    """The mirrors of an index, as URL templates, in the order in which to try them."""

    templates: tuple[str, ...]

    def encode(self) -> bytes:
        """The document's canonical bytes."""
        return canonical.encode(
            {"mirrors": [{"url": template} for template in self.templates], "schema": f"mirrors/{SCHEMA}"}
        )

    @classmethod
    def decode(cls, data: bytes, document: str) -> Self:
        """The list in these bytes.

        Raises:
            FormatError: the format is broken, or newer than this zoopkg.
        """
        fields = Fields(canonical.decode(data, document, MAX_RECORD), document)
        check_schema(fields, "mirrors", SCHEMA)
        return cls(tuple(item.text("url") for item in fields.each("mirrors", limit=MAX_MIRRORS)))


def catalog(records: Mapping[PackName, Record]) -> bytes:
    """What search needs of all packs of a namespace, as canonical bytes: the newest release that is not yanked."""
    return canonical.encode(
        {"packs": [_catalog_entry(records[name]) for name in sorted(records)], "schema": f"catalog/{SCHEMA}"}
    )


def _catalog_entry(record: Record) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "keywords": list(record.texts.keywords),
        "name": str(record.name),
        "summary": record.texts.summary,
        "versions": [str(release.version) for release in record.releases if not release.yanked],
    }
    if newest := next((release for release in reversed(record.releases) if not release.yanked), None):
        entry |= {
            "bytes": newest.size,
            "facets": newest.facets or {},
            "instances": newest.instances,
            "license": newest.license,
        }
    return entry
