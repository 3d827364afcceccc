"""zoo.lock: the packs that a project installs, pinned by content. Text to values and back; one value, one text.

Pins packs, never instances; holds no date, no URL and no total, so that two branches merge and the same inputs give
the same bytes. `docs/formats/lock.md` defines it. How it may change: a reader learns a new field in one release, and
only a later release writes it; a new `version` is for what an old reader would get wrong.

Version 1: the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Version, parse_version
from zoopkg.project.toml import parse_toml, refuse_unknown_keys

FILE_NAME = "zoo.lock"
VERSION = 1
_HEAD = "# zoopkg writes this file; commit it, and do not edit it by hand.\n"
_PACK_KEYS = ("name", "version", "index", "content", "manifest", "layout", "instances", "bytes", "license", "requires")
_ROOT_KEYS = ("name", "requires")


@dataclass(frozen=True, slots=True)
class LockedPack:
    """A pack version that the project installs.

    Attributes:
        index: the name of the index that serves its namespace.
        content: its identity.
        manifest: the blob that says so.
        layout: where the bytes lay when this was locked, a hint.
        size: the bytes of all instances.
        requires: the pack versions that it needs, `NAMESPACE/NAME@VERSION`.
    """

    name: PackName
    version: Version
    index: str
    content: Digest
    manifest: Digest
    layout: Digest
    instances: int
    size: int
    license: str
    requires: tuple[str, ...] = ()

    def to_toml(self) -> dict[str, Any]:
        """The table in the lock."""
        table = {
            "name": str(self.name),
            "version": str(self.version),
            "index": self.index,
            "content": str(self.content),
            "manifest": str(self.manifest),
            "layout": str(self.layout),
            "instances": self.instances,
            "bytes": self.size,
            "license": self.license,
        }
        return table | ({"requires": list(self.requires)} if self.requires else {})

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """The pack in a lock's table."""
        refuse_unknown_keys(dict.fromkeys(fields.keys()), _PACK_KEYS, f"a [[pack]] of {fields.document}")
        return cls(
            name=fields.parsed("name", PackName.parse),
            version=fields.parsed("version", parse_version),
            index=fields.text("index"),
            content=fields.parsed("content", Digest.parse),
            manifest=fields.parsed("manifest", Digest.parse),
            layout=fields.parsed("layout", Digest.parse),
            instances=fields.integer("instances"),
            size=fields.integer("bytes"),
            license=fields.text("license"),
            requires=fields.texts("requires"),
        )


@dataclass(frozen=True, slots=True)
class Lock:
    """A whole lock: the packs, and what the project asked for when it was made."""

    packs: tuple[LockedPack, ...]
    roots: Mapping[PackName, Requirement]

    def encode(self) -> bytes:
        """The canonical text of the lock."""
        packs = sorted(self.packs, key=lambda pack: (pack.name, pack.version))
        roots = [{"name": str(name), "requires": str(self.roots[name])} for name in sorted(self.roots)]
        tables = [_table("pack", pack.to_toml()) for pack in packs] + [_table("root", root) for root in roots]
        return "\n".join([f"{_HEAD}version = {VERSION}\n", *tables]).encode()

    @classmethod
    def decode(cls, data: bytes, document: str = FILE_NAME) -> Self:
        """The lock in these bytes.

        Raises:
            UsageError: not a lock, or one that a newer zoopkg wrote; the message says where.
        """
        table = parse_toml(data, document)
        version = table.get("version")
        if type(version) is not int or version < 1:
            raise UsageError(f"{document} has no version", hint="Restore it from version control, or remove it.")
        if version > VERSION:
            raise UsageError(
                f"{document} has version {version}, and this zoopkg reads up to {VERSION}", hint="Update zoopkg."
            )
        refuse_unknown_keys(table, ("version", "pack", "root"), document)
        fields = Fields(table, document)
        try:
            packs = tuple(LockedPack.from_fields(item) for item in fields.each("pack"))
            roots = [_root(item) for item in fields.each("root")]
        except UsageError:
            raise
        except ZooError as error:
            raise UsageError(error.message, hint="Restore it from version control, or remove it.") from error
        if len({pack.name for pack in packs}) != len(packs) or len(dict(roots)) != len(roots):
            raise UsageError(f"{document} names a pack twice", hint="Restore it from version control, or remove it.")
        return cls(packs, dict(roots))

    def pack(self, name: PackName) -> LockedPack | None:
        """The pack of this name, if it is locked."""
        return next((pack for pack in self.packs if pack.name == name), None)


def _table(name: str, table: Mapping[str, Any]) -> str:
    import tomli_w  # noqa: PLC0415  (only where a lock is written)

    return f"[[{name}]]\n{tomli_w.dumps(table)}"


def _root(fields: Fields) -> tuple[PackName, Requirement]:
    refuse_unknown_keys(dict.fromkeys(fields.keys()), _ROOT_KEYS, f"a [[root]] of {fields.document}")
    return fields.parsed("name", PackName.parse), fields.parsed("requires", Requirement.parse)
