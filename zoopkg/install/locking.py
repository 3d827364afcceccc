"""From what a project asks for to a lock: the resolver's choice, with the digests that the index signed for it."""

from collections.abc import Mapping, Sequence

from zoopkg.errors import IntegrityError, NoResolutionError
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

    def candidates(self, name: PackName) -> Sequence[Candidate]:
        """Every version of a pack (see `zoopkg.resolver.newest.Catalog`).

        Raises:
            NoResolutionError: the index that the pack's namespace belongs to has no such pack.
        """
        record = self.record(name)
        if record is None:
            serving = self._indexes.serving(name.namespace)
            raise NoResolutionError(
                f"the index '{serving}', which the namespace {name.namespace} belongs to here, has no pack {name}",
                hint="Check the spelling, or name the index that has it with --index.",
            )
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
        _refuse_other_content(name, release, before)
        if release.yanked:
            indexes.warn(f"{name.short} {release.version} was yanked: {release.yanked}")
        blobs |= {release.manifest.digest: release.manifest, release.layout.digest: release.layout}
        requires = tuple(sorted(f"{need.name}@{chosen[need.name].version}" for need in candidate.requires))
        packs.append(_locked(name, release, indexes.serving(name.namespace), requires))
    return Lock(tuple(packs), dict(roots)), blobs


def _refuse_other_content(name: PackName, release: Release, before: Lock | None) -> None:
    """A version is its content: an index that says otherwise now was broken into, or never was what it seemed."""
    locked = before.pack(name) if before else None
    if locked and locked.version == release.version and locked.content != release.content:
        raise IntegrityError(
            f"the index now has other content for {name.short} {release.version} than zoo.lock",
            hint="Ask the index's maintainers: versions never change. Remove zoo.lock only if you trust the new one.",
        )


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
