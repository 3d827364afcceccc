"""Supplying the store: of some locked packs, the contents that this machine lacks, each byte fetched once and verified.

Places nothing in a project, and chooses nothing: whoever asks says which contents of which packs it needs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from zoopkg.errors import NotOnMirrorsError, OfflineError, explaining
from zoopkg.install.contents import Contents
from zoopkg.install.progress import Progress
from zoopkg.model.digest import Digest
from zoopkg.project.lock import LockedPack
from zoopkg.store.store import Store

if TYPE_CHECKING:  # what only a download needs is imported when there is one: a warm install starts 60 ms sooner
    from zoopkg.install.fetch import Fetched
    from zoopkg.model.blob import Blob
    from zoopkg.model.layout import Layout
    from zoopkg.store.journal import Session
    from zoopkg.transport.base import Opener
    from zoopkg.transport.mirror import Mirror
    from zoopkg.transport.mirrors import Mirrors


@dataclass(frozen=True)
class Supply:
    """Where bytes come from, and the store that they go to.

    Attributes:
        opener: how to reach mirrors.
        mirrors: makes those of an index, by its name, when they are needed.
        progress: told how far it has come.
        blobs: what the index told of manifests and layouts, by digest.
        current_layout: the layout that the index names today, for when the lock's bundles are gone; None where no
            index may be asked.
        told: asks the index for the manifest and the layout of a locked pack; nothing where no index may be asked.
        connections: how many downloads at once.
    """

    store: Store
    opener: "Opener"
    mirrors: "Callable[[str], Mirrors]"
    progress: Progress
    blobs: "Mapping[Digest, Blob]" = field(default_factory=dict)
    current_layout: "Callable[[LockedPack], Blob | None]" = lambda _: None
    told: "Callable[[LockedPack], Collection[Blob]]" = lambda _: ()
    connections: int = 4

    @cached_property
    def contents(self) -> Contents:
        """The manifests and layouts of packs."""
        return Contents(self.store, self.mirrors, self.blobs, self.told)

    def missing(self, wanted: Mapping[Digest, int]) -> dict[Digest, int]:
        """Those of some contents (with their sizes in bytes) that the store does not hold."""
        objects = self.store.objects
        with explaining(f"read the store {self.store.root}"):
            return {digest: size for digest, size in wanted.items() if not objects.holds(digest, size)}

    def session(self, missing: Mapping[Digest, int]) -> "AbstractContextManager[Session | None]":
        """What makes contents durable when it ends; none where nothing is missing."""
        return self.store.session(missing.keys()) if missing else nullcontext()

    def ensure(self, packs: Sequence[LockedPack], wanted: Mapping[Digest, int]) -> "Fetched | None":
        """Have these contents of these packs in the store.

        Returns:
            What came over the wire, None where nothing had to.

        Raises:
            IntegrityError: bytes are wrong and no mirror has them right.
            NotOnMirrorsError: no mirror has them.
        """
        missing = self.missing(wanted)
        with self.session(missing) as session:
            fetched = self.fetch(packs, missing, session) if session else None
            self.contents.check()
        return fetched

    def fetch(self, packs: Sequence[LockedPack], missing: Mapping[Digest, int], session: "Session") -> "Fetched":
        """Bring what is missing of these packs into the store, within a session.

        Raises:
            IntegrityError: bytes are wrong and no mirror has them right.
            NotOnMirrorsError: no mirror has them.
        """
        try:
            layouts = {pack: self.contents.layout(pack, missing) for pack in packs}
            return self._fetch_by(layouts, missing, session)
        except OfflineError:
            raise
        except NotOnMirrorsError as error:
            current = [(pack, self.current_layout(pack)) for pack in packs]
            if all(blob is None or blob.digest == pack.layout for pack, blob in current):
                raise
            self.progress.warn(f"{error.message}; asking the index where it lies today")
        left = {digest: size for digest, size in missing.items() if not self.store.objects.holds(digest, size)}
        layouts = {pack: self.contents.layout(pack, left, blob.digest if blob else None) for pack, blob in current}
        return self._fetch_by(layouts, left, session)

    def _fetch_by(
        self, layouts: "Mapping[LockedPack, Layout]", missing: Mapping[Digest, int], session: "Session"
    ) -> "Fetched":
        from zoopkg.install.fetch import Fetcher  # noqa: PLC0415
        from zoopkg.install.ranges import plan_requests  # noqa: PLC0415

        requests, unknown = plan_requests(layouts.values(), missing)
        if unknown:
            raise NotOnMirrorsError(
                f"no layout tells where {len(unknown)} of the contents lie, {min(unknown)} for one",
                hint="Tell the maintainers of the pack: its layout is incomplete.",
            )

        def meanwhile() -> None:  # after the fetcher has forked, since a progress display may start a thread
            self.progress.begin("Fetching", sum(request.span.length for request in requests))
            self.contents.check()

        fetcher = Fetcher(self.opener, self._routes(layouts), session, self.progress, self.connections)
        with explaining(f"write to the store {self.store.root}"):
            return fetcher.fetch(requests, meanwhile)

    def _routes(self, layouts: "Mapping[LockedPack, Layout]") -> "Mirrors":
        """The mirrors of each pack's own index, to be asked for that pack's bundles alone, which may be private."""
        mirrors = [self.mirrors(pack.index) for pack in layouts]
        only: dict[Digest, dict[Mirror, None]] = {}
        for each, layout in zip(mirrors, layouts.values(), strict=True):
            for bundle in layout.bundles:
                only.setdefault(bundle.blob.digest, {}).update(dict.fromkeys(each.all))
        return mirrors[0].routed(only)
