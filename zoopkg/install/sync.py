"""Keeping a project in step: what its file asks for, what its lock pins, what its data folder holds.

Decides whether the lock still serves, resolves where it does not, installs, and writes the project's files only once
every byte is on this machine. How each of these is done is told elsewhere: `project_changes`, `locking`, `install`,
`project_files`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import LockOutdatedError, NotOnMirrorsError, OfflineError, UsageError
from zoopkg.install import project_files
from zoopkg.install.context import Context
from zoopkg.install.install import Hooks, Options, install, refusal
from zoopkg.install.parts import parts_of
from zoopkg.install.progress import Progress
from zoopkg.install.project_changes import changed_project, new_needs, newest
from zoopkg.install.supply import Supply
from zoopkg.install.wishes import Change, Locked, Synced, Wish
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Spec
from zoopkg.project.file import IndexEntry, Need, ProjectFile
from zoopkg.project.lock import Lock, LockedPack
from zoopkg.project.lockdiff import mismatches

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes
    from zoopkg.model.blob import Blob
    from zoopkg.model.record import Revocations

_MISMATCHES = 3


class Sync:
    """One project brought in step.

    Args:
        context: this machine.
        workspace: the project on disk.
        progress: told how far it has come.
    """

    def __init__(self, context: Context, workspace: Workspace, progress: Progress) -> None:
        self._context = context
        self._workspace = workspace
        self._indexes = context.indexes(workspace)
        self._progress = progress

    @property
    def indexes(self) -> "Indexes":
        """Those that this project may ask."""
        return self._indexes

    def run(self, data: Path, change: Change, wish: Wish, options: Options) -> Synced:
        """Change the project if asked to, lock where needed, and install into the data folder.

        Raises:
            LockOutdatedError: the lock does not match, or there is none, and it may not be made.
            ZooError: what resolving or installing raises; the project's files are then as before.
        """
        locked = self.lock(change, wish)
        parts = parts_of(locked.lock, wish.groups)
        hooks = Hooks(
            self._known_revoked if wish.frozen else self._revoked,
            lambda: None if wish.frozen else self._warn_of_yanked(locked),
            lambda: None if wish.frozen or wish.locked else self.write(change, locked),
        )
        supply = self.supply(locked.blobs, frozen=wish.frozen)
        try:
            report = install(parts, data, supply, options, hooks)
        except (OfflineError, NotOnMirrorsError) as error:
            if not self._context.offline:
                raise
            from zoopkg.install.absent import unavailable  # noqa: PLC0415

            raise unavailable(parts, supply, error) from error
        return Synced(report, parts, locked)

    def supply(self, blobs: "Mapping[Digest, Blob]", *, frozen: bool) -> Supply:
        """Where the bytes of packs come from: each from the mirrors of its own index."""
        current: Callable[[LockedPack], Blob | None] = (lambda _: None) if frozen else self._current_layout
        told: Callable[[LockedPack], Collection[Blob]] = (lambda _: ()) if frozen else self._told
        return Supply(
            store=self._context.store,
            opener=self._context.opener,
            mirrors=cache(lambda index: self._indexes.mirrors(index, ask=not frozen)),
            progress=self._progress,
            blobs=blobs,
            current_layout=current,
            told=told,
            connections=self._context.connections,
        )

    def lock(self, change: Change, wish: Wish) -> Locked:
        """The lock for the project as it is, or as it is to be. Writes nothing.

        Raises:
            LockOutdatedError: the lock does not match, or there is none, and it may not be made.
            NoResolutionError: nothing meets every requirement.
        """
        before = self._workspace.lock
        if wish.frozen:
            if before is None:
                raise LockOutdatedError(f"there is no {LOCK} in {self._workspace.root}", hint="Run `zoopkg install`.")
            return Locked(before, self._workspace.project)
        if before is not None and change.is_empty and self._serves(before):
            return Locked(before, self._workspace.project)
        if wish.locked:
            raise LockOutdatedError(
                f"{LOCK} does not match {self._workspace.file.name}{self._mismatches(before)}"
                if before
                else f"there is no {LOCK}",
                hint=f"Run `zoopkg lock`, and commit {LOCK}.",
            )
        return self.resolve(change, before.packs if before else (), before)

    def _mismatches(self, lock: Lock) -> str:
        """The first of the needs that are locked otherwise, to end a sentence; nothing, where these are not why."""
        told = list(mismatches(lock, self._workspace.project.packs))
        more = [f"and {len(told) - _MISMATCHES} more"] if len(told) > _MISMATCHES else []
        return f": {'; '.join([*told[:_MISMATCHES], *more])}" if told else ""

    def _serves(self, lock: Lock) -> bool:
        return lock.satisfies(self._workspace.project.packs) and self._indexes.agree_with(lock)

    def resolve(self, change: Change, pins: Collection[LockedPack], before: Lock | None = None) -> Locked:
        """Lock anew, whatever the lock says.

        Args:
            change: what is to be different.
            pins: versions to prefer, but for those that the change upgrades.
            before: whose selections are known.
        """
        changed = new_needs(change, self._workspace.project, self._indexes)
        project = self._changed(change, changed)
        if not project.packs and not change.removed:
            raise UsageError(
                f"{self._workspace.root} asks for no packs", hint="Name one: zoopkg install ct-basic@1, for instance."
            )
        from zoopkg.install.locking import make_lock, with_selections  # noqa: PLC0415  (a warm install resolves nothing)

        kept = [pin for pin in pins if change.upgraded is not None and pin.name not in change.upgraded]
        lock, blobs = make_lock(project.packs, self._indexes, kept)
        supply = self.supply(blobs, frozen=False)
        try:
            return Locked(with_selections(lock, supply.contents, before), project, blobs, changed)
        except NotOnMirrorsError as error:
            self._explain(lock, error)
            raise

    def _explain(self, lock: Lock, error: NotOnMirrorsError) -> None:
        """Say so where no mirror has what was withdrawn.

        Raises:
            PolicyError: a pack of the lock was withdrawn as a whole.
        """
        for pack in lock.packs:
            if reason := self._indexes.known_revocations(pack.index, pack.name.namespace).manifests.get(pack.content):
                raise refusal(pack, reason) from error

    def resolve_alone(self, spec: Spec) -> Locked:
        """A lock for one pack, as if nothing else were asked for or locked."""
        from zoopkg.install.locking import make_lock  # noqa: PLC0415

        requirement = spec.requirement or newest(spec.name, self._indexes)
        project = replace(self._workspace.project, packs={spec.name: Need(requirement)})
        lock, blobs = make_lock(project.packs, self._indexes, ())
        return Locked(lock, project, blobs)

    def _changed(self, change: Change, needs: Mapping[PackName, Need]) -> ProjectFile:
        new = self._new_index(change)
        entry = new[0] if new else None
        project = changed_project(self._workspace.project, change, needs, entry, self._workspace.file.name)
        if new:
            project_files.refuse_overwriting(self._workspace, *new)
        return project

    def _new_index(self, change: Change) -> tuple[IndexEntry, bytes] | None:
        """The index of the command line and its root, if packs are to come from it and the project does not name it."""
        return self._indexes.to_write_down() if change.specs else None

    def _current_layout(self, pack: LockedPack) -> "Blob | None":
        _, layout = self._told(pack) or (None, None)
        return layout

    def _told(self, pack: LockedPack) -> "tuple[Blob, Blob] | tuple[()]":
        """What the index tells today of a locked pack: its manifest and its layout."""
        record = self._indexes.record(pack.name)
        release = record and record.release(pack.version)
        return (release.manifest, release.layout) if release and release.content == pack.content else ()

    def _warn_of_yanked(self, locked: Locked) -> None:
        """Warn of what a lock pins and the index passes over; what was just resolved was warned of then."""
        if locked.lock == self._workspace.lock:
            for pack, reason in self._indexes.yanked(locked.lock.packs).items():
                self._context.warn(f"{pack.name.short} {pack.version} was yanked: {reason}")

    def _revoked(self, pack: LockedPack, fetching: bool) -> "Revocations":
        return self._indexes.revocations(pack.index, fresh=fetching)

    def _known_revoked(self, pack: LockedPack, _fetching: bool) -> "Revocations":
        return self._indexes.known_revocations(pack.index, pack.name.namespace)

    def write(self, change: Change, locked: Locked) -> None:
        """Write the project file and the lock, where they are to be different."""
        project_files.write(self._workspace, change, locked, self._new_index(change))
