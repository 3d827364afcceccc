"""Reaching one pack's instances without installing it into a project: what `load`, `cat` and `zoo://` paths stand on.

The version is the one that the project has locked, else the newest that the spec allows. Bytes go into the store, and
from there to whoever asked; nothing is linked, and no project is changed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import NoResolutionError, PolicyError, UsageError
from zoopkg.install.contents import read_manifest
from zoopkg.install.context import Context
from zoopkg.install.install import withdrawal
from zoopkg.install.progress import Progress
from zoopkg.install.supply import Supply
from zoopkg.install.sync import Sync
from zoopkg.install.workspace import Workspace
from zoopkg.model.instance import Instance
from zoopkg.model.manifest import Header
from zoopkg.model.record import Record
from zoopkg.model.version import Spec
from zoopkg.project.lock import LockedPack

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes


@dataclass(frozen=True)
class Opened:
    """One version of a pack, and the way to its bytes.

    Attributes:
        pack: as a lock has it.
        locked: whether the project's lock says so; else it was just resolved.
        record: asks the index what it says of the pack; None where it has no such pack any more.
        refuse: asks the index before the first download, and raises PolicyError where the pack was withdrawn.
    """

    pack: LockedPack
    supply: Supply
    locked: bool
    record: Callable[[], Record | None] = lambda: None
    refuse: "Callable[[Opened], None]" = lambda _: None

    @cached_property
    def header(self) -> Header:
        """What the pack is, as a whole."""
        return read_manifest(self._manifest, self.pack).header

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """Every instance of the pack, sorted by path."""
        return tuple(read_manifest(self._manifest, self.pack))

    @cached_property
    def _manifest(self) -> bytes:
        data = self.supply.contents.manifest(self.pack)
        self.supply.contents.check()
        return data

    def instance(self, path: str) -> Instance:
        """The instance at a path of the pack.

        Raises:
            UsageError: there is none; names the nearest.
        """
        found = next((each for each in self.instances if each.path == path), None)
        if found is None:
            import difflib  # noqa: PLC0415

            near = difflib.get_close_matches(path, [each.path for each in self.instances], 1)
            name = self.pack.name.short
            raise UsageError(
                f"{name} {self.pack.version} has no file {path!r}",
                hint=f"Did you mean {near[0]!r}?" if near else f"`zoopkg info {name} --files` lists them.",
            )
        return found

    def bring(self, instances: Iterable[Instance]) -> None:
        """Have the bytes of some instances in the store; those that are there are not fetched.

        Raises:
            PolicyError: something has to be fetched, and the pack was withdrawn.
            ZooError: as `Supply.ensure`.
        """
        missing = self.supply.missing({each.digest: each.size for each in instances})
        if missing and self._may_be_fetched:
            self.supply.ensure([self.pack], missing)

    @cached_property
    def _may_be_fetched(self) -> bool:
        self.refuse(self)
        return True

    def path(self, instance: Instance) -> Path:
        """The read-only file in the store that has an instance's bytes, once they were brought."""
        return Path(self.supply.store.objects.path(instance.digest))


class Access:
    """Packs by spec, for one context.

    Args:
        context: this machine.
        progress: told how far downloads have come.
        allow_withdrawn: open what was withdrawn all the same.
    """

    def __init__(self, context: Context, progress: Progress, *, allow_withdrawn: bool = False) -> None:
        self._context = context
        self._progress = progress
        self._allow_withdrawn = allow_withdrawn

    @cached_property
    def workspace(self) -> Workspace:
        """The project that the working folder belongs to."""
        return Workspace.find(self._context.directory)

    def open(self, spec: Spec, *, frozen: bool = False) -> Opened:
        """The version of a pack that a spec means here.

        Args:
            spec: names the pack, and perhaps versions.
            frozen: take what the lock has, or fail.

        Raises:
            NoResolutionError: there is no such pack or version.
            PolicyError: it was withdrawn.
            ZooError: an index or mirror cannot be asked, or is not to be trusted.
        """
        sync = Sync(self._context, self.workspace, self._progress)
        lock = None if self.workspace.has_conflict else self.workspace.lock
        locked = lock.meant(spec) if lock else None
        if locked is not None:
            supply = sync.supply({}, frozen=frozen)
            opened = Opened(locked, supply, True, self._record(locked), self._refusal(frozen=frozen))
        elif frozen:
            raise NoResolutionError(
                f"zoo.lock has no {spec.name.short} {spec.requirement or ''}".rstrip(),
                hint=f"Add it: zoopkg install {spec.name.short}",
            )
        else:
            found = sync.resolve_alone(spec)
            pack = found.lock.pack(spec.name)
            assert pack
            supply = sync.supply(found.blobs, frozen=False)
            opened = Opened(pack, supply, False, self._record(pack), self._refusal(frozen=False))
        self._refuse_withdrawn(opened, fresh=not (frozen or opened.supply.contents.keeps_manifest(opened.pack)))
        return opened

    @cached_property
    def _indexes(self) -> "Indexes":
        """Not those that chose the version: what was withdrawn is asked when bytes are needed, perhaps much later."""
        return self._context.indexes(self.workspace)

    def _record(self, pack: LockedPack) -> Callable[[], Record | None]:
        return lambda: self._indexes.record(pack.name)

    def _refusal(self, *, frozen: bool) -> Callable[[Opened], None]:
        return lambda opened: self._refuse_withdrawn(opened, fresh=not frozen)

    def _refuse_withdrawn(self, opened: Opened, *, fresh: bool) -> None:
        if self._allow_withdrawn:
            return
        index, namespace = opened.pack.index, opened.pack.name.namespace
        indexes = self._indexes
        revoked = indexes.revocations(index, fresh=True) if fresh else indexes.known_revocations(index, namespace)
        # Its manifest, which the instances come from, may be gone everywhere.
        reason = withdrawal(opened.pack, (), revoked)
        reason = reason or withdrawal(opened.pack, (each.digest for each in opened.instances), revoked)
        if reason is not None:
            raise PolicyError(
                f"{opened.pack.name.short} {opened.pack.version} was withdrawn: {reason}",
                hint="Choose another version (zoopkg info NAME lists them).",
            )
