"""Installing: from locked packs to files in a data folder, downloading only what this machine lacks.

One verb between the store and the mirrors: plan, fetch, place, remember. Killed at any point, it leaves right files and
the memory of what it was about to do; run again, it completes. Chooses no versions: the lock did.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zoopkg.errors import PolicyError, explaining
from zoopkg.install.parts import Part
from zoopkg.install.plan import Plan, Wanted, make_plan
from zoopkg.install.state import State, StateFolder
from zoopkg.install.supply import Supply
from zoopkg.install.tree import Tree, files_of, owned_files
from zoopkg.model.digest import Digest
from zoopkg.project.lock import LockedPack
from zoopkg.store.flush import flush_filesystem
from zoopkg.store.links import Linker, LinkMode

if TYPE_CHECKING:  # what only a download needs is imported when there is one: a warm install starts 60 ms sooner
    from zoopkg.install.fetch import Fetched
    from zoopkg.model.record import Revocations

    Revoked: TypeAlias = Callable[[LockedPack, bool], Revocations]


@dataclass(frozen=True, slots=True)
class Options:
    """How to install.

    Attributes:
        link_mode: how files share their bytes with the store.
        allow_withdrawn: install what was withdrawn all the same.
        dry_run: plan only; write nothing but to the store's manifests.
        groups: what was asked for beside the packs of no group, to be remembered.
        project: the project folder, to be remembered where the data folder lies elsewhere; else empty.
    """

    link_mode: LinkMode = LinkMode.AUTO
    allow_withdrawn: bool = False
    dry_run: bool = False
    groups: tuple[str, ...] = ()
    project: str = ""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the caller knows or does at certain points of an install.

    Attributes:
        revoked: what is known to be withdrawn from the index of a pack; asked again with True when something is to be
            fetched, so that the caller can ask the index first.
        before_fetching: called when something is to be fetched, and may be.
        before_placing: called when every byte is in the store and nothing has changed in the project yet.
    """

    revoked: "Revoked"
    before_fetching: Callable[[], None] = lambda: None
    before_placing: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Report:
    """What an install did, or would do.

    Attributes:
        instances: the files that the packs have in the data folder.
        size: their bytes.
        placed: how many files were put there now.
        removed: how many were taken away.
        shared: files, of those placed, whose content the store had already.
        fetched: what came over the wire, if anything did.
        missing: contents that a dry run found missing, and their bytes.
        edited: files that someone changed, left as they are.
        folders: every folder below the data folder that holds instances.
        linked: whether files are symbolic links, which are of use only as long as the store has their bytes.
    """

    instances: int
    size: int
    placed: int
    removed: int
    shared: int
    fetched: "Fetched | None"
    missing: tuple[int, int]
    edited: tuple[str, ...]
    folders: frozenset[str]
    linked: bool = False


def install(parts: Sequence[Part], data: Path, supply: Supply, options: Options, hooks: Hooks) -> Report:
    """Make the data folder hold exactly these parts of packs.

    Args:
        parts: from the lock.
        data: the data folder.
        supply: brings into the store what it lacks.
        options: how.
        hooks: what the caller knows or does on the way.

    Raises:
        PolicyError: something was withdrawn.
        IntegrityError: bytes are wrong and no mirror has them right.
        NotOnMirrorsError: no mirror has them.
        ZooError: a file is in the way, or cannot be written.
    """
    folder = StateFolder(data)
    supply.store.recover()
    return _Install(parts, supply, options, folder).run(hooks)


