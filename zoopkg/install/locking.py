"""From what a project asks for to a lock: the resolver's choice, with the digests that the index signed for it."""

from collections.abc import Mapping, Sequence

from zoopkg.install.indexes import Indexes
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release
from zoopkg.model.version import Requirement, Spec
from zoopkg.project.lock import Lock, LockedPack
from zoopkg.resolver.newest import Candidate, resolve


class IndexCatalog:
    """The records of the indexes as the resolver sees them, each asked for once."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._records: dict[PackName, Record | None] = {}

    def record(self, name: PackName) -> Record | None:
        """A pack's record, None where its index has no such pack."""
        if name not in self._records:
            self._records[name] = self._indexes.record(name)
        return self._records[name]

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        """Every version of a pack (see `zoopkg.resolver.newest.Catalog`)."""
        record = self.record(name)
        if record is None:
            return None
        return [
            Candidate(release.version, tuple(Spec.parse(text) for text in release.requires), release.yanked)
            for release in record.releases
        ]


def make_lock(
    roots: Mapping[PackName, Requirement], indexes: Indexes, before: Lock | None
) -> tuple[Lock, Mapping[Digest, Blob]]:
    """Resolve what a project asks for, preferring what is locked already.

    Returns:
        The lock, and what the index told of its manifests and layouts, by digest.

    Raises:
        NoResolutionError: nothing meets every requirement.
        ZooError: an index cannot be asked, or is not to be trusted.
    """
    catalog = IndexCatalog(indexes)
    locked = {pack.name: pack.version for pack in before.packs} if before else {}
    chosen = resolve(roots, catalog, locked)
    blobs: dict[Digest, Blob] = {}
    packs = []
    for name, candidate in chosen.items():
        record = catalog.record(name)
        release = record and record.release(candidate.version)
        assert release
        blobs |= {release.manifest.digest: release.manifest, release.layout.digest: release.layout}
        requires = tuple(sorted(f"{need.name}@{chosen[need.name].version}" for need in candidate.requires))
        packs.append(_locked(name, release, indexes.serving(name.namespace), requires))
    return Lock(tuple(packs), dict(roots)), blobs


def _locked(name: PackName, release: Release, index: str, requires: tuple[str, ...]) -> LockedPack:
    return LockedPack(
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
