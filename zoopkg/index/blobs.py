"""The blobs of a release on their way into an index folder: all there, all what the release says, then copied.

A release is checked as an install would meet it: the manifest has the stated identity, and the layout leads to every
instance through bundles that exist. Builds no blob, and does not look into bundles.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError, explaining
from zoopkg.index.entry import PackEntry
from zoopkg.model import layout
from zoopkg.model.blob import Blob, BlobHasher
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.manifest import ManifestReader
from zoopkg.store.flush import LEFTOVER, flush_file

_PIECE = 1 << 20


def check_release(entry: PackEntry, folders: Sequence[Path]) -> list[tuple[Blob, Path]]:
    """The blobs that a release needs and where they were found, each one hashed.

    Args:
        entry: the release.
        folders: where to look, first match wins: where the pack was built, then the index.

    Raises:
        IntegrityError: a blob has other bytes than stated, or says something else than the release does.
        NotOnMirrorsError: a blob is nowhere.
    """
    release = entry.release
    found = [(blob, checked(blob, folders)) for blob in (release.manifest, release.layout)]
    (manifest, manifest_path), (plan, plan_path) = found
    wanted = _instances(entry, manifest_path, manifest.name)
    described = layout.read(_read(plan_path), plan.name, wanted)
    held = {member.digest for bundle in described.bundles for block in bundle.blocks for member in block.members}
    if missing := wanted - held:
        raise IntegrityError(f"the layout of {entry.name} {release.version} leaves out {len(missing)} instances")
    return found + [(bundle.blob, checked(bundle.blob, folders)) for bundle in described.bundles]


def _instances(entry: PackEntry, path: Path, document: str) -> set[Digest]:
    release = entry.release
    reader = ManifestReader(_read(path), document, release.content)
    wanted = {instance.digest for instance in reader}
    header = reader.header
    stated = (entry.name, release.version, release.license, release.instances, release.size, release.requires)
    if stated != (header.name, header.version, header.license, header.count, header.size, header.requires):
        raise IntegrityError(f"the manifest is that of {header.name} {header.version}, and differs from pack.json")
    return wanted


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
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                hasher.update(piece)
    except OSError as error:
        raise ZooError(f"'{path}' cannot be read: {error.strerror}") from error
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


def _read(path: Path) -> Iterator[bytes]:
    """A manifest or layout, decompressed by the rules that an install holds it to."""
    with explaining(f"read '{path}'"):
        data = path.read_bytes()
    return decompressed(data, f"'{path}'")
