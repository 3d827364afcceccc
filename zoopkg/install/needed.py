"""What of a store the projects of this machine need: what their locks pin, and what their data folders hold.

Removes nothing. Where a project cannot be read, nobody knows what it needs, so that is an error.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from zoopkg.errors import FormatError, LockOutdatedError, ZooError, explaining, from_os
from zoopkg.install.parts import Part, parts_of
from zoopkg.install.state import State, StateFolder
from zoopkg.install.tree import files_of
from zoopkg.install.withdrawn import NONE, Known
from zoopkg.install.workspace import LOCK
from zoopkg.model.blob import BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.manifest import ManifestReader
from zoopkg.model.where import Where
from zoopkg.project.lock import Lock
from zoopkg.store.gc import Item, Needed, manifests
from zoopkg.store.links import LinkMode
from zoopkg.store.registry import Project
from zoopkg.store.store import Store

_MAX_LOCK = 16 << 20


@dataclass(frozen=True, slots=True)
class Needs:
    """What some projects need, together.

    Attributes:
        needed: by digest.
        living: the projects that are still there.
        vanished: those of which neither a lock nor a data folder is left.
        linked: data folders of symbolic links into the store, which need their objects to be of any use.
        withdrawn: contents that were withdrawn, and are therefore not needed though projects pin or hold them.
        holding: the data folders that hold such contents.
    """

    needed: Needed
    living: list[Project] = field(default_factory=list)
    vanished: list[Project] = field(default_factory=list)
    linked: list[Project] = field(default_factory=list)
    withdrawn: set[Digest] = field(default_factory=set)
    holding: dict[Project, None] = field(default_factory=dict)


def needs_of(
    store: Store,
    projects: Iterable[Project],
    *,
    known: Known = lambda _root, _pack: NONE,
    linked_only: bool = False,
) -> Needs:
    """What projects need of a store.

    Args:
        store: has their manifests, if their data folders do not.
        projects: that are known.
        known: tells what was withdrawn, which nobody needs.
        linked_only: count only what lies in a data folder as a symbolic link into the store.

    Raises:
        ZooError: what a project needs cannot be told; names the file.
    """
    reader = _Reader(store, known)
    for project in projects:
        reader.add(project, linked_only=linked_only)
    reader.needs.withdrawn.difference_update(reader.needs.needed.objects)  # another index's packs have them, too
    return reader.needs


class _Reader:
    """Reads project after project, each pack's manifest once."""

    def __init__(self, store: Store, known: Known) -> None:
        self._store = store
        self._known = known
        self._read: set[tuple[Digest, Where, Digest | None]] = set()
        self.needs = Needs(Needed())

    def add(self, project: Project, *, linked_only: bool) -> None:
        lock_file = project.root / LOCK
        with _telling(lock_file):
            text = _text(lock_file)
            lock = None if text is None else Lock.decode(text, str(lock_file))
        folder = StateFolder(project.data)
        with _telling(project.data):
            is_there = project.data.is_dir()
            state = folder.read() if is_there else State()
        placed = tuple(dict.fromkeys((*state.placed, *state.pending)))
        if lock is None and not placed:
            self.needs.vanished.append(project)
            return
        self.needs.living.append(project)
        linked = state.mode is LinkMode.SYMLINK and bool(placed)
        if linked:
            self.needs.linked.append(project)
        if linked or not linked_only:
            for part in placed:
                if self._add(part, folder, project, must_know=True):
                    self.needs.holding[project] = None
        for part in _locked(lock) if lock is not None and not linked_only else ():
            self._add(part, folder, project, must_know=False)

    def _add(self, part: Part, folder: StateFolder, project: Project, *, must_know: bool) -> bool:
        """Take in what a part needs; whether something of it was withdrawn."""
        pack = part.pack
        revoked = self._known(project.root, pack)
        whole = pack.content in revoked.manifests
        if not whole:
            self.needs.needed.blobs.update((pack.manifest, pack.layout))
        read = (pack.manifest, part.where, part.selection)
        if read in self._read and not (whole or revoked.instances):
            return False
        manifest = self._store.blob(BlobKind.MANIFEST, pack.manifest) or folder.manifest(pack)
        if manifest is None:
            if must_know and not whole:
                raise ZooError(
                    f"the manifest of {pack.name.short} {pack.version}, which is in {folder.data}, is gone,"
                    " so nobody knows what is needed",
                    hint=f"Run `zoopkg install` for {folder.data}, or remove that folder.",
                )
            return whole  # what is locked and was never installed here has brought nothing into the store
        with _telling(folder.data):
            contents = set(_contents(part, manifest))
        withdrawn = contents if whole else contents & revoked.instances.keys()
        self.needs.withdrawn.update(withdrawn)
        self.needs.needed.objects.update(contents - withdrawn)
        if not withdrawn:
            self._read.add(read)
        return bool(withdrawn)


def _text(path: Path) -> bytes | None:
    with explaining(f"read {path}"):
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_LOCK + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
    if len(data) > _MAX_LOCK:
        raise ZooError(f"{path} is larger than {_MAX_LOCK} bytes")
    return data


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn any error within into one that says why nothing is removed."""
    try:
        yield
    except (ZooError, OSError) as error:
        why = error.message if isinstance(error, ZooError) else from_os(error, f"read {path}").message
        raise ZooError(
            f"nothing is removed, since nobody knows what {path} needs: {why}",
            hint="Mend it (`zoopkg lock` and `zoopkg install` there may), or remove that project.",
        ) from error


def _locked(lock: Lock) -> Iterator[Part]:
    """Every part that a lock may install, whatever the groups; what nothing in it asks for counts as a whole."""
    parts = parts_of(lock, {root.need.group for root in lock.roots.values()} - {""})
    yield from parts
    asked = {part.pack for part in parts}
    yield from (Part(pack, "") for pack in lock.packs if pack not in asked)


def _contents(part: Part, manifest: bytes) -> Iterator[Digest]:
    try:
        files = files_of(part, manifest)
    except LockOutdatedError:  # the filter selects otherwise than when it was locked
        files = files_of(replace(part, where=Where.ALL, selection=None), manifest)
    return (want.digest for want in files.values())


def origins(store: Store, items: Iterable[Item]) -> dict[str, list[Item]]:
    """Which packs some objects came with, by the manifests that the store still has: `NAME VERSION`, or empty."""
    left = {item.digest: item for item in items if item.kind is None}
    found: dict[str, list[Item]] = {}
    for digest in manifests(store) if left else ():
        data = store.blob(BlobKind.MANIFEST, digest)
        try:
            reader = ManifestReader(decompressed(data or b"", str(digest)), str(digest))
            name = f"{reader.header.name.short} {reader.header.version}"
            mine = [left.pop(content) for _, content, _ in reader.contents() if content in left]
        except FormatError:  # damaged, so it tells nothing
            continue
        if mine:
            found.setdefault(name, []).extend(mine)
    return found | ({"": list(left.values())} if left else {})
