"""Collecting garbage: of what a store holds, the part that nobody needs, listed first and removed only then.

Whoever calls says what is needed. Besides that, what is young stays, and what a session has announced: both may be
about to be used. Only objects, manifests and layouts are ever touched, and no symbolic link is followed. Each is
removed by one `unlink`, so that a kill leaves a store with some of them still there, and all else right.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from zoopkg.errors import FormatError, ZooError, explaining
from zoopkg.model.blob import BlobKind
from zoopkg.model.digest import Digest
from zoopkg.store.store import Store

_KINDS = frozenset((BlobKind.MANIFEST, BlobKind.LAYOUT))


@dataclass(frozen=True, slots=True)
class Needed:
    """What must stay: contents, and manifests and layouts, by their digests."""

    objects: set[Digest] = field(default_factory=set)
    blobs: set[Digest] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the store.

    Attributes:
        kind: manifest or layout; None for an object.
        size: in bytes.
        links: how many names the file has, those in projects included.
        changed: when its inode last changed, nanoseconds since 1970; its modification time is fixed.
    """

    path: str
    digest: Digest
    kind: BlobKind | None
    size: int
    links: int
    changed: int

    @property
    def freed(self) -> int:
        """The bytes that removing it gives back: none while a project has a hard link to it."""
        return self.size if self.links <= 1 else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be removed.

    Attributes:
        waste: what nobody needs.
        young: what nobody needs either, but is too young to be sure.
        kept: how many other files stay.
    """

    waste: tuple[Item, ...]
    young: tuple[Item, ...]
    kept: int


def make_plan(store: Store, needed: Needed, *, now: float, min_age: float) -> Plan:
    """What of a store is not needed. Changes nothing.

    Args:
        store: the store.
        needed: what must stay.
        now: seconds since 1970.
        min_age: seconds since its last change that make a file old enough.

    Raises:
        ZooError: the store cannot be read, or a folder of it is a symbolic link.
    """
    with explaining(f"read the store {store.root}"):
        pending = _pending(store.root / "pending")
        waste: list[Item] = []
        young: list[Item] = []
        kept = 0
        for item in (*_objects(store.objects.root), *_blobs(store.root / "blobs")):
            if item.digest in (needed.objects if item.kind is None else needed.blobs) or item.digest in pending:
                kept += 1
            elif item.changed / 1e9 > now - min_age:
                young.append(item)
            else:
                waste.append(item)
    return Plan(tuple(waste), tuple(young), kept)


def collect(items: Iterable[Item], advance: Callable[[int], None] = lambda _: None) -> tuple[Item, ...]:
    """Remove files, objects before manifests; what changed since it was listed stays.

    Returns:
        Those that are gone now.

    Raises:
        ZooError: one cannot be removed.
    """
    gone = []
    for item in sorted(items, key=lambda each: each.kind is not None):
        with explaining(f"remove {item.path}"), suppress(FileNotFoundError):
            status = os.lstat(item.path)
            if status.st_ctime_ns == item.changed and stat.S_ISREG(status.st_mode):
                if sys.platform == "win32":
                    os.chmod(item.path, stat.S_IWRITE)
                os.unlink(item.path)
                gone.append(item)
        advance(item.size)
    return tuple(gone)


def manifests(store: Store) -> Iterator[Digest]:
    """The manifests that a store keeps."""
    return (item.digest for item in _blobs(store.root / "blobs") if item.kind is BlobKind.MANIFEST)


def _pending(folder: Path) -> set[Digest]:
    """What sessions have announced, those that live and those of others that could not be mended."""
    found = set()
    for journal in folder.glob("*.journal"):
        with suppress(FileNotFoundError):  # it has just ended
            for line in journal.read_text(errors="replace").splitlines():
                with suppress(FormatError):
                    found.add(Digest.from_hex(line))
    return found


def _objects(root: Path) -> Iterator[Item]:
    for folder in _listed(root):
        if folder.is_dir(follow_symlinks=False):
            for entry in _listed(Path(folder.path)):
                with suppress(FormatError):  # a temporary file, or nothing of ours
                    digest = Digest.from_hex(entry.name)
                    if digest.hex[:2] == folder.name:
                        yield from _item(entry.path, digest, None)


def _blobs(root: Path) -> Iterator[Item]:
    for entry in _listed(root):
        name, _, kind = entry.name.partition(".")
        if kind in _KINDS:
            with suppress(FormatError):
                yield from _item(entry.path, Digest.from_hex(name), BlobKind(kind))


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    if folder.is_symlink():
        raise ZooError(f"{folder} is a symbolic link, and nothing is removed through one")
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _item(path: str, digest: Digest, kind: BlobKind | None) -> Iterator[Item]:
    with suppress(FileNotFoundError):  # another process was faster
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode):
            yield Item(path, digest, kind, status.st_size, status.st_nlink, status.st_ctime_ns)
