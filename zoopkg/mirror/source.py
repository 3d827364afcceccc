"""What mirrors are copied from: a verified state of an index, and the mirrors of its blobs. Writes to no mirror."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from zoopkg.errors import FormatError, IntegrityError, NotOnMirrorsError, ZooError, explaining
from zoopkg.index.location import Location
from zoopkg.index.published import Published
from zoopkg.index.taking import take
from zoopkg.install.index_mirrors import usable
from zoopkg.mirror.carrier import Carrier, Taken
from zoopkg.mirror.parallel import in_parallel
from zoopkg.mirror.selection import Copied, selected
from zoopkg.model import layout
from zoopkg.model.blob import Blob
from zoopkg.model.frame import PIECE, unfolded
from zoopkg.model.version import Spec
from zoopkg.transport.base import Opener
from zoopkg.transport.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Source:
    """An index to copy from.

    Attributes:
        location: its root, and where to ask it.
        opener: how to reach it.
        mirrors: where blobs are, in the order in which to ask, before the index's own place.
        name: what to call the index.
        now: this machine's clock.
        warn: told what a person should know though the work goes on.
    """

    location: Location
    opener: Opener
    mirrors: Sequence[Mirror]
    now: datetime
    warn: Callable[[str], None]
    name: str = "source"

    @property
    def own_mirrors(self) -> list[Mirror]:
        """The index's own place, as a mirror of blobs."""
        return [Mirror.parse(url) for url in self.location.urls]

    @property
    def all_mirrors(self) -> list[Mirror]:
        """The mirrors of the blobs that are known without asking the index, its own place among them."""
        return [*self.mirrors, *self.own_mirrors]

    def mirrors_by(self, published: Published) -> list[Mirror]:
        """The mirrors of the blobs: those that are known, then those that a state signs and that may be asked."""
        try:
            signed = usable(self.name, published.mirrors().templates, self.location.urls, self.warn)
        except ZooError as error:
            self.warn(f"the index '{self.name}' does not name its mirrors: {error.message}")
            signed = []
        return list(dict.fromkeys([*self.all_mirrors, *signed]))

    def take(self, folder: Path, at_once: int) -> Published:
        """The newest state of the index, kept in a folder; what of it has expired is warned of.

        Raises:
            ZooError: it cannot be had, or fails verification.
        """
        published = take(folder, self.location, self.opener, self.now, at_once)
        for role, when in published.expired.items():
            self.warn(f"the {role} metadata of the index expired on {when:%Y-%m-%d}: no client takes it as it is")
        return published


@dataclass(frozen=True, slots=True)
class Wanted:
    """The blobs of an index.

    Attributes:
        blobs: those to copy: bundles, then layouts, then manifests, each once.
        others: the names of those that the index has beside them, as far as it was asked for them.
        whole: whether every record and layout could be read, so that no other blob is any release's.
    """

    blobs: tuple[Blob, ...]
    others: frozenset[str]
    whole: bool


class Reader:
    """Reads what an index says of its blobs.

    Args:
        published: the state of the index.
        carrier: brings layouts.
        warn: told of what no client could read.
        copy: brings those that were copied before; what it lacks is no fault of its mirror.
    """

    def __init__(
        self, published: Published, carrier: Carrier, warn: Callable[[str], None], copy: Carrier | None = None
    ) -> None:
        self._published = published
        self._carrier = carrier
        self._copy = copy
        self._warn = warn
        self._whole = True
        self._bundles: dict[str, tuple[Blob, ...]] = {}

    def wanted(self, specs: Sequence[Spec], at_once: int, stop: Event, *, others: bool) -> Wanted:
        """The blobs that some specs select, all where there are none.

        Args:
            specs: select releases; what these require comes along.
            at_once: how many layouts to ask for at the same time.
            stop: ends the work.
            others: read the layouts of all other releases, too.

        Raises:
            NoResolutionError: a spec selects nothing.
            NotOnMirrorsError: a layout cannot be had.
        """
        packs = {record.name: Copied.all_of(record) for record in self._published.records(self._broken)}
        chosen = selected(packs, specs)
        every = [release for releases in packs.values() for release in releases] if others else chosen
        layouts = {release.layout.name: release.layout for release in every}
        in_parallel(self._read, layouts.values(), at_once, stop)
        blobs = self._blobs(chosen)
        return Wanted(tuple(blobs.values()), frozenset(self._blobs(every).keys() - blobs.keys()), self._whole)

    def _broken(self, message: str) -> None:
        self._whole = False
        self._warn(message)

    def _blobs(self, releases: Sequence[Copied]) -> dict[str, Blob]:
        """All blobs of some releases by name, bundles first."""
        layouts = {release.layout.name: release.layout for release in releases}
        bundles = {bundle.name: bundle for name in layouts for bundle in self._bundles[name]}
        return bundles | layouts | {release.manifest.name: release.manifest for release in releases}

    def _read(self, blob: Blob) -> None:
        """Learn to which bundles a layout leads."""
        with self._take(blob) as path, explaining(f"read '{path}'"), path.open("rb") as file:
            pieces = iter(partial(file.read, PIECE), b"")
            try:
                self._bundles[blob.name] = tuple(layout.read_blobs(unfolded(pieces, blob.name), blob.name))
            except FormatError as error:
                self._bundles[blob.name] = ()
                self._broken(error.message)

    def _take(self, blob: Blob) -> Taken:
        if self._copy:
            with suppress(NotOnMirrorsError, IntegrityError):
                return self._copy.take(blob)
        return self._carrier.take(blob)