class _Install:
    """One run, step by step."""

    def __init__(self, parts: Sequence[Part], supply: Supply, options: Options, folder: StateFolder) -> None:
        self._parts = tuple(parts)
        self._supply = supply
        self._options = options
        self._progress = supply.progress
        self._folder = folder
        self._tree = Tree(folder.data, supply.store.objects)

    def run(self, hooks: Hooks) -> Report:
        hooks = replace(hooks, revoked=_read_once(hooks.revoked))
        self._refuse_withdrawn_packs(hooks)
        manifests = {part.pack.manifest: self._supply.contents.manifest(part.pack) for part in self._parts}
        files = {part: files_of(part, manifests[part.pack.manifest]) for part in self._parts}
        self._refuse_withdrawn(files, hooks, fetching=False)
        wanted = {path: want for part in files.values() for path, want in part.items()}
        state = self._folder.read()
        self._refuse_others(state)
        plan = self._plan(wanted, state, files)
        new = {want.digest: want.size for want in (*plan.link.values(), *plan.replace.values())}
        missing = self._supply.missing(new)
        fetched: Fetched | None = None
        if missing:
            self._refuse_withdrawn(files, hooks, fetching=True)
            hooks.before_fetching()
        if self._options.dry_run:
            self._supply.contents.check()
        else:
            # The session ends with one flush of the file system, before anything is recorded as done.
            with self._supply.session(missing) as session:
                if session:
                    fetched = self._supply.fetch([part.pack for part in self._parts], missing, session)
                    session.begin_flush()  # goes on while files are placed
                self._supply.contents.check()
                hooks.before_placing()
                self._apply(plan, state, manifests)
            self._folder.make_root()
            self._folder.write(self._done(state), manifests)
        return Report(
            instances=len(wanted),
            size=sum(want.size for want in wanted.values()),
            placed=len(plan.link) + len(plan.replace),
            removed=len(plan.remove),
            shared=sum(want.digest not in missing for want in (*plan.link.values(), *plan.replace.values())),
            fetched=fetched,
            missing=(len(missing), sum(missing.values())),
            edited=plan.edited,
            folders=frozenset(path.rpartition("/")[0] for path in wanted),
            linked=self._mode(state) is LinkMode.SYMLINK,
        )

    def _refuse_withdrawn_packs(self, hooks: Hooks) -> None:
        """Refuse what was withdrawn as a whole before its manifest is asked for, which may be gone everywhere."""
        fetching = not all(self._supply.contents.keeps_manifest(part.pack) for part in self._parts)
        self._refuse_withdrawn({part: {} for part in self._parts}, hooks, fetching=fetching)

    def _refuse_withdrawn(self, files: Mapping[Part, Mapping[str, Wanted]], hooks: Hooks, *, fetching: bool) -> None:
        for part, wanted in files.items():
            pack = part.pack
            contents = (want.digest for want in wanted.values())
            allowed = self._options.allow_withdrawn
            reason = None if allowed else withdrawal(pack, contents, hooks.revoked(pack, fetching))
            if reason is not None:
                raise refusal(pack, reason)

    def _refuse_others(self, state: State) -> None:
        """Refuse a data folder that another project fills: each would take away what the other put there."""
        if state.project and state.project != self._options.project and Path(state.project).is_dir():
            raise PolicyError(
                f"{self._folder.data} is filled by another project, {state.project}",
                hint="Choose a folder of its own with --dest.",
            )

    def _plan(self, wanted: Mapping[str, Wanted], state: State, files: Mapping[Part, Mapping[str, Wanted]]) -> Plan:
        owned = owned_files(self._folder, state, files)
        folders = {each.folder for each in (*files, *state.placed, *state.pending)}
        doubtful = bool(state.pending) or state.store != self._supply.store.identity
        found = self._tree.observe(wanted, owned, folders, doubtful=doubtful)
        unsure = owned.keys() - owned_files(self._folder, replace(state, pending=()), files) if state.pending else ()
        relink = self._mode(state) is not state.mode and bool(state.placed)
        plan = make_plan(wanted, owned, found, unsure=unsure, relink=relink)
        if plan.foreign:
            more = f" (and {len(plan.foreign) - 1} more)" if len(plan.foreign) > 1 else ""
            raise PolicyError(
                f"{self._tree.path(plan.foreign[0])}{more} is in the way:"
                " zoopkg did not put it there, or it was changed since",
                hint="Move it away, or choose another folder with --dest.",
            )
        return plan

    def _done(self, before: State) -> State:
        """What to remember of a data folder that is as it should be."""
        options = self._options
        store = self._supply.store.identity
        return State(self._parts, (), self._mode(before), store, options.groups, options.project)

    def _mode(self, state: State) -> LinkMode:
        """The link mode that was asked for now, else the one that the folder was filled by."""
        return self._options.link_mode if self._options.link_mode is not LinkMode.AUTO else state.mode

    def _apply(self, plan: Plan, state: State, manifests: Mapping[Digest, bytes]) -> None:
        if plan.is_empty:
            return
        known = dict(manifests) | {
            each.pack.manifest: data
            for each in (*state.placed, *state.pending)
            if (data := self._folder.manifest(each.pack)) is not None
        }
        self._folder.make_root()
        pending = tuple(dict.fromkeys((*state.pending, *self._parts)))
        self._folder.write(replace(state, pending=pending), known)
        with self._folder.scratch() as scratch:
            linker = Linker(self._mode(state), self._supply.store.objects.root, scratch)
            self._progress.begin("Placing", len(plan.link) + len(plan.replace))
            self._tree.apply(plan, linker, self._progress.advance)
        if linker.mode in (LinkMode.COPY, LinkMode.REFLINK):
            with explaining(f"flush {self._folder.data}"):
                flush_filesystem(self._folder.data)  # these have data of their own, perhaps on another disk


def _read_once(revoked: "Revoked") -> "Revoked":
    """The same, asked once for all packs of one namespace of one index, and anew where something is to be fetched."""
    read: dict[tuple[str, str, bool], Revocations] = {}

    def once(pack: LockedPack, fetching: bool) -> "Revocations":
        key = (pack.index, pack.name.namespace, fetching)
        if key not in read:
            read[key] = revoked(pack, fetching)
        return read[key]

    return once


def withdrawal(pack: LockedPack, instances: Iterable[Digest], revoked: "Revocations") -> str | None:
    """Why a pack or one of its instances was withdrawn, None where it was not."""
    reason = revoked.manifests.get(pack.content)
    if reason is None and revoked.instances:
        return next((revoked.instances[digest] for digest in instances if digest in revoked.instances), None)
    return reason


def refusal(pack: LockedPack, reason: str) -> PolicyError:
    """The error for a pack that was withdrawn, or has an instance that was."""
    return PolicyError(
        f"{pack.name.short} {pack.version} was withdrawn: {reason}",
        hint="Choose another version (zoopkg info NAME lists them), or pass --allow-withdrawn if you must.",
    )
