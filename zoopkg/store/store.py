"""The store as a whole: its folders, its format, and what it keeps besides objects (manifests, layouts, index state).

objects/ab/<64 hex>   instances, read-only, each named by its digest
blobs/<name>          manifests and layouts as mirrors hold them, each named by its digest
index/<64 hex>/       what is trusted of an index, by the SHA-256 of its root
pending/              journals of the sessions that are writing
version               the number of this arrangement
"""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zoopkg.errors import FormatError, UsageError, ZooError, explaining
from zoopkg.model.blob import Blob, BlobKind, blob_name
from zoopkg.model.digest import Digest
from zoopkg.store.flush import replace_file
from zoopkg.store.objects import Objects
from zoopkg.store.places import default_root as default_root  # noqa: PLC0414  (re-exported, with what is made there)

if TYPE_CHECKING:
    from zoopkg.store.journal import Session

VERSION = "1"


class Store:
    """A store that exists; get one by `Store.open`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = Objects(root / "objects")
        self._blobs = root / "blobs"
        self._pending = root / "pending"

    @classmethod
    def open(cls, root: Path) -> Self:
        """The store in a folder, made if it is not there.

        Raises:
            ZooError: it cannot be made, or a newer zoopkg made it.
        """
        root = root.absolute()
        marker = root / "version"
        with explaining(f"open the store {root}"):
            try:
                version = marker.read_text(errors="replace").strip()
            except FileNotFoundError:
                return cls._create(root)
        if version != VERSION:
            raise ZooError(
                f"the store {root} has format {version[:20]!r}, and this zoopkg knows {VERSION!r}",
                hint="Update zoopkg, or name another folder with --store.",
            )
        return cls(root)

    @classmethod
    def _create(cls, root: Path) -> Self:
        if root.exists() and not root.is_dir():
            raise UsageError(f"the store {root} is not a folder", hint="Name a folder with --store or ZOOPKG_STORE.")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = cls(root)
        for folder in (store.objects.root, store._blobs, store._pending, root / "index"):
            folder.mkdir(mode=0o700, exist_ok=True)
        store.objects.make_folders()
        replace_file(root / "version", f"{VERSION}\n".encode())
        return store

    @property
    def identity(self) -> str:
        """Which store this is, told by what no other has: the file of its format."""
        with explaining(f"read the store {self.root}"):
            status = (self.root / "version").stat()
        return f"{status.st_ino}-{status.st_mtime_ns}"

    def session(self, digests: Collection[Digest]) -> "Session":
        """A stretch of writing these objects."""
        from zoopkg.store.journal import Session  # noqa: PLC0415  (locks cost 30 ms that a warm install saves)

        return Session(self.objects, self._pending, digests)

    def recover(self) -> None:
        """Mend what a crashed session left; one look into a folder where none did."""
        with explaining(f"read the store {self.root}"):
            crashed = any(name.endswith(".journal") for name in os.listdir(self._pending))
        if crashed:
            from zoopkg.store.journal import recover  # noqa: PLC0415

            recover(self.objects, self._pending)

    def index_folder(self, root_sha256: str) -> Path:
        """Where to keep what is trusted of the index whose first root has this SHA-256."""
        return self.root / "index" / root_sha256

    def blob(self, kind: BlobKind, digest: Digest) -> bytes | None:
        """A manifest or layout that is kept here, or None; a damaged one counts as absent."""
        try:
            data = (self._blobs / blob_name(kind, digest)).read_bytes()
        except FileNotFoundError:
            return None
        return data if Digest.of(data) == digest else None

    def has_blob(self, kind: BlobKind, digest: Digest) -> bool:
        """Whether a manifest or layout seems to be kept here; told by its name."""
        return (self._blobs / blob_name(kind, digest)).is_file()

    def keep_blob(self, blob: Blob, data: bytes) -> None:
        """Keep a manifest or layout whose bytes were verified."""
        with explaining(f"write to the store {self.root}"):
            replace_file(self._blobs / blob.name, data)

    def all_objects(self) -> Iterator[tuple[Digest, os.DirEntry[str]]]:
        """Every object with its directory entry, folder by folder."""
        with os.scandir(self.objects.root) as folders:
            for folder in sorted(folders, key=lambda entry: entry.name):
                if not folder.is_dir():  # left by a file manager
                    continue
                with os.scandir(folder) as entries:
                    for entry in entries:
                        with suppress(FormatError):  # a temporary file
                            yield Digest.from_hex(entry.name), entry
