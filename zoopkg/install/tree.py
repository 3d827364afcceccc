"""The data folder of a project: what zoopkg put there, what of it is still so, and carrying out a plan.

Never touches a file that zoopkg did not place, or that someone changed since. Safe to be killed at any point: what was
under way is remembered, and the next install finds out which files made it.
"""

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from zoopkg.errors import LockOutdatedError, PolicyError, ZooError, explaining
from zoopkg.install.contents import read_manifest
from zoopkg.install.parts import Part, folder_beside, folder_of
from zoopkg.install.plan import Plan, Wanted
from zoopkg.install.state import State, StateFolder
from zoopkg.model.digest import Digest
from zoopkg.model.names import check_path
from zoopkg.model.selection import select, selection
from zoopkg.store.links import Linker
from zoopkg.store.objects import FIXED_NS, Objects, hash_file

_NO_FILE = (FileNotFoundError, NotADirectoryError)
_WORTH_THREADS = 1000
_BATCH = 250
TORN = Digest(b"")
"""Stands for what zoopkg placed and a loss of power, someone elsewhere, or a store that is gone made useless."""


def files_of(part: Part, manifest: bytes) -> dict[str, Wanted]:
    """Every file of a part with its path below the data folder, by a manifest that `Contents` gave.

    Raises:
        LockOutdatedError: its filter selects something else than when it was locked.
    """
    prefix = f"{part.folder}/"
    reader = read_manifest(manifest, part.pack)
    if not part.where:
        return {prefix + check_path(path): Wanted(digest, size) for path, digest, size in reader.contents()}
    selected = select(reader, part.where, reader.header.license)
    if part.selection is not None and selection(selected) != part.selection:
        raise LockOutdatedError(
            f"the filter {part.where!s:.200} selects other instances of {part.pack.name.short}"
            " than when zoo.lock was made",
            hint="Run `zoopkg lock`, and look at what changed with `zoopkg diff`.",
        )
    return {prefix + each.path: Wanted(each.digest, each.size) for each in selected}


def owned_files(
    folder: StateFolder, state: State, known: Mapping[Part, Mapping[str, Wanted]]
) -> dict[str, list[Wanted]]:
    """What zoopkg put into the data folder, by what is remembered there.

    The folder may have come with a stranger's project, so its manifests are read strictly: none of them may name a
    path outside.

    Args:
        folder: remembers.
        state: what it remembers.
        known: the files of packs that were read already.
    """
    contents: dict[str, list[Wanted]] = {}
    for part in dict.fromkeys((*state.placed, *state.pending)):
        for path, want in (known.get(part) or _remembered_files(folder, part)).items():
            others = contents.setdefault(path, [])
            if want not in others:
                others.append(want)
    return contents


def _remembered_files(folder: StateFolder, part: Part) -> dict[str, Wanted]:
    """The files of a part by the folder's own manifest; none where it is gone: they count as somebody else's then."""
    manifest = folder.manifest(part.pack)
    name, version = part.pack.name, part.pack.version
    if manifest is None or part.folder not in (folder_of(name), folder_beside(name, version)):
        return {}
    reader = read_manifest(manifest, part.pack)
    instances = select(reader, part.where, reader.header.license)
    return {f"{part.folder}/{each.path}": Wanted(each.digest, each.size) for each in instances}


