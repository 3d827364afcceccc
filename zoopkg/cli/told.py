"""Packs, needs and facets in the words of the verbs that look, and where these get a version or its files from."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zoopkg.cli.common import Run
from zoopkg.errors import NoResolutionError, ZooError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.facets import FACETS, FacetType
from zoopkg.model.names import PackName
from zoopkg.model.text import printable
from zoopkg.model.uids import keyword_of
from zoopkg.model.version import Spec
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes
    from zoopkg.install.parts import Part
    from zoopkg.model.manifest import ManifestReader
    from zoopkg.model.record import Record, Release

_MAX_VALUE = 60


def title(pack: LockedPack) -> str:
    """A locked pack as people name it: `ct-basic 1.1.0`."""
    return f"{pack.name.short} {pack.version}"


def identity(pack: LockedPack) -> str:
    """A locked pack as the lock names it: `zoo/ct-basic@1.1.0`."""
    return f"{pack.name}@{pack.version}"


def pack_document(pack: LockedPack) -> dict[str, Any]:
    """A locked pack for a script."""
    return {
        "name": str(pack.name),
        "version": str(pack.version),
        "index": pack.index,
        "content": str(pack.content),
        "instances": pack.instances,
        "bytes": pack.size,
    }


def need_document(need: Need | None) -> dict[str, Any]:
    """What the project asks of a pack, for a script; no requirement where it does not ask for it."""
    if need is None:
        return {"requirement": None, "where": {}, "group": ""}
    return {"requirement": str(need.requirement), "where": need.where.to_toml(), "group": need.group}


def need_of(lock: Lock, pack: LockedPack) -> Need | None:
    """What the project itself asks of a locked version, None where only other packs do."""
    root = lock.roots.get(pack.name)
    return root.need if root and lock.root(pack.name) == pack else None


def counts_told(facet: str, counts: Mapping[str, int], most: int = 6) -> str:
    """The commonest values of a facet and how many instances have each, UIDs by their keywords: `CT 153, MR 6`."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{_value(facet, value)} {count:,}" for value, count in ordered[:most])
    return shown + (f" and {len(ordered) - most} more" if len(ordered) > most else "")


def _value(facet: str, value: str) -> str:
    return printable(keyword_of(value) if FACETS.get(facet) is FacetType.NAMED_UID else value, _MAX_VALUE)


def reasons_told(withdrawn: str, yanked: str, deprecated: str) -> list[str]:
    """Why a release should not be used, a clause for each reason there is: `yanked: wrong rows`."""
    reasons = {"withdrawn": withdrawn, "yanked": yanked, "deprecated": deprecated}
    return [f"{what}: {printable(reason)}" for what, reason in reasons.items() if reason]


def withdrawals(run: Run, workspace: Workspace, parts: "Iterable[Part]") -> dict[LockedPack, str]:
    """Those of some parts that were withdrawn, as far as this machine knows without asking, and why."""
    from zoopkg.install.withdrawn import known_to, known_withdrawal

    known = known_to(run.context, by_lock=True)
    found = {part.pack: known_withdrawal(part, run.store, known(workspace.root, part.pack)) for part in parts}
    return {pack: reason for pack, reason in found.items() if reason}


def warn_if_stale(run: Run, workspace: Workspace) -> None:
    """Say so where zoo.lock is not for what the project file asks for."""
    if workspace.lock is not None and not workspace.lock.satisfies(workspace.project.packs):
        run.out.warn(f"{LOCK} does not match {workspace.file.name}; `zoopkg lock` makes it match")


def published(indexes: "Indexes", spec: Spec) -> tuple["Record", "Release"]:
    """The release that a spec means: the newest one, rather one that is neither yanked nor a pre-release.

    Raises:
        NoResolutionError: there is no such pack or version; names the nearest.
    """
    record = indexes.record(spec.name)
    if record is None:
        raise NoResolutionError(f"the index has no pack {spec.name}", hint=_spelling_hint(indexes, spec.name))
    matching = [each for each in record.releases if spec.requirement is None or spec.requirement.allows(each.version)]
    if not matching:
        versions = ", ".join(str(release.version) for release in record.releases)
        raise NoResolutionError(f"{spec.name.short} has no version {spec.requirement}", hint=f"It has {versions}.")
    return record, max(matching, key=lambda each: (not each.yanked, not each.version.prerelease, each.version))


def _spelling_hint(indexes: "Indexes", name: PackName) -> str:
    from zoopkg.index.catalog import spelling_hint

    try:
        catalog = indexes.catalog(name.namespace)
    except ZooError:  # that there is no such pack is what matters
        catalog = ()
    return spelling_hint(name, catalog)


def manifest_of(run: Run, indexes: "Indexes", pack: LockedPack) -> "ManifestReader":
    """The verified manifest of a version, from the store or a mirror.

    Raises:
        ZooError: no mirror has it, or it is not what the lock or the index says.
    """
    from zoopkg.install.contents import Contents, read_manifest

    contents = Contents(run.store, lambda index: indexes.mirrors(index, ask=True), {})
    data = contents.manifest(pack)
    contents.check()
    return read_manifest(data, pack)
