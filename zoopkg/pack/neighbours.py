"""What an index holds already of the namespace that a pack is built for: its last version, and contents with a place.

A content that some bundle of the namespace holds is not bundled again; across namespaces nothing is shared, so that
one owner's withdrawal never breaks another's packs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from zoopkg.index.revoked import refuse_withdrawn
from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.layout import Bundle
from zoopkg.model.manifest import Header, Manifest, ManifestReader
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release, Revocations

_NONE = Revocations({}, {})


class IndexNeighbours:
    """The neighbours that some records tell of.

    Args:
        records: of the packs in the namespace.
        read: gives a blob's verified bytes.
        revoked: what the index withdrew.
        reuse: whether contents may stay where they lie; else everything is bundled anew.
    """

    def __init__(
        self,
        records: Iterable[Record],
        read: Callable[[Blob], bytes],
        revoked: Revocations = _NONE,
        *,
        reuse: bool = True,
    ) -> None:
        self._records: Mapping[PackName, Record] = {record.name: record for record in records}
        self._read = read
        self._revoked = revoked
        self._reuse = reuse

    def refuse_withdrawn(self, manifest: Manifest) -> None:
        """Refuse a pack that would bring back what was withdrawn.

        Raises:
            PolicyError: names the file.
        """
        header = manifest.header
        refuse_withdrawn([(f"{header.name} {header.version}", manifest.content)], self._revoked.manifests)
        refuse_withdrawn(((each.path, each.digest) for each in manifest.instances), self._revoked.instances)

    def previous(self, header: Header) -> Manifest | None:
        """The last version of the pack before this one, None where this is the first.

        Without what was withdrawn, since nobody can miss it any more: a version that only leaves that out breaks none
        of those who go on to it.
        """
        earlier = [release for release in self._live(header.name) if release.version < header.version]
        if not earlier:
            return None
        release = earlier[-1]
        document = f"the manifest of {header.name} {release.version}"
        read = ManifestReader(decompressed(self._read(release.manifest), document), document, release.content).read()
        left = tuple(each for each in read.instances if each.digest not in self._revoked.instances)
        return replace(read, instances=left)

    def _live(self, name: PackName) -> list[Release]:
        """The releases of a pack that were not withdrawn: of others, manifest and layout may be gone."""
        record = self._records.get(name)
        releases = record.releases if record else ()
        return [release for release in releases if release.content not in self._revoked.manifests]

    def published(self, header: Header) -> Digest | None:
        """The content that the index has for this very version already."""
        record = self._records.get(header.name)
        release = record.release(header.version) if record else None
        return release.content if release else None

    def bundles(self, wanted: set[Digest]) -> Sequence[Bundle]:
        """Where those of the wanted contents lie that some bundle of the namespace holds, each in one place."""
        left = set(wanted) if self._reuse else set()
        found: list[Bundle] = []
        for name, release in self._newest_first():
            if not left:
                break
            document = f"the layout of {name} {release.version}"
            layout = layouts.read(decompressed(self._read(release.layout), document), document, left)
            for bundle in layout.bundles:
                narrowed = _take(bundle, left)
                if narrowed.blocks:
                    found.append(narrowed)
        return layouts.united(found)

    def _newest_first(self) -> Iterable[tuple[PackName, Release]]:
        """Releases in the order in which to look: a pack's newest layout knows the most of its contents."""
        for name in sorted(self._records):
            for release in reversed(self._live(name)):
                yield name, release


def _take(bundle: Bundle, left: set[Digest]) -> Bundle:
    """The part of a bundle that holds contents still looked for, which are no longer looked for then."""
    blocks = []
    for block in bundle.blocks:
        members = []
        for member in block.members:
            if member.digest in left:
                left.discard(member.digest)
                members.append(member)
        if members:
            blocks.append(replace(block, members=tuple(members)))
    return Bundle(bundle.blob, tuple(blocks))