class Tree:
    """A data folder, observed and changed.

    Args:
        root: the data folder.
        objects: the store's, to tell links into it.
    """

    def __init__(self, root: Path, objects: Objects) -> None:
        self._prefix = str(root) + os.sep
        self._root = root
        self._objects = objects

    def path(self, relative: str) -> str:
        """Where a path of the data folder lies on disk."""
        return self._prefix + (relative if os.sep == "/" else relative.replace("/", os.sep))

    def refuse_links(self, paths: Iterable[str]) -> None:
        """Refuse to work through a symbolic link below the data folder: it may lead to files that are not zoopkg's.

        Raises:
            PolicyError: names the link, or what else lies where a folder should be.
        """
        for folder in sorted(_folders(paths)):
            try:
                mode = os.lstat(self.path(folder)).st_mode
            except _NO_FILE:
                continue
            if not stat.S_ISDIR(mode):
                what = "is a symbolic link" if stat.S_ISLNK(mode) else "is not a folder"
                raise PolicyError(
                    f"{self.path(folder)} {what}, so nothing is read, put or removed through it",
                    hint="Move it away, then run the same command again.",
                )

    def observe(
        self,
        wanted: Mapping[str, Wanted],
        owned: Mapping[str, Sequence[Wanted]],
        folders: Iterable[str],
        *,
        doubtful: bool = False,
    ) -> dict[str, Digest | None]:
        """What lies at wanted and owned paths: the content where it is as zoopkg puts it there, else None.

        Args:
            wanted: paths to be filled.
            owned: paths that zoopkg filled.
            folders: the packs' folders; what lies in one that is not there need not be looked for.
            doubtful: size and time prove nothing, since an install was cut off or another store filled the folder; a
                file that has both and is wrong then counts as `TORN`.
        """
        self.refuse_links([*wanted, *owned])
        absent = tuple(f"{folder}/" for folder in folders if not os.path.lexists(self.path(folder)))
        found: dict[str, Digest | None] = {}
        for path in (*wanted, *(path for path in owned if path not in wanted)):
            if path.startswith(absent):
                continue
            try:
                status = os.lstat(self.path(path))
            except _NO_FILE:
                continue
            known = owned.get(path)
            if known:
                found[path] = self._content(path, status, known, doubtful=doubtful)
            else:
                found[path] = self._strange(path, status, wanted[path])
        return found

    def _content(
        self, path: str, status: os.stat_result, contents: Sequence[Wanted], *, doubtful: bool
    ) -> Digest | None:
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(self.path(path))
            own = next((each for each in contents if target == self._objects.path(each.digest)), None)
            if own is None:
                return None
            return own.digest if self._objects.holds(own.digest, own.size) else TORN
        if not stat.S_ISREG(status.st_mode):
            return None
        possible = [each for each in contents if each.size == status.st_size]
        if status.st_mtime_ns == FIXED_NS:
            if doubtful:
                return self._hashed(path, contents) or TORN
            if len(contents) == 1 and possible:
                return possible[0].digest
        # A copy of a project has right bytes and new times; after a killed install both may fit two contents.
        return self._hashed(path, possible)

    def _strange(self, path: str, status: os.stat_result, want: Wanted) -> Digest | None:
        """What nobody remembers putting there is taken over if it is right to the byte."""
        if not stat.S_ISREG(status.st_mode) or status.st_size != want.size:
            return None
        return self._hashed(path, [want])

    def _hashed(self, path: str, possible: Sequence[Wanted]) -> Digest | None:
        if not possible:
            return None
        digest = hash_file(self.path(path))
        return digest if any(each.digest == digest for each in possible) else None

    def apply(self, plan: Plan, linker: Linker, advance: Callable[[int], None]) -> None:
        """Carry out a plan whose contents are all in the store.

        Raises:
            ZooError: a file cannot be placed or removed.
        """
        with explaining(f"write into {self._root}"):
            self._make_folders(plan)
            self._link(plan.link, linker, advance)
            for path, want in plan.replace.items():
                linker.replace(self._objects.path(want.digest), self.path(path))
                advance(1)
            for path in plan.remove:
                with suppress(*_NO_FILE):
                    os.unlink(self.path(path))
            self._prune(plan.remove)

    def _link(self, wanted: Mapping[str, Wanted], linker: Linker, advance: Callable[[int], None]) -> None:
        """Place files in the order of their paths, in two halves at once: a folder takes one new name at a time."""
        items = list(wanted.items())
        if len(items) < _WORTH_THREADS:
            self._link_some(items, linker, advance)
            return
        failed: list[Exception] = []

        def other_half() -> None:
            try:
                self._link_some(items[len(items) // 2 :], linker, advance)
            except Exception as error:  # noqa: BLE001  (raised below)
                failed.append(error)

        other = Thread(target=other_half)  # concurrent.futures would take 8 ms to import
        other.start()
        try:
            self._link_some(items[: len(items) // 2], linker, advance)
        finally:
            other.join()
        if failed:
            raise failed[0]

    def _link_some(self, items: Sequence[tuple[str, Wanted]], linker: Linker, advance: Callable[[int], None]) -> None:
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            # Paths first: between two system calls each thread is to run as little as can be, for the other waits.
            pairs = [(self._objects.path(want.digest), self.path(path)) for path, want in batch]
            target = ""
            try:
                for source, target in pairs:
                    linker.place(source, target)
            except FileExistsError as error:
                raise ZooError(
                    f"{target} appeared while the pack was being installed, and zoopkg did not put it there",
                    hint="Move it away, then run the same command again.",
                ) from error
            advance(len(batch))

    def _make_folders(self, plan: Plan) -> None:
        made = _folders(plan.link)
        for folder in sorted(made):
            full = self.path(folder)
            with suppress(FileExistsError):
                os.mkdir(full)
            if os.path.islink(full) or not os.path.isdir(full):
                raise PolicyError(
                    f"{full} is not a folder, or a symbolic link to one, so nothing is put there",
                    hint="Move it away, then run the same command again.",
                )

    def _prune(self, removed: Iterable[str]) -> None:
        """Remove the folders that held removed files, as far as they are empty now."""
        folders = {path.rpartition("/")[0] for path in removed}
        while folders:
            for folder in sorted(folders, reverse=True):
                with suppress(OSError):
                    os.rmdir(self.path(folder))
            folders = {
                folder.rpartition("/")[0] for folder in folders if folder and not os.path.lexists(self.path(folder))
            } - {""}


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that lies above some path."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
