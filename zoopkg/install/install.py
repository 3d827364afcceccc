"""Installing: from locked packs to files in a data folder, downloading only what this machine lacks.

One verb between the store and the mirrors: plan, fetch, place, remember. Killed at any point, it leaves right files and
the memory of what it was about to do; run again, it completes. Chooses no versions: the lock did.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import NotOnMirrorsError, OfflineError, PolicyError, explaining
from zoopkg.install.contents import Contents
from zoopkg.install.plan import Plan, Wanted, make_plan
from zoopkg.install.progress import Progress
from zoopkg.install.state import Placed, State, StateFolder
from zoopkg.install.tree import Tree, folder_of, owned_files, placed_files
from zoopkg.model.digest import Digest
from zoopkg.project.lock import LockedPack
from zoopkg.store.flush import flush_filesystem
from zoopkg.store.links import Linker, LinkMode
from zoopkg.store.store import Store

if TYPE_CHECKING:  # what only a download needs is imported when there is one: a warm install starts 60 ms sooner
    from zoopkg.install.fetch import Fetched
    from zoopkg.model.blob import Blob
    from zoopkg.model.layout import Layout
    from zoopkg.model.record import Revocations
    from zoopkg.store.journal import Session
    from zoopkg.transport.base import Opener
    from zoopkg.transport.mirrors import Mirrors


@dataclass(frozen=True, slots=True)
class Options:
    """How to install.

    Attributes:
        link_mode: how files share their bytes with the store.
        connections: how many downloads at once.
        allow_withdrawn: install what was withdrawn all the same.
        dry_run: plan only; write nothing but to the store's manifests.
    """

    link_mode: LinkMode = LinkMode.AUTO
    connections: int = 4
    allow_withdrawn: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where bytes come from and go to.

    Attributes:
        mirrors: makes the mirrors when they are needed.
        blobs: what the index told of manifests and layouts, by digest.
        current_layout: the layout that the index names today, for when the lock's bundles are gone; None where no
            index may be asked.
    """

    store: Store
    data: Path
    opener: "Opener"
    mirrors: "Callable[[], Mirrors]"
    blobs: "Mapping[Digest, Blob]" = field(default_factory=dict)
    current_layout: "Callable[[LockedPack], Blob | None]" = lambda _: None


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the caller knows or does at certain points of an install.

    Attributes:
        revoked: what is known to be withdrawn from the index of a pack; asked again with True when something is to be
            fetched, so that the caller can ask the index first.
        before_placing: called when every byte is in the store and nothing has changed in the project yet.
    """

    revoked: "Callable[[LockedPack, bool], Revocations]"
    before_placing: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Report:
    """What an install did, or would do.

    Attributes:
        instances: the files that the packs have in the data folder.
        size: their bytes.
        placed: how many files were put there now.
        removed: how many were taken away.
        shared: contents, of those placed, that the store had already.
        fetched: what came over the wire, if anything did.
        missing: contents that a dry run found missing, and their bytes.
        edited: files that someone changed, left as they are.
        folders: every folder below the data folder that holds instances.
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


def install(packs: Sequence[LockedPack], places: Places, options: Options, progress: Progress, hooks: Hooks) -> Report:
    """Make the data folder hold exactly these packs.

    Args:
        packs: from the lock.
        places: where bytes come from and go to.
        options: how.
        progress: told how far it has come.
        hooks: what the caller knows or does on the way.

    Raises:
        PolicyError: something was withdrawn.
        IntegrityError: bytes are wrong and no mirror has them right.
        NotOnMirrorsError: no mirror has them.
        ZooError: a file is in the way, or cannot be written.
    """
    folder = StateFolder(places.data)
    places.store.recover()
    return _Install(packs, places, options, progress, folder).run(hooks)


