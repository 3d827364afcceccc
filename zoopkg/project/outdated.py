"""How the packs of a lock stand against what is published: what is newer, and what speaks against a locked version.

Pure: compares a lock with records. What was withdrawn is another document's to say. Whether packs can move together is
the resolver's to find out, so a pack may turn out to be held back by another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release
from zoopkg.model.version import Requirement, Spec, Version
from zoopkg.project.file import Need
from zoopkg.project.graph import Graph
from zoopkg.project.lock import Lock, LockedPack


@dataclass(frozen=True, slots=True)
class Standing:
    """A locked pack, and what is published of it.

    Attributes:
        allowed: the newest version that the project, and the packs that require it, allow; None where there is none.
        newest: the newest of all; None where nothing is left.
        yanked: the reason why the locked version was yanked, or empty.
        deprecated: the reason why it is deprecated, or empty.
        fault: what is wrong between the lock and the index, or empty.
    """

    pack: LockedPack
    allowed: Version | None
    newest: Version | None
    yanked: str = ""
    deprecated: str = ""
    fault: str = ""

    @property
    def is_current(self) -> bool:
        """Whether nothing is newer, and nothing speaks against it."""
        plain = not (self.yanked or self.deprecated or self.fault)
        return plain and {self.allowed, self.newest} == {self.pack.version}


def standings(
    lock: Lock, needs: Mapping[PackName, Need], records: Mapping[PackName, Record | None]
) -> tuple[Standing, ...]:
    """How every locked pack stands, by name and version.

    Args:
        lock: the lock.
        needs: what the project asks for today.
        records: what the indexes say of the locked packs, None where an index knows no such pack.
    """
    graph = Graph(lock)
    ordered = sorted(lock.packs, key=lambda pack: (pack.name, pack.version))
    return tuple(_standing(pack, _requirements(pack, lock, graph, needs, records), records) for pack in ordered)


def _requirements(
    pack: LockedPack,
    lock: Lock,
    graph: Graph,
    needs: Mapping[PackName, Need],
    records: Mapping[PackName, Record | None],
) -> list[Requirement]:
    """What is asked of a locked version: by the project, and by the locked packs that require it."""
    own = [needs[pack.name].requirement] if pack.name in needs and lock.root(pack.name) == pack else []
    releases = [_release(each, records) for each in graph.requiring(pack)]
    specs = [Spec.parse(text) for release in releases if release for text in release.requires]
    asked = [spec.requirement for spec in specs if spec.name == pack.name and spec.requirement]
    # Of two requirements of one pack on another, each may be met by a version of its own.
    return own + [requirement for requirement in asked if requirement.allows(pack.version)]


def _release(pack: LockedPack, records: Mapping[PackName, Record | None]) -> Release | None:
    record = records.get(pack.name)
    return record.release(pack.version) if record else None


def _standing(pack: LockedPack, requirements: list[Requirement], records: Mapping[PackName, Record | None]) -> Standing:
    record, release = records.get(pack.name), _release(pack, records)
    if record is None:
        return Standing(pack, None, None, fault="not in its index any more")
    versions = [each.version for each in record.releases if not each.yanked]
    allowed = [each for each in versions if all(requirement.allows(each) for requirement in requirements)]
    newest = [each for each in versions if not each.prerelease or each == pack.version]
    return Standing(
        pack,
        max(allowed, default=None),
        max(newest, default=None),
        release.yanked if release else "",
        release.deprecated if release else "",
        _fault(pack, release),
    )


def _fault(pack: LockedPack, release: Release | None) -> str:
    if release is None:
        return "this version is not in its index any more"
    return "" if release.content == pack.content else "the index has other content for this version"
