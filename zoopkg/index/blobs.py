"""The blobs of a release: all there, all what the release says. For an index folder also: copied into it.

A release is checked as an install would meet it: the manifest has the stated identity, and the layout leads to every
instance, but for those that were withdrawn. Builds no blob, and does not look into bundles.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError, explaining
from zoopkg.index.entry import PackEntry
from zoopkg.index.revoked import refuse_withdrawn
from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob, BlobHasher
from zoopkg.model.digest import Digest
from zoopkg.model.facet_counts import facet_counts
from zoopkg.model.frame import decompressed
from zoopkg.model.instance import Instance
from zoopkg.model.layout import Layout
from zoopkg.model.manifest import ManifestReader
from zoopkg.store.flush import LEFTOVER, flush_file
from zoopkg.transport.base import Body, Opener
from zoopkg.transport.mirror import Mirror

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Described:
    """What the manifest and the layout of a release say.

    Attributes:
        sizes: of every content, in bytes.
        layout: narrowed to these contents, each in one place.
        facets: counted from the manifest, as a record states them.
    """

    sizes: Mapping[Digest, int]
    layout: Layout
    facets: Mapping[str, Mapping[str, int]]


def describe(entry: PackEntry, read: Callable[[Blob], bytes], withdrawn: Collection[Digest] = ()) -> Described:
    """Read the manifest and the layout of a release, and check them against it and each other.

    Args:
        entry: the release.
        read: gives the bytes of a blob, which were checked against all that is said of them.
        withdrawn: contents that the layout may leave out.

    Raises:
        IntegrityError: one says something else than the release or the other does.
    """
    release, sizes = entry.release, dict[Digest, int]()
    name = release.manifest.name
    reader = ManifestReader(decompressed(read(release.manifest), f"'{name}'"), name, release.content)
    facets = facet_counts(_noted(reader, sizes))
    header = reader.header
    stated = (entry.name, release.version, release.license, release.instances, release.size, release.requires)
    if stated != (header.name, header.version, header.license, header.count, header.size, header.requires):
        raise IntegrityError(f"the manifest is that of {header.name} {header.version}, and differs from its release")
    name = release.layout.name
    layout = layouts.read(decompressed(read(release.layout), f"'{name}'"), name, sizes)
    _check_places(entry, sizes, layout, withdrawn)
    return Described(sizes, layout, facets)


def _noted(instances: Iterable[Instance], sizes: dict[Digest, int]) -> Iterator[Instance]:
    for instance in instances:
        sizes[instance.digest] = instance.size
        yield instance


def _check_places(entry: PackEntry, sizes: Mapping[Digest, int], layout: Layout, withdrawn: Collection[Digest]) -> None:
    what = f"the layout of {entry.name} {entry.release.version}"
    held = {member.digest: member.size for member in layouts.members(layout)}
    if missing := sizes.keys() - held.keys() - set(withdrawn):
        raise IntegrityError(f"{what} leaves out {len(missing)} instances")
    if wrong := [digest for digest, size in held.items() if sizes[digest] != size]:
        raise IntegrityError(f"{what} states other sizes than the manifest, for {wrong[0]} for one")


def check_release(
    entry: PackEntry, folders: Sequence[Path], withdrawn: Mapping[Digest, str] | None = None
) -> list[tuple[Blob, Path]]:
    """The blobs that a release needs and where they were found, each one hashed.

    Args:
        entry: the release.
        folders: where to look, first match wins: where the pack was built, then the index.
        withdrawn: contents that no new release may bring back, each with its reason.

    Raises:
        IntegrityError: a blob has other bytes than stated, or says something else than the release does.
        NotOnMirrorsError: a blob is nowhere.
        PolicyError: the release has a content that was withdrawn.
    """
    found = {blob: checked(blob, folders) for blob in (entry.release.manifest, entry.release.layout)}
    described = describe(entry, lambda blob: _bytes(found[blob]))
    refuse_withdrawn(((f"{digest} of {entry.name}", digest) for digest in described.sizes), withdrawn or {})
    bundles = [bundle.blob for bundle in described.layout.bundles]
    return [*found.items(), *((blob, checked(blob, folders)) for blob in bundles)]


def _bytes(path: Path) -> bytes:
    with explaining(f"read '{path}'"):
        return path.read_bytes()


def checked(blob: Blob, folders: Sequence[Path]) -> Path:
    """Where a blob is, once its bytes were found to have its size and all its digests.

    Raises:
        IntegrityError: they have not.
        NotOnMirrorsError: it is in none of the folders.
    """
    path = next((folder / blob.name for folder in folders if (folder / blob.name).is_file()), None)
    if path is None:
        places = " or ".join(f"'{folder}'" for folder in folders)
        raise NotOnMirrorsError(f"{blob.name} is not in {places}", hint="Build the pack again.")
    hasher = BlobHasher()
    with explaining(f"read '{path}'"), path.open("rb") as file:
        while piece := file.read(_PIECE):
            hasher.update(piece)
    if hasher.blob(blob.kind, blob.origin) != blob:
        raise IntegrityError(f"'{path}' has other bytes than its release states", hint="Build the pack again.")
    return path


def copy_blob(path: Path, folder: Path) -> None:
    """Have a blob in a folder, by a hard link where the file system allows, whole before it has its name."""
    destination = folder / path.name
    if destination.exists():
        return
    temporary = folder / f"{LEFTOVER}{path.name}"
    try:
        temporary.unlink(missing_ok=True)
        with suppress(OSError):
            os.link(path, temporary)
        if not temporary.exists():
            shutil.copyfile(path, temporary)
            flush_file(temporary)
        temporary.replace(destination)
    except OSError as error:
        raise ZooError(f"'{destination}' cannot be written: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """One place that holds blobs, a folder or a mirror.

    Attributes:
        mirror: the place.
        opener: how to reach it.
        others: asked, in order, for what the place does not have; what it has is judged, right or wrong.
    """

    mirror: Mirror
    opener: Opener
    others: list[Mirror] = field(default_factory=list)

    def open(self, blob: Blob) -> Body:
        """Begin to read a blob.

        Raises:
            NotOnMirrorsError: neither the place nor any of the others has it, or not of this size.
        """
        failures: list[NotOnMirrorsError] = []
        for mirror in (self.mirror, *self.others):
            url = mirror.url(blob)
            if url is None:
                failures.append(NotOnMirrorsError(f"{mirror} does not tell where {blob.name} is"))
                continue
            try:
                return self.opener.open(url, limit=blob.size)
            except NotOnMirrorsError as error:
                failures.append(error)
        raise failures[0]

    def read(self, blob: Blob) -> bytes:
        """The bytes of a manifest or a layout, which have its size and all its digests.

        Raises:
            NotOnMirrorsError: the place does not have it.
            IntegrityError: it has other bytes.
        """
        pieces: list[bytes] = []
        self.check(blob, pieces.append)
        return b"".join(pieces)

    def check(self, blob: Blob, take: Callable[[bytes], object] = lambda _: None) -> None:
        """Read a blob of any size, hand its pieces on, and judge it at the end.

        Raises:
            NotOnMirrorsError: the place does not have it.
            IntegrityError: it has other bytes.
        """
        hasher = BlobHasher()
        with self.open(blob) as body:
            for piece in hashed(body, hasher):
                take(piece)
        refuse_other(hasher, blob)


def hashed(pieces: Iterable[bytes], hasher: BlobHasher) -> Iterator[bytes]:
    """The pieces, each hashed on its way."""
    for piece in pieces:
        hasher.update(piece)
        yield piece


def refuse_other(hasher: BlobHasher, blob: Blob) -> None:
    """Refuse what was read of a blob, if it is not what is said of it.

    Raises:
        IntegrityError: it is not.
    """
    if hasher.blob(blob.kind, blob.origin) != blob:
        raise IntegrityError(f"{blob.name} has other bytes than its release states")