class _Install:
    """One run, step by step."""

    def __init__(
        self, packs: Sequence[LockedPack], places: Places, options: Options, progress: Progress, folder: StateFolder
    ) -> None:
        self._packs = packs
        self._places = places
        self._options = options
        self._progress = progress
        self._folder = folder
        self._contents = Contents(places.store, places.mirrors, places.blobs)
        self._tree = Tree(places.data, places.store.objects)

    def run(self, hooks: Hooks) -> Report:
        manifests = {pack.manifest: self._contents.manifest(pack) for pack in self._packs}
        placed = tuple(Placed(folder_of(pack.name), pack) for pack in self._packs)
        files = {each: placed_files(each, manifests[each.pack.manifest]) for each in placed}
        self._refuse_withdrawn(files, hooks, fetching=False)
        wanted = {path: want for pack in files.values() for path, want in pack.items()}
        state = self._folder.read()
        plan = self._plan(wanted, state, files)
        missing = self._missing(plan)
        new = {want.digest for want in (*plan.link.values(), *plan.replace.values())}
        fetched: Fetched | None = None
        if missing:
            self._refuse_withdrawn(files, hooks, fetching=True)
        if self._options.dry_run:
            self._contents.check()
        else:
            # The session ends with one flush of the file system, before anything is recorded as done.
            with self._session(missing) as session:
                if session:
                    fetched = self._fetch(missing, session)
                    session.begin_flush()  # goes on while files are placed
                self._contents.check()
                hooks.before_placing()
                self._apply(plan, state, placed, manifests)
            self._folder.make_root()
            self._folder.write(State(placed, (), self._mode(state), self._places.store.identity), manifests)
        return Report(
            instances=len(wanted),
            size=sum(want.size for want in wanted.values()),
            placed=len(plan.link) + len(plan.replace),
            removed=len(plan.remove),
            shared=len(new) - len(missing),
            fetched=fetched,
            missing=(len(missing), sum(missing.values())),
            edited=plan.edited,
            folders=frozenset(path.rpartition("/")[0] for path in wanted),
        )

    def _refuse_withdrawn(self, files: Mapping[Placed, Mapping[str, Wanted]], hooks: Hooks, *, fetching: bool) -> None:
        for placed, wanted in files.items():
            pack = placed.pack
            reason = None if self._options.allow_withdrawn else _withdrawn(pack, wanted, hooks.revoked(pack, fetching))
            if reason is not None:
                raise PolicyError(
                    f"{pack.name.short} {pack.version} was withdrawn: {reason}",
                    hint="Choose another version (zoopkg info NAME lists them), or pass --allow-withdrawn if you must.",
                )

    def _plan(self, wanted: Mapping[str, Wanted], state: State, files: Mapping[Placed, Mapping[str, Wanted]]) -> Plan:
        owned = owned_files(self._folder, state, files)
        folders = {each.folder for each in (*files, *state.placed, *state.pending)}
        doubtful = bool(state.pending) or state.store != self._places.store.identity
        found = self._tree.observe(wanted, owned, folders, doubtful=doubtful)
        plan = make_plan(wanted, owned, found, relink=self._mode(state) is not state.mode and bool(state.placed))
        if plan.foreign:
            more = f" (and {len(plan.foreign) - 1} more)" if len(plan.foreign) > 1 else ""
            raise PolicyError(
                f"{self._tree.path(plan.foreign[0])}{more} is in the way:"
                " zoopkg did not put it there, or it was changed since",
                hint="Move it away, or choose another folder with --dest.",
            )
        return plan

    def _mode(self, state: State) -> LinkMode:
        """The link mode that was asked for now, else the one that the folder was filled by."""
        return self._options.link_mode if self._options.link_mode is not LinkMode.AUTO else state.mode

    def _missing(self, plan: Plan) -> dict[Digest, int]:
        """The contents to be placed that the store does not hold, with their sizes."""
        objects = self._places.store.objects
        sizes = {want.digest: want.size for want in (*plan.link.values(), *plan.replace.values())}
        with explaining(f"read the store {self._places.store.root}"):
            return {digest: size for digest, size in sizes.items() if not objects.holds(digest, size)}

    def _session(self, missing: Mapping[Digest, int]) -> "AbstractContextManager[Session | None]":
        return self._places.store.session(missing.keys()) if missing else nullcontext()

    def _fetch(self, missing: Mapping[Digest, int], session: "Session") -> "Fetched":
        try:
            return self._fetch_by([self._contents.layout(pack, missing) for pack in self._packs], missing, session)
        except OfflineError:
            raise
        except NotOnMirrorsError as error:
            current = [(pack, self._places.current_layout(pack)) for pack in self._packs]
            if all(blob is None or blob.digest == pack.layout for pack, blob in current):
                raise
            self._progress.warn(f"{error.message}; asking the index where it lies today")
        left = {digest: size for digest, size in missing.items() if not self._places.store.objects.holds(digest, size)}
        layouts = [self._contents.layout(pack, left, blob.digest if blob else None) for pack, blob in current]
        return self._fetch_by(layouts, left, session)

    def _fetch_by(self, layouts: "Sequence[Layout]", missing: Mapping[Digest, int], session: "Session") -> "Fetched":
        from zoopkg.install.fetch import Fetcher  # noqa: PLC0415
        from zoopkg.install.ranges import plan_requests  # noqa: PLC0415

        requests, unknown = plan_requests(layouts, missing)
        if unknown:
            raise NotOnMirrorsError(
                f"no layout tells where {len(unknown)} of the contents lie, {min(unknown)} for one",
                hint="Tell the maintainers of the pack: its layout is incomplete.",
            )
        self._progress.begin("Fetching", sum(request.span.length for request in requests))
        fetcher = Fetcher(
            self._places.opener, self._places.mirrors(), session, self._progress, self._options.connections
        )
        with explaining(f"write to the store {self._places.store.root}"):
            return fetcher.fetch(requests, self._contents.check)

    def _apply(self, plan: Plan, state: State, placed: tuple[Placed, ...], manifests: Mapping[Digest, bytes]) -> None:
        if plan.is_empty:
            return
        known = dict(manifests) | {
            each.pack.manifest: data
            for each in (*state.placed, *state.pending)
            if (data := self._folder.manifest(each.pack)) is not None
        }
        self._folder.make_root()
        pending = tuple(dict.fromkeys((*state.pending, *placed)))
        self._folder.write(replace(state, pending=pending), known)
        with self._folder.scratch() as scratch:
            linker = Linker(self._mode(state), self._places.store.objects.root, scratch)
            self._progress.begin("Placing", len(plan.link) + len(plan.replace))
            self._tree.apply(plan, linker, self._progress.advance)
        if linker.mode in (LinkMode.COPY, LinkMode.REFLINK):
            with explaining(f"flush {self._places.data}"):
                flush_filesystem(self._places.data)  # these have data of their own, perhaps on another disk


def _withdrawn(pack: LockedPack, files: Mapping[str, Wanted], revoked: "Revocations") -> str | None:
    """Why a pack or one of its instances was withdrawn, None where it was not."""
    reason = revoked.manifests.get(pack.content)
    if reason is None and revoked.instances:
        return next((revoked.instances[w.digest] for w in files.values() if w.digest in revoked.instances), None)
    return reason
