"""Keeping a project in step: what its file asks for, what its lock pins, what its data folder holds.

Decides whether the lock still serves, resolves where it does not, installs, and writes the project's files only once
every byte is on this machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import LockOutdatedError, NoResolutionError, UsageError, explaining
from zoopkg.install.indexes import Indexes
from zoopkg.install.install import Hooks, Options, Places, Report, install
from zoopkg.install.progress import Progress
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec
from zoopkg.project.file import IndexEntry, ProjectFile, edit
from zoopkg.project.lock import Lock, LockedPack
from zoopkg.store.flush import replace_file
from zoopkg.store.store import Store

if TYPE_CHECKING:
    from zoopkg.model.blob import Blob
    from zoopkg.model.record import Revocations
    from zoopkg.transport.base import Opener


@dataclass(frozen=True, slots=True)
class Wish:
    """How the lock may be treated.

    Attributes:
        locked: fail where the lock does not match the project file.
        frozen: use the lock as it is, and ask no index.
    """

    locked: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to: the report of the install, the packs, and the lines added to the project file."""

    report: Report
    packs: tuple[LockedPack, ...]
    added: Mapping[PackName, Requirement]


class Sync:
    """One project brought in step.

    Args:
        workspace: the project on disk.
        indexes: whom to ask.
        store: where bytes are kept.
        opener: how to reach mirrors.
        data: the data folder.
    """

    def __init__(self, workspace: Workspace, indexes: Indexes, store: Store, opener: "Opener", data: Path) -> None:
        self._workspace = workspace
        self._indexes = indexes
        self._store = store
        self._opener = opener
        self._data = data

    def run(self, specs: Sequence[Spec], wish: Wish, options: Options, progress: Progress) -> Synced:
        """Add specs to the project if there are any, lock where needed, and install.

        Raises:
            LockOutdatedError: the lock does not match, or there is none, and it may not be made.
            ZooError: what resolving or installing raises; the project's files are then as before.
        """
        added = self._requirements(specs)
        written = self._indexes.to_write_down() if specs else None
        project = self._with(self._workspace.project, added, written[0] if written else None)
        lock, blobs = self._lock(project, wish, asked=bool(specs))
        packs = tuple(sorted(lock.packs, key=lambda pack: pack.name))
        names = sorted({pack.index for pack in packs})
        places = Places(
            store=self._store,
            data=self._data,
            opener=self._opener,
            mirrors=lambda: self._indexes.mirrors(names, ask=not wish.frozen),
            blobs=blobs,
            current_layout=(lambda _: None) if wish.frozen else self._current_layout,
        )

        def before_placing() -> None:
            if not wish.frozen:
                self._write(project, added, written, lock)

        hooks = Hooks(lambda pack, fetching: self._revoked(pack, fetching and not wish.frozen), before_placing)
        report = install(packs, places, options, progress, hooks)
        return Synced(report, packs, added)

    def _requirements(self, specs: Sequence[Spec]) -> dict[PackName, Requirement]:
        """What the project file does not say yet; a bare name keeps what it says, or takes the newest as @latest."""
        added: dict[PackName, Requirement] = {}
        for spec in specs:
            known = self._workspace.project.packs.get(spec.name)
            wanted = spec.requirement or (known if known and not spec.latest else self._newest(spec.name))
            if added.setdefault(spec.name, wanted) != wanted:
                raise UsageError(
                    f"{spec.name.short} is asked for as {added[spec.name]} and as {wanted}",
                    hint="Leave one of them out.",
                )
        return {name: need for name, need in added.items() if self._workspace.project.packs.get(name) != need}

    def _newest(self, name: PackName) -> Requirement:
        from zoopkg.install.locking import IndexCatalog  # noqa: PLC0415

        candidates = IndexCatalog(self._indexes).candidates(name)
        released = [each.version for each in candidates if not each.yanked and not each.version.prerelease]
        if not released:
            index = self._indexes.serving(name.namespace)
            raise NoResolutionError(
                f"the index '{index}' has no version of {name} that was released and not yanked",
                hint=f"`zoopkg info {name.short}` lists what there is.",
            )
        return Requirement.parse(f"^{max(released)}")

    @staticmethod
    def _with(project: ProjectFile, added: Mapping[PackName, Requirement], index: IndexEntry | None) -> ProjectFile:
        packs = {**project.packs, **added}
        return replace(project, packs=packs, indexes={**project.indexes, **({index.name: index} if index else {})})

    def _lock(self, project: ProjectFile, wish: Wish, *, asked: bool) -> "tuple[Lock, Mapping[Digest, Blob]]":
        before = self._workspace.lock
        if wish.frozen:
            if before is None:
                raise LockOutdatedError(f"there is no {LOCK} in {self._workspace.root}", hint="Run `zoopkg install`.")
            return before, {}
        if before is not None and not asked and satisfies(before, project):
            return before, {}
        if wish.locked:
            raise LockOutdatedError(
                f"{LOCK} does not match {self._workspace.file.name}" if before else f"there is no {LOCK}",
                hint=f"Run `zoopkg install` without --locked, and commit {LOCK}.",
            )
        if not project.packs:
            raise UsageError(
                f"{self._workspace.root} asks for no packs", hint="Name one: zoopkg install ct-basic@1, for instance."
            )
        from zoopkg.install.locking import make_lock  # noqa: PLC0415  (a warm install resolves nothing)

        return make_lock(project.packs, self._indexes, before)

    def _current_layout(self, pack: LockedPack) -> "Blob | None":
        record = self._indexes.record(pack.name)
        release = record and record.release(pack.version)
        return release.layout if release and release.content == pack.content else None

    def _revoked(self, pack: LockedPack, fresh: bool) -> "Revocations":
        return self._indexes.revocations(pack.index, fresh=fresh)

    def _write(
        self,
        project: ProjectFile,
        added: Mapping[PackName, Requirement],
        written: tuple[IndexEntry, bytes] | None,
        lock: Lock,
    ) -> None:
        text = self._workspace.text
        if added or written:
            index = written[0] if written else None
            edited = edit(text.decode("utf-8-sig"), pyproject=self._workspace.is_pyproject, packs=added, index=index)
            text = edited.encode()
            # What is written must say what was meant, whatever the file looked like before.
            again = ProjectFile.parse(text, self._workspace.file.name, pyproject=self._workspace.is_pyproject)
            assert again is not None
            assert again.packs == project.packs
        if written:
            path = self._workspace.root / written[0].root
            with explaining(f"write {path}"):
                replace_file(path, written[1])
        self._workspace.write(text, lock.encode())


def satisfies(lock: Lock, project: ProjectFile) -> bool:
    """Whether a lock was made for just what the project asks for."""
    if dict(lock.roots) != dict(project.packs):
        return False
    locked = {pack.name: pack.version for pack in lock.packs}
    return all(name in locked and need.allows(locked[name]) for name, need in project.packs.items())
