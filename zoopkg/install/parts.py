"""What of a lock goes where: which packs a run installs, into which folder each, and which of its instances. Pure.

A pack's own folder is for the version that the project asks for. A filter holds for what the project asks for, so a
pack that another one requires is there whole.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zoopkg.errors import UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.names import DEFAULT_NAMESPACE, PackName
from zoopkg.model.version import Version, compatibility
from zoopkg.model.where import Where
from zoopkg.project.lock import Lock, LockedPack


@dataclass(frozen=True, slots=True)
class Part:
    """A locked pack, or those of its instances that a filter lets through, and their folder.

    Attributes:
        folder: below the data folder, parts joined by `/`.
        selection: what the filter selected when it was locked, as a digest of digests.
    """

    pack: LockedPack
    folder: str
    where: Where = Where.ALL
    selection: Digest | None = None


def folder_of(name: PackName) -> str:
    """Where the project's own version of a pack lies below the data folder."""
    return name.name if name.namespace == DEFAULT_NAMESPACE else f"@{name.namespace}/{name.name}"


def folder_beside(name: PackName, version: Version) -> str:
    """Where a version lies that only other packs require, beside the project's own one."""
    return f"{folder_of(name)}@{compatibility(version)}"


def parts_of(lock: Lock, groups: Collection[str] = ()) -> tuple[Part, ...]:
    """What a project installs of its lock: what it asks for always, and in these groups, and all that this requires.

    Folders depend on the whole lock, so that choosing groups moves nothing.

    Raises:
        UsageError: nothing in the lock is of such a group.
    """
    known = {root.need.group for root in lock.roots.values()}
    for group in groups:
        if group not in known:
            named = ", ".join(sorted(known - {""})) or "none"
            raise UsageError(f"this project has no group {group!r}", hint=f"Its groups: {named}.")
    roots = [name for name, root in lock.roots.items() if root.need.group in {"", *groups}]
    asked = {pack: lock.roots[name] for name in roots if (pack := lock.root(name))}
    required = closure(lock, asked)
    parts = []
    for pack in sorted({*asked, *required}, key=lambda pack: (pack.name, pack.version)):
        own = lock.pack(pack.name) == pack
        folder = folder_of(pack.name) if own else folder_beside(pack.name, pack.version)
        root = None if pack in required else asked[pack]
        parts.append(Part(pack, folder, root.need.where, root.selection) if root else Part(pack, folder))
    return tuple(parts)


def still_there(lock: Lock, groups: Iterable[str]) -> tuple[str, ...]:
    """Those of some groups that a lock still has packs of."""
    known = {root.need.group for root in lock.roots.values()}
    return tuple(group for group in groups if group in known)


def closure(lock: Lock, packs: Iterable[LockedPack]) -> set[LockedPack]:
    """Every pack that some of these require, directly or through another."""
    by_id = {f"{pack.name}@{pack.version}": pack for pack in lock.packs}
    found: set[LockedPack] = set()
    left = list(packs)
    while left:
        for need in left.pop().requires:
            pack = by_id.get(need)
            if pack and pack not in found:
                found.add(pack)
                left.append(pack)
    return found
