"""zoo.lock: the packs that a project installs, pinned by content. Text to values and back; one value, one text.

Pins packs, never instances; holds no date, no URL and no total, so that two branches merge and the same inputs give
the same bytes. `docs/formats/lock.md` defines it. How it may change: a reader learns a new field in one release, and
only a later release writes it; a new `version` is for what an old reader would get wrong.

Version 1: the first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version, compatibility, parse_version
from zoopkg.model.where import Where
from zoopkg.project.conflict import refuse_conflict
from zoopkg.project.file import MAX_PACKS, Need, check_group, check_index
from zoopkg.project.toml import parse_toml, refuse_unknown_keys

if TYPE_CHECKING:
    from zoopkg.model.record import Release

FILE_NAME = "zoo.lock"
VERSION = 1
_PINNED = re.compile(r"[a-z0-9-]+/[a-z0-9-]+@[0-9][0-9A-Za-z.-]*")
_RESTORE = "Restore it from version control, or remove it."
_HEAD = "# zoopkg writes this file; commit it, and do not edit it by hand.\n"
_PACK_KEYS = ("name", "version", "index", "content", "manifest", "layout", "instances", "bytes", "license", "requires")
_ROOT_KEYS = ("name", "requires", "where", "selection", "group")


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

    @classmethod
    def of(cls, name: PackName, release: "Release", index: str, requires: tuple[str, ...] = ()) -> Self:
        """The entry for a release, as an index tells of it."""
        return cls(
            name=name,
            version=release.version,
            index=index,
            content=release.content,
            manifest=release.manifest.digest,
            layout=release.layout.digest,
            instances=release.instances,
            size=release.size,
            license=release.license,
            requires=requires,
        )

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
            index=fields.parsed("index", check_index),
            content=fields.parsed("content", Digest.parse),
            manifest=fields.parsed("manifest", Digest.parse),
            layout=fields.parsed("layout", Digest.parse),
            instances=fields.integer("instances"),
            size=fields.integer("bytes"),
            license=fields.text("license"),
            requires=tuple(map(_pinned, fields.texts("requires"))),
        )


@dataclass(frozen=True, slots=True)
class LockedRoot:
    """What the project asked of a pack when the lock was made.

    Attributes:
        need: the requirement, the filter and the group.
        selection: of a filter, the digest of the digests that it selected (see `zoopkg.model.where`).
    """

    need: Need
    selection: Digest | None = None

    def to_toml(self, name: PackName) -> dict[str, Any]:
        """The table in the lock."""
        table: dict[str, Any] = {"name": str(name), "requires": str(self.need.requirement)}
        if self.need.where:
            table["where"] = self.need.where.to_toml()
        if self.selection is not None:
            table["selection"] = str(self.selection)
        return table | ({"group": self.need.group} if self.need.group else {})

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """The root in a lock's table."""
        where_told = f"a [[root]] of {fields.document}"
        refuse_unknown_keys(dict.fromkeys(fields.keys()), _ROOT_KEYS, where_told)
        filtered = "where" in fields
        need = Need(
            fields.parsed("requires", Requirement.parse),
            Where.from_toml(fields.raw("where"), where_told) if filtered else Where.ALL,
            fields.parsed("group", check_group) if "group" in fields else "",
        )
        return cls(need, fields.parsed("selection", Digest.parse) if filtered else None)


