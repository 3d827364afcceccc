"""What an index holds already of the namespace that a pack is built for: its last version, and contents with a place.

A content that some bundle of the namespace holds is not bundled again; across namespaces nothing is shared, so that
one owner's withdrawal never breaks another's packs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.layout import Block, Bundle
from zoopkg.model.manifest import Header, Manifest, ManifestReader
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release


class IndexNeighbours:
    """The neighbours that some records tell of.

    Args:
        records: of the packs in the namespace.
        read: gives a blob's verified bytes.
        reuse: whether contents may stay where they lie; else everything is bundled anew.
    """

    def __init__(self, records: Iterable[Record], read: Callable[[Blob], bytes], *, reuse: bool = True) -> None:
        self._records: Mapping[PackName, Record] = {record.name: record for record in records}
        self._read = read
        self._reuse = reuse

    def previous(self, header: Header) -> Manifest | None:
        """The last version of the pack before this one, None where this is the first."""
        record = self._records.get(header.name)
        earlier = [release for release in record.releases if release.version < header.version] if record else []
        if not earlier:
            return None
        release = earlier[-1]
        document = f"the manifest of {header.name} {release.version}"
        return ManifestReader(decompressed(self._read(release.manifest), document), document, release.content).read()

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
        return _united(found)

    def _newest_first(self) -> Iterable[tuple[PackName, Release]]:
        """Releases in the order in which to look: a pack's newest layout knows the most of its contents."""
        for name in sorted(self._records):
            for release in reversed(self._records[name].releases):
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


def _united(bundles: Iterable[Bundle]) -> list[Bundle]:
    """Each bundle once, and each block of it, though several layouts told of them."""
    by_blob: dict[Blob, dict[int, Block]] = {}
    for bundle in bundles:
        blocks = by_blob.setdefault(bundle.blob, {})
        for block in bundle.blocks:
            known = blocks[block.offset].members if block.offset in blocks else ()
            members = sorted((*known, *block.members), key=lambda member: member.place)
            blocks[block.offset] = replace(block, members=tuple(members))
    return [Bundle(blob, tuple(blocks[offset] for offset in sorted(blocks))) for blob, blocks in by_blob.items()]
