"""`zoopkg export`: packs, and what their indexes sign about them, into one file.

Everything goes through the store: what it lacks is fetched and verified as for an install, and the file is made of what
it holds. Refuses what was withdrawn. Changes no project.
"""

import hashlib
import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.airgap.frames import frames
from zoopkg.airgap.writing import ExportWriter
from zoopkg.errors import (
    LockOutdatedError,
    NotOnMirrorsError,
    OfflineError,
    PolicyError,
    UsageError,
    ZooError,
    explaining,
)
from zoopkg.index import roles, starter
from zoopkg.install.absent import unavailable
from zoopkg.install.context import Context
from zoopkg.install.install import withdrawal
from zoopkg.install.parts import Part, closure, parts_of
from zoopkg.install.progress import Progress
from zoopkg.install.sync import Sync
from zoopkg.install.tree import files_of
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Revocations
from zoopkg.model.version import Spec
from zoopkg.project.lock import LockedPack
from zoopkg.store.flush import replacing

if TYPE_CHECKING:
    from zoopkg.index.client import IndexClient
    from zoopkg.install.fetch import Fetched

_ABSENT = (NotOnMirrorsError, OfflineError, UsageError)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Attributes:
        packs: with all that they require.
        instances: the files that they have.
        contents: the different contents of these.
        size: the bytes of the instances.
        stored: the bytes of the export.
        indexes: those whose signed documents are aboard.
        fetched: what came over the wire, if anything did.
    """

    packs: tuple[LockedPack, ...]
    instances: int
    contents: int
    size: int
    stored: int
    indexes: tuple[str, ...]
    fetched: "Fetched | None"


def export(  # noqa: PLR0913, PLR0917  (what, from where, to where, and how)
    context: Context, workspace: Workspace, specs: Sequence[Spec], file: Path, progress: Progress, jobs: int
) -> Exported:
    """Write a file that `zoopkg import` reads.

    Args:
        context: this machine.
        workspace: the project whose lock counts.
        specs: the packs to export, whole; without any, what the lock pins, of filtered packs what the filter selects.
        file: to write; an earlier one is replaced once the new one is whole.
        progress: told how far it has come.
        jobs: how much to compress at once.

    Raises:
        PolicyError: something was withdrawn.
        NoResolutionError: there is no such pack or version.
        LockOutdatedError: there is no lock, and no pack is named.
        ZooError: something cannot be had, or the file cannot be written.
    """
    file = _destination(file)
    sync = Sync(context, workspace, progress)
    parts, blobs = _chosen(sync, workspace, specs)
    return _Export(context, sync, parts, blobs, progress).write(file, jobs)


def _destination(file: Path) -> Path:
    """The file itself, where a symbolic link names it; a device must not be replaced by it."""
    path = Path(os.path.realpath(file))
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise UsageError(f"'{file}' is there, and is not a file", hint="Name a file with --output.")
    if not path.parent.is_dir():
        raise UsageError(
            f"there is no folder '{path.parent}' to write into", hint="Make it, or choose another --output."
        )
    return path


def _chosen(sync: Sync, workspace: Workspace, specs: Sequence[Spec]) -> tuple[tuple[Part, ...], Mapping[Digest, Blob]]:
    lock = None if specs and workspace.has_conflict else workspace.lock
    if not specs:
        if lock is None:
            raise LockOutdatedError(
                f"there is no {LOCK} in {workspace.root}", hint="Run `zoopkg lock`, or name packs to export."
            )
        return parts_of(lock, {root.need.group for root in lock.roots.values()} - {""}), {}
    packs: dict[LockedPack, None] = {}
    blobs: dict[Digest, Blob] = {}
    for spec in specs:
        if lock is not None and (locked := lock.meant(spec)) is not None:
            packs |= dict.fromkeys((locked, *closure(lock, [locked])))
        else:
            found = sync.resolve_alone(spec)
            packs |= dict.fromkeys(found.lock.packs)
            blobs |= found.blobs
    return tuple(Part(pack, "") for pack in sorted(packs, key=lambda pack: (pack.name, pack.version))), blobs


class _Export:
    """One run, step by step."""

    def __init__(
        self,
        context: Context,
        sync: Sync,
        parts: tuple[Part, ...],
        blobs: Mapping[Digest, Blob],
        progress: Progress,
    ) -> None:
        self._offline = context.offline
        self._indexes = sync.indexes
        self._supply = sync.supply(blobs, frozen=False)
        self._parts = parts
        self._packs = tuple(part.pack for part in parts)
        self._progress = progress
        self._revoked = cache(self._revocations)

    def write(self, file: Path, jobs: int) -> Exported:
        with explaining(f"write '{file}'"), replacing(file) as out:
            try:
                contents, (instances, size), fetched = self._brought()
            except (OfflineError, NotOnMirrorsError) as error:
                if not self._offline:
                    raise
                raise unavailable(self._parts, self._supply, error) from error
            writer = ExportWriter(out)
            indexes = tuple(self._write_indexes(writer))
            self._write_documents(writer)
            self._progress.begin("Exporting", sum(contents.values()))
            for frame in frames(self._supply.store.objects, contents, jobs, file.parent):
                writer.block(frame.block, frame.pieces())
                self._progress.advance(frame.block.size)
            writer.end()
        return Exported(self._packs, instances, len(contents), size, writer.size, indexes, fetched)

    def _brought(self) -> "tuple[dict[Digest, int], tuple[int, int], Fetched | None]":
        """Every content in the order of packs and paths, instances and their bytes, and what had to be fetched."""
        manifests = {pack: self._supply.contents.manifest(pack) for pack in self._packs}
        self._supply.contents.check()
        contents: dict[Digest, int] = {}
        instances = size = 0
        for part in self._parts:
            wanted = files_of(part, manifests[part.pack]).values()
            self._refuse_withdrawn(part.pack, [want.digest for want in wanted])
            contents |= {want.digest: want.size for want in wanted}
            instances += len(wanted)
            size += sum(want.size for want in wanted)
        return contents, (instances, size), self._supply.ensure(self._packs, contents)

    def _refuse_withdrawn(self, pack: LockedPack, instances: Collection[Digest]) -> None:
        reason = withdrawal(pack, instances, self._revoked(pack.index, pack.name.namespace))
        if reason is not None:
            raise PolicyError(
                f"{pack.name.short} {pack.version} was withdrawn: {reason}",
                hint="Choose another version (zoopkg info NAME lists them).",
            )

    def _revocations(self, index: str, namespace: str) -> Revocations:
        try:
            return self._indexes.revocations(index, fresh=True)
        except UsageError:  # a lock alone tells of this index
            return self._indexes.known_revocations(index, namespace)

    def _write_indexes(self, writer: ExportWriter) -> Iterator[str]:
        """Write what each index signs; the one that ships with zoopkg stays out, since every zoopkg has it."""
        for index in sorted({pack.index for pack in self._packs} - {starter.NAME}):
            names = sorted({pack.name for pack in self._packs if pack.index == index})
            try:
                with self._indexes.asking(index) as client:
                    documents = _documents(client, names)
                    metadata = client.metadata()
            except _ABSENT as error:
                self._progress.warn(
                    f"what the index '{index}' signs is left out, so that its packs install by {LOCK} alone:"
                    f" {error.message}"
                )
                continue
            writer.index(index)
            for name, data in sorted(metadata.items()):
                writer.file(name, data)
            for name, paths in _file_names(documents).items():
                writer.file(name, documents[paths[0]], paths)
            yield index

    def _write_documents(self, writer: ExportWriter) -> None:
        store = self._supply.store
        for digest in dict.fromkeys(pack.manifest for pack in self._packs):
            manifest = store.blob(BlobKind.MANIFEST, digest)
            assert manifest is not None  # it was kept when it had been checked
            writer.document(BlobKind.MANIFEST, digest, manifest)
        for pack in {pack.layout: pack for pack in self._packs}.values():
            layout = self._layout(pack)
            if layout is not None:
                writer.document(BlobKind.LAYOUT, pack.layout, layout)

    def _layout(self, pack: LockedPack) -> bytes | None:
        """A pack's layout, None where it cannot be had: who has every content can do without."""
        with suppress(NotOnMirrorsError, OfflineError):
            self._supply.contents.layout(pack, ())
        return self._supply.store.blob(BlobKind.LAYOUT, pack.layout)


def _documents(client: "IndexClient", names: Sequence[PackName]) -> dict[str, bytes]:
    """The documents to take along, by their target paths: what names packs, and what was withdrawn."""
    needed = [roles.revoked_target(namespace) for namespace in sorted({name.namespace for name in names})]
    needed += [roles.record_target(name.namespace, name.name) for name in names]
    useful = [roles.MIRRORS_TARGET]
    for namespace in client.namespaces():
        useful += [roles.catalog_target(namespace), roles.revoked_target(namespace)]
    found: dict[str, bytes] = {}
    for path in sorted({*needed, *useful}):
        try:
            data = client.document(path)
        except ZooError:  # one namespace's neglect must not stop the others
            if path in needed:
                raise
            continue
        if data is not None:
            found[path] = data
    return found


def _file_names(documents: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The flat file names of documents, each with its target paths: those of two namespaces may be alike."""
    found: dict[str, list[str]] = {}
    for path, data in documents.items():
        found.setdefault(roles.target_file(path, hashlib.sha256(data).hexdigest()), []).append(path)
    return found
