"""What an index holds: releases, their contents, and where these lie. Reads; changes nothing.

Blobs come from wherever the caller reads them, verified by their digests. A namespace stands by itself: what it
withdrew is dead in its own bundles, and its owners can do nothing about another's.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeAlias

from zoopkg.errors import UsageError, ZooError, explaining
from zoopkg.index import roles
from zoopkg.index.folder import IndexFolder
from zoopkg.index.releases import withdrawals
from zoopkg.index.staging import document, records
from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.layout import Layout
from zoopkg.model.manifest import ManifestReader
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Release, Revocations
from zoopkg.transport.base import Opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

Name: TypeAlias = tuple[BlobKind, Digest]
"""What a blob's file name says."""

EMPTY = Digest.of(b"")

_BLOB = re.compile(rf"([0-9a-f]{{64}})\.({'|'.join(BlobKind)})")


@dataclass(frozen=True, slots=True)
class Held:
    """A release of an index, with the pack that it is one of."""

    name: PackName
    release: Release = field(hash=False)  # which has mappings

    def __str__(self) -> str:
        return f"{self.name.short} {self.release.version}"


class Holdings:
    """Everything that an index holds.

    Args:
        records: those of each namespace, by name.
        revoked: what each namespace withdrew.
        read: gives a blob's verified bytes.
        folder: the index folder; None where it is elsewhere, and cannot be listed.
    """

    def __init__(
        self,
        records: Mapping[str, Sequence[Record]],
        revoked: Mapping[str, Revocations],
        read: Callable[[Blob], bytes],
        folder: Path | None = None,
    ) -> None:
        self.records = records
        self.revoked = revoked
        self.folder = folder
        self._read = read

    @classmethod
    def of(cls, folder: IndexFolder, read: Callable[[Blob], bytes]) -> Self:
        """What an index folder holds in its next state."""
        revoked = withdrawals(folder)
        by_name = {each: sorted(records(folder, each), key=lambda record: record.name) for each in sorted(revoked)}
        return cls(by_name, revoked, read, folder.path)

    def releases(self, namespace: str) -> Iterator[Held]:
        """The releases of a namespace, by name and version."""
        for record in self.records.get(namespace, ()):
            yield from (Held(record.name, release) for release in record.releases)

    def live(self, namespace: str, revoked: Revocations | None = None) -> list[Held]:
        """The releases of a namespace that were not withdrawn as a whole.

        Args:
            namespace: the one.
            revoked: what it withdrew, by default what it has in the next state.
        """
        gone = (revoked or self.revoked[namespace]).manifests
        return [held for held in self.releases(namespace) if held.release.content not in gone]

    def manifest(self, held: Held) -> ManifestReader:
        """A reader of the manifest of a release.

        Raises:
            ZooError: it cannot be had, or is wrong.
        """
        sought = f"the manifest of {held}"
        data = self._read(held.release.manifest)
        return ManifestReader(decompressed(data, sought), sought, held.release.content)

    def layout(self, held: Held, wanted: Collection[Digest] | None = None) -> Layout:
        """Where the contents of a release lie, or those of them that are wanted.

        Raises:
            ZooError: its layout cannot be had, or is wrong.
        """
        sought = f"the layout of {held}"
        return layouts.read(decompressed(self._read(held.release.layout), sought), sought, wanted)

    def dead(self, namespace: str, revoked: Revocations) -> set[Digest]:
        """The contents that no bundle of a namespace should hold any more.

        Those that it withdrew, and of the releases that it withdrew as a whole those that no other one has; but not the
        empty content, which takes no place in a bundle.
        """
        gone = [held for held in self.releases(namespace) if held.release.content in revoked.manifests]
        dead = {digest for held in gone for digest in self.still_known(held)}
        for held in self.live(namespace, revoked) if dead else ():
            dead.difference_update(digest for _, digest, _ in self.manifest(held).contents())
        return (dead | set(revoked.instances)) - {EMPTY}

    def still_known(self, held: Held) -> list[Digest]:
        """The contents of a withdrawn release, as far as its manifest or its layout is still there."""
        with suppress(ZooError):
            return [digest for _, digest, _ in self.manifest(held).contents()]
        with suppress(ZooError):
            return [member.digest for member in layouts.members(self.layout(held))]
        return []

    def tainted(self, namespace: str, dead: Collection[Digest]) -> dict[Digest, Blob]:
        """The bundles that hold dead contents, by the namespace's layouts and every other one that lies in the folder.

        Layouts of earlier states count: what a bundle has besides the contents of present releases, they alone tell.
        """
        found: list[Layout] = []
        for held in self.releases(namespace) if dead else ():
            try:
                found.append(self.layout(held, dead))
            except ZooError:
                if held in self.live(namespace):  # that of a withdrawn release may be gone
                    raise
        present = {held.release.layout.digest for each in self.records for held in self.releases(each)}
        found += [layout for _, layout in self.layouts_but(present, dead)] if dead else ()
        return {bundle.blob.digest: bundle.blob for layout in found for bundle in layout.bundles}

    def layouts_but(
        self, others: Collection[Digest], wanted: Collection[Digest] | None = None
    ) -> Iterator[tuple[Digest, Layout]]:
        """The layouts that lie in the folder, but for some; narrowed to wanted contents."""
        for path, kind, digest in blob_files(self.folder) if self.folder else ():
            if kind is BlobKind.LAYOUT and digest not in others:
                with explaining(f"read '{path}'"):
                    data = path.read_bytes()
                with suppress(ZooError):  # damaged, so it tells nothing
                    if Digest.of(data) == digest:
                        yield digest, layouts.read(decompressed(data, path.name), path.name, wanted)


@contextmanager
def changing(idx: Path, read: Callable[[Blob], bytes]) -> Iterator[tuple[IndexFolder, Holdings]]:
    """An index folder and what it holds, with other maintainers' processes kept out of it.

    Raises:
        UsageError: the folder holds no index.
        ZooError: it cannot be written.
    """
    folder = IndexFolder(idx)
    with folder.lock():
        folder.tidy()
        yield folder, Holdings.of(folder, read)


def mirrors_of(idx: Path, mirrors: Iterable[Mirror], opener: Opener, warn: Callable[[str], None]) -> Mirrors:
    """Where the blobs of an index folder are: in it, at mirrors that the user names, at those that the index names."""
    folder = IndexFolder(idx)
    data = document(folder, roles.TARGETS, roles.MIRRORS_TARGET)
    named = MirrorList.decode(data, roles.MIRRORS_TARGET).templates if data else ()
    signed = []
    for template in named:
        with suppress(UsageError):  # of a scheme that this zoopkg does not read
            signed.append(Mirror.parse(template))
    return Mirrors([Mirror.parse(str(idx.absolute())), *mirrors, *signed], opener, warn=warn)


def blob_files(folder: Path) -> Iterator[tuple[Path, BlobKind, Digest]]:
    """The blobs that lie in a folder, by their names."""
    with explaining(f"read '{folder}'"):
        paths = sorted(folder.iterdir())
    for path in paths:
        match = _BLOB.fullmatch(path.name)
        if match and path.is_file():
            yield path, BlobKind(match[2]), Digest.from_hex(match[1])
