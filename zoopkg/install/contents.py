"""Manifests and layouts of locked packs: from the store, else from a mirror, always verified. Fetches no bundles."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.manifest import ManifestReader
from zoopkg.project.lock import LockedPack
from zoopkg.store.store import Store

if TYPE_CHECKING:
    from zoopkg.model.layout import Layout
    from zoopkg.transport.mirrors import Mirrors


class Contents:
    """Where to get manifests and layouts.

    Args:
        store: keeps what was fetched.
        mirrors: makes those of an index, by its name, when they are needed first; a warm install never does.
        blobs: what an index told of the blobs, by digest; one that is not there is known by its digest alone.
        told: asks the index what it tells of a pack's blobs, for mirrors that find none by its digest alone.
    """

    def __init__(
        self,
        store: Store,
        mirrors: "Callable[[str], Mirrors]",
        blobs: Mapping[Digest, Blob],
        told: Callable[[LockedPack], Collection[Blob]] = lambda _: (),
    ) -> None:
        self._store = store
        self._mirrors = mirrors
        self._blobs = blobs
        self._told = told
        self._unchecked: list[tuple[LockedPack, Blob, bytes]] = []

    def keeps_manifest(self, pack: LockedPack) -> bool:
        """Whether the store seems to have a pack's manifest, so that it need not be fetched."""
        return self._store.has_blob(BlobKind.MANIFEST, pack.manifest)

    def manifest(self, pack: LockedPack) -> bytes:
        """The stored bytes of a pack's manifest; those that just came must pass `check` before anything relies on them.

        Raises:
            NotOnMirrorsError: no mirror has it.
        """
        kept = self._store.blob(BlobKind.MANIFEST, pack.manifest)
        if kept is not None:
            return kept
        blob, data = self._fetch(pack, BlobKind.MANIFEST, pack.manifest, _sought(pack))
        self._unchecked.append((pack, blob, data))
        return data

    def check(self) -> None:
        """Read the manifests that came in this run strictly, then keep them: those in the store were read so once.

        Takes a third of a second for 10,000 instances, which an install spends while bundles are on their way.

        Raises:
            FormatError: a manifest is malformed.
            IntegrityError: what the lock calls the manifest is not that of the pack's content.
        """
        while self._unchecked:
            pack, blob, data = self._unchecked[-1]
            for _ in read_manifest(data, pack):
                pass
            self._store.keep_blob(blob, data)
            self._unchecked.pop()

    def layout(self, pack: LockedPack, wanted: Collection[Digest], digest: Digest | None = None) -> "Layout":
        """Where the wanted instances of a pack lie: by the layout that the lock names, or by another one.

        Raises:
            IntegrityError: the layout is malformed.
            NotOnMirrorsError: no mirror has it.
        """
        from zoopkg.model import layout as layouts  # noqa: PLC0415  (a warm install reads none)

        digest = digest or pack.layout
        sought = f"the layout of {pack.name.short} {pack.version}"
        data = self._store.blob(BlobKind.LAYOUT, digest)
        if data is not None:
            return layouts.read(decompressed(data, sought), sought, wanted)
        blob, data = self._fetch(pack, BlobKind.LAYOUT, digest, sought)
        layout = layouts.read(decompressed(data, sought), sought, wanted)
        self._store.keep_blob(blob, data)
        return layout

    def _fetch(self, pack: LockedPack, kind: BlobKind, digest: Digest, sought: str) -> tuple[Blob, bytes]:
        blob = self._blobs.get(digest)
        if blob is None or blob.kind is not kind:  # an index may give one digest to blobs of two kinds, to mix them up
            blob = Blob.known_by_digest(kind, digest)
        try:
            return blob, self._mirrors(pack.index).fetch(blob, sought)
        except NotOnMirrorsError:
            if blob.origin:
                raise
            told: Blob | None = None
            with suppress(ZooError):  # where the index cannot be asked either, what was sought is what to tell of
                told = next((each for each in self._told(pack) if (each.kind, each.digest) == (kind, digest)), None)
            if told is None:
                raise
        return told, self._mirrors(pack.index).fetch(told, sought)


def read_manifest(data: bytes, pack: LockedPack) -> ManifestReader:
    """A reader for the stored bytes of a pack's manifest, to be checked against the pack's identity.

    Raises:
        IntegrityError: it is the manifest of another pack, or of another version.
    """
    reader = ManifestReader(decompressed(data, _sought(pack)), _sought(pack), pack.content)
    if (reader.header.name, reader.header.version) != (pack.name, pack.version):
        raise IntegrityError(f"{_sought(pack)} is that of {reader.header.name} {reader.header.version}")
    return reader


def _sought(pack: LockedPack) -> str:
    return f"the manifest of {pack.name.short} {pack.version}"