@dataclass(frozen=True, slots=True)
class Lock:
    """A whole lock: the packs, one version of each compatibility class, and what the project asked for."""

    packs: tuple[LockedPack, ...]
    roots: Mapping[PackName, LockedRoot]
    _of_name: Mapping[PackName, tuple[LockedPack, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the packs by their names, once: who asks for each in turn must not look through all of them."""
        of_name: dict[PackName, list[LockedPack]] = {}
        for pack in self.packs:
            of_name.setdefault(pack.name, []).append(pack)
        by_version = {name: tuple(sorted(some, key=lambda pack: pack.version)) for name, some in of_name.items()}
        object.__setattr__(self, "_of_name", by_version)

    def encode(self) -> bytes:
        """The canonical text of the lock."""
        packs = sorted(self.packs, key=lambda pack: (pack.name, pack.version))
        roots = [self.roots[name].to_toml(name) for name in sorted(self.roots)]
        tables = [_table("pack", pack.to_toml()) for pack in packs] + [_table("root", root) for root in roots]
        return "\n".join([f"{_HEAD}version = {VERSION}\n", *tables]).encode()

    @classmethod
    def decode(cls, data: bytes, document: str = FILE_NAME) -> Self:
        """The lock in these bytes.

        Raises:
            LockOutdatedError: Git left the two sides of a merge in it.
            UsageError: not a lock, or one that a newer zoopkg wrote; the message says where.
        """
        refuse_conflict(data, document)
        table = parse_toml(data, document)
        version = table.get("version")
        if type(version) is not int or version < 1:
            raise UsageError(f"{document} has no version", hint=_RESTORE)
        if version > VERSION:
            raise UsageError(
                f"{document} has version {version}, and this zoopkg reads up to {VERSION}", hint="Update zoopkg."
            )
        refuse_unknown_keys(table, ("version", "pack", "root"), document)
        fields = Fields(table, document)
        try:
            packs = tuple(LockedPack.from_fields(item) for item in fields.each("pack", limit=MAX_PACKS))
            roots = [
                (item.parsed("name", PackName.parse), LockedRoot.from_fields(item))
                for item in fields.each("root", limit=MAX_PACKS)
            ]
        except UsageError:
            raise
        except ZooError as error:
            raise UsageError(error.message, hint=_RESTORE) from error
        classes = {(pack.name, compatibility(pack.version)) for pack in packs}
        if len(classes) != len(packs) or len(dict(roots)) != len(roots):
            raise UsageError(f"{document} names a pack twice", hint=_RESTORE)
        return cls(packs, dict(roots))

    def versions(self, name: PackName) -> tuple[LockedPack, ...]:
        """The locked versions of a pack, the oldest first; more than one where they are not compatible."""
        return self._of_name.get(name, ())

    def root(self, name: PackName) -> LockedPack | None:
        """The version that the project itself asks for: the newest locked one that it allows.

        A pre-release that is locked counts, whether or not the project names it.
        """
        if name not in self.roots:
            return None
        wanted = self.roots[name].need.requirement
        allowed = [p for p in self.versions(name) if wanted.allows(p.version) or wanted.covers(p.version)]
        return allowed[-1] if allowed else None

    def pack(self, name: PackName) -> LockedPack | None:
        """The version of a pack that a person means by its name: the project's own, else the newest."""
        return self.root(name) or next(reversed(self.versions(name)), None)

    def meant(self, spec: Spec) -> LockedPack | None:
        """The locked version that a spec means: the one that its name alone means, if it will do, else the newest."""
        if spec.latest:
            return None
        own = self.pack(spec.name)
        if own is None or spec.requirement is None or spec.requirement.allows(own.version):
            return own
        return next(
            (each for each in reversed(self.versions(spec.name)) if spec.requirement.allows(each.version)), None
        )

    def required(self, pack: LockedPack) -> tuple[LockedPack, ...]:
        """The packs that a pack requires, as far as they are locked."""
        return tuple(each for each in self.packs if f"{each.name}@{each.version}" in pack.requires)

    def satisfies(self, packs: Mapping[PackName, Need]) -> bool:
        """Whether this is a lock for just what a project asks for, and whole."""
        if {name: root.need for name, root in self.roots.items()} != dict(packs):
            return False
        known = {f"{pack.name}@{pack.version}" for pack in self.packs}
        return all(self.root(name) for name in packs) and all(known.issuperset(p.requires) for p in self.packs)


def _pinned(text: str) -> str:
    if not _PINNED.fullmatch(text):
        raise UsageError(f"a pack of {FILE_NAME} requires {text[:100]!r}, no NAMESPACE/NAME@VERSION", hint=_RESTORE)
    return text


def _table(name: str, table: Mapping[str, Any]) -> str:
    return "".join([f"[[{name}]]\n", *(_line(key, value) for key, value in table.items())])


def _line(key: str, value: Any) -> str:
    import tomli_w  # noqa: PLC0415  (only where a lock is written)

    if not isinstance(value, Mapping):
        return tomli_w.dumps({key: value})
    inner = (f"{each} = [{', '.join(_quoted(text) for text in texts)}]" for each, texts in value.items())
    return f"{key} = {{ {', '.join(inner)} }}\n"


def _quoted(text: str) -> str:
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps({"x": text})[len("x = ") : -1]
