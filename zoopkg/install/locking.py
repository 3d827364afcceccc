"""From what a project asks for to a lock: the resolver's choice, with the digests that the index signed for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from zoopkg.errors import IntegrityError, NoResolutionError, ZooError
from zoopkg.index.catalog import near_names
from zoopkg.install.contents import Contents, read_manifest
from zoopkg.install.indexes import Indexes
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release
from zoopkg.model.selection import select, selection
from zoopkg.model.version import Spec, Version
from zoopkg.model.where_told import how_to_loosen, why_none
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack, LockedRoot
from zoopkg.resolver.catalog import Candidate
from zoopkg.resolver.resolve import resolve


class IndexCatalog:
    """The records of the indexes as the resolver sees them, each asked for once (see `zoopkg.resolver.catalog`)."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._records: dict[PackName, Record | None] = {}

    def record(self, name: PackName) -> Record | None:
        """A pack's record, None where its index has no such pack."""
        if name not in self._records:
            self._records[name] = self._indexes.record(name)
        return self._records[name]

    def prefetch(self, names: Collection[PackName]) -> None:
        """Get some records at once."""
        unknown = [name for name in names if name not in self._records]
        if len(unknown) > 1:
            self._records |= self._indexes.records(unknown)

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        """Every version of a pack, None where its index has no such pack."""
        record = self.record(name)
        if record is None:
            return None
        return [
            Candidate(release.version, tuple(Spec.parse(text) for text in release.requires), release.yanked)
            for release in record.releases
        ]

    def absent(self, name: PackName) -> str:
        """Who was asked for a pack that is not there."""
        namespace, serving = name.namespace, self._indexes.serving(name.namespace)
        other = self._indexes.could_serve(namespace)
        if not (other or self._indexes.is_served(namespace)):
            return f"no index of this project serves the namespace {namespace}"
        meant = f" (the index '{other}' serves that namespace now: add it to its namespaces if it may)" if other else ""
        return f"the index '{serving}', which the namespace {namespace} belongs to here, has no pack {name}{meant}"

    def is_absent(self, name: PackName) -> bool:
        """Whether an index was asked for a pack, and has none of this name."""
        return name in self._records and self._records[name] is None

    def meant(self, name: PackName) -> str:
        """What to try where there is no pack of this name: those of its namespace like it, else its namesakes."""
        try:
            near = near_names(name, self._indexes.catalog(name.namespace)) or [
                entry.name.short
                for entries in self._indexes.catalogs().values()
                for entry in entries
                if entry.versions and entry.name.name == name.name
            ]
        except ZooError:  # that there is no such pack is what matters
            near = []
        if near:
            return f"Did you mean {' or '.join(near)}?"
        return f"`zoopkg search {name.name.split('-')[0]}` may find it; name another index with --index."


def make_lock(
    needs: Mapping[PackName, Need], indexes: Indexes, pins: Collection[LockedPack]
) -> tuple[Lock, Mapping[Digest, Blob]]:
    """Resolve what a project asks for, preferring what is pinned already. Filters are not applied yet.

    Returns:
        The lock, and what the index told of its manifests and layouts, by digest.

    Raises:
        NoResolutionError: nothing meets every requirement.
        ZooError: an index cannot be asked, or is not to be trusted.
    """
    catalog = IndexCatalog(indexes)
    requirements = {name: need.requirement for name, need in needs.items()}
    try:
        resolution = resolve(requirements, catalog, [(pin.name, pin.version) for pin in pins])
    except NoResolutionError as error:
        if absent := next(filter(catalog.is_absent, needs), None):
            raise NoResolutionError(error.message, hint=catalog.meant(absent)) from error
        raise
    blobs: dict[Digest, Blob] = {}
    packs = []
    for chosen in resolution.packs:
        release = _release(catalog, chosen.name, chosen.version)
        _refuse_other_content(chosen.name, release, pins)
        if release.yanked:
            indexes.warn(f"{chosen.name.short} {release.version} was yanked: {release.yanked}")
        blobs |= {release.manifest.digest: release.manifest, release.layout.digest: release.layout}
        requires = tuple(sorted(f"{name}@{version}" for name, version in chosen.requires))
        packs.append(LockedPack.of(chosen.name, release, indexes.serving(chosen.name.namespace), requires))
    return Lock(tuple(packs), {name: LockedRoot(need) for name, need in needs.items()}), blobs


def _release(catalog: IndexCatalog, name: PackName, version: Version) -> Release:
    record = catalog.record(name)
    release = record and record.release(version)
    assert release
    return release


def with_selections(lock: Lock, contents: Contents, before: Lock | None) -> Lock:
    """The lock with what each filter selects of its pack, as a digest; what `before` knows is not computed again.

    Raises:
        NoResolutionError: a filter selects nothing.
        ZooError: a manifest cannot be had.
    """
    roots = {}
    for name, root in lock.roots.items():
        pack = lock.root(name)
        assert pack
        roots[name] = replace(root, selection=_selection(pack, root, contents, before)) if root.need.where else root
    return replace(lock, roots=roots)


def _selection(pack: LockedPack, root: LockedRoot, contents: Contents, before: Lock | None) -> Digest:
    earlier, known = before and before.root(pack.name), before and before.roots.get(pack.name)
    if earlier and known and known.selection and (earlier.content, known.need.where) == (pack.content, root.need.where):
        return known.selection
    manifest = contents.manifest(pack)
    contents.check()
    reader = read_manifest(manifest, pack)
    instances = tuple(reader)
    selected = select(instances, root.need.where, reader.header.license)
    if not selected:
        reason = why_none(instances, root.need.where, reader.header.license)
        raise NoResolutionError(
            f"no instance of {pack.name.short} {pack.version} {reason}",
            hint=how_to_loosen(root.need.where),
        )
    return selection(selected)


def _refuse_other_content(name: PackName, release: Release, pins: Collection[LockedPack]) -> None:
    """A version is its content: an index that says otherwise now was broken into, or never was what it seemed."""
    pinned = next((pin for pin in pins if (pin.name, pin.version) == (name, release.version)), None)
    if pinned and pinned.content != release.content:
        raise IntegrityError(
            f"the index now has other content for {name.short} {release.version} than zoo.lock",
            hint="Ask the index's maintainers: versions never change. Remove zoo.lock only if you trust the new one.",
        )
