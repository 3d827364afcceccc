"""Copying an index and its blobs to a place: verified before it is put, in order, nothing removed unasked.

    sync(Source(…), open_place("mirror"), Wish(), Silent(), spool)

Interrupted at any moment, it leaves the place with the old state or the new one; the next run completes it, and puts
nothing again that is there. `zoopkg.mirror.plan` tells of the order.
"""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

from zoopkg.errors import IntegrityError, NotOnMirrorsError, PolicyError, UsageError, ZooError
from zoopkg.index.published import Moment, Published, Standing
from zoopkg.install.progress import Progress
from zoopkg.mirror.carrier import Carrier
from zoopkg.mirror.parallel import in_parallel
from zoopkg.mirror.place import STAGED, ConflictError, File, Place, Seen
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.mirror.plan import Item, Plan, plan, superfluous
from zoopkg.mirror.source import Reader, Source
from zoopkg.model.version import Spec
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

_ENOUGH = 10
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What to copy, and how.

    Attributes:
        specs: select releases, all where there are none; metadata and documents are copied whole.
        delete: remove what the new state does not need.
        dry_run: say what would be done.
        at_once: how many transfers.
    """

    specs: tuple[Spec, ...] = ()
    delete: bool = False
    dry_run: bool = False
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, or would be.

    Attributes:
        copied: the files that were put.
        present: how many were there before.
        removed: the names that were removed.
        moment: of the timestamp that the place serves; None where it holds none.
        renewed: whether its timestamp was replaced.
    """

    copied: tuple[File, ...]
    present: int
    removed: tuple[str, ...]
    moment: Moment | None
    renewed: bool

    @property
    def size(self) -> int:
        """Bytes that were put."""
        return sum(file.size for file in self.copied)


def sync(source: Source, place: Place, wish: Wish, progress: Progress, spool: Path | None = None) -> Report:
    """Have a place hold what a source has.

    Args:
        source: the index.
        place: where to.
        wish: what of it.
        progress: told how far it has come.
        spool: the folder for blobs on their way; a temporary one by default.

    Raises:
        UsageError: the place is the source, or nothing can be removed there.
        IntegrityError: something fails verification, or the place has a newer state than the source.
        PolicyError: the place holds another index, or is to be cleared, and an edited state of the index lies there.
        NotOnMirrorsError: something cannot be had, or the place cannot be reached; also told where all else was copied.
        ConflictError: somebody else wrote another state there meanwhile.
    """
    if place.template in {mirror.template for mirror in source.own_mirrors}:
        raise UsageError("the index cannot be copied to where it is", hint="Name another place.")
    if wish.delete and not place.holds_metadata:
        raise UsageError("what lies there has no names to be removed by", hint="Leave out --delete.")
    if wish.delete and isinstance(place, FolderPlace) and place.is_edited():
        raise PolicyError(
            f"a next state of the index is in '{place.folder / STAGED}', and may need what the present one does not",
            hint="Leave out --delete, or publish first; for blobs there is `zoopkg index prune`.",
        )
    with tempfile.TemporaryDirectory(prefix="zoopkg-sync-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        published = source.take(folder, wish.at_once)
        seen = _seen(place, published) if place.holds_metadata else None
        job = _Job(source, place, wish, progress, spool or folder, source.mirrors_by(published))
        wanted = job.reader(published, folder).wanted(wish.specs, wish.at_once, job.stop, others=wish.delete)
        if wish.delete and not wanted.whole:
            raise IntegrityError(
                "nothing is removed, since not every record and layout of the index could be read",
                hint="Leave out --delete, and report it to the index's maintainers.",
            )
        return job.run(published, plan(published, wanted, metadata=place.holds_metadata), seen)


def _seen(place: Place, published: Published) -> Seen | None:
    """The timestamp that the place has, if it may be followed by that of a state."""
    seen = place.timestamp()
    if seen is None:
        return None
    standing = published.standing(seen.data)
    if standing is Standing.FOREIGN:
        raise PolicyError(
            "the mirror holds another index, or a state of this one that a newer root signs",
            hint="Name another place; if its timestamp.json was damaged, remove that, then try again.",
        )
    if standing in (Standing.NEWER, Standing.FORKED):
        theirs, ours = Moment.of(seen.data), Moment.of(published.timestamp.path.read_bytes())
        assert theirs
        assert ours
        raise IntegrityError(
            f"the mirror has timestamp {theirs.version}, {standing.value}, and the source has {ours.version}",
            hint="A mirror never goes back. Copy from where the index is newest.",
        )
    return seen


def _may_follow(published: Published, present: Collection[str]) -> bool:
    """Whether clients of a place take a state by the newest root that is there, so that newer ones may come after."""
    there = [root for root in published.roots if root.name in present]
    return bool(there) and published.is_good_by(there[-1])


class _Job:
    """One run."""

    def __init__(  # noqa: PLR0913, PLR0917  (a run's settings)
        self, source: Source, place: Place, wish: Wish, progress: Progress, spool: Path, mirrors: Sequence[Mirror]
    ) -> None:
        self._opener = source.opener
        self._mirrors = mirrors
        self._place = place
        self._wish = wish
        self._progress = progress
        self._spool = spool
        self._lock = Lock()
        self._failures: list[ZooError] = []
        self._quiet = True
        self.stop = Event()

    def _carrier(self, spool: Path, mirrors: Sequence[Mirror]) -> Carrier:
        where = Mirrors(mirrors, self._opener, warn=self._progress.warn)
        return Carrier(self._opener, where, spool, self.stop, self._came)

    def _came(self, count: int, mirror: str) -> None:
        if not self._quiet:
            self._progress.advance(count, mirror)

    def reader(self, published: Published, scratch: Path) -> Reader:
        """Reads records and layouts: from the place itself where that is a folder, which saves the network."""
        own = self._place.template
        copy = self._carrier(scratch, [Mirror.parse(own)]) if own.startswith("file:") else None
        return Reader(published, self._carrier(scratch, self._mirrors), self._progress.warn, copy)

    def run(self, published: Published, whole: Plan, seen: Seen | None) -> Report:
        """Put what is missing, then the timestamp, then remove what is not needed."""
        timestamp = published.timestamp.path.read_bytes()
        files = {item.file for item in whole.items}
        present = self._place.survey(files)
        copied = tuple(item.file for item in whole.missing(present).items)
        renewed = self._place.holds_metadata and (seen is None or seen.data != timestamp)
        moment = Moment.of(timestamp) if self._place.holds_metadata else None
        if self._wish.dry_run:
            return Report(copied, len(files) - len(copied), tuple(self._superfluous(whole)), moment, renewed)
        follow = seen is not None and _may_follow(published, {file.name for file in present})
        self._put_all(whole.before_timestamp if follow else whole, present)
        if renewed:
            self._replace(published, timestamp, seen)
        if follow:
            self._put_all(whole.after_timestamp, present)
        removed = self._superfluous(whole)
        if removed:
            self._remove(removed, timestamp)
        return Report(copied, len(files) - len(copied), tuple(removed), moment, renewed)

    def _superfluous(self, whole: Plan) -> list[str]:
        return superfluous(self._place.names(), whole.needed) if self._wish.delete else []

    def _put_all(self, wanted: Plan, present: set[File]) -> None:
        """Put what is not there until all is: another process may remove what it takes for superfluous."""
        files = {item.file for item in wanted.items}
        for _ in range(_ROUNDS):
            missing = wanted.missing(present)
            with self._telling(missing):
                self._put(missing)
            self._place.reveal()
            if not any(missing.items):
                return
            present = self._place.survey(files)
        raise ZooError("files vanish as soon as they are put there", hint="Is another process removing them?")

    @contextmanager
    def _telling(self, missing: Plan) -> Iterator[None]:
        total = sum(item.file.size for item in missing.items if item.blob)
        if total:
            self._progress.begin("Copying", total)
        self._quiet = not total
        try:
            yield
        finally:
            self._quiet = True

    def _put(self, missing: Plan) -> None:
        carrier = self._carrier(self._spool, self._mirrors)
        for stage in (*missing.stages, *((root,) for root in missing.roots)):
            in_parallel(lambda item: self._put_one(carrier, item), stage, self._wish.at_once, self.stop)
            if self._failures:
                raise self._failed()

    def _put_one(self, carrier: Carrier, item: Item) -> None:
        if item.path is not None:
            self._place.put(item.file, item.path)
            return
        assert item.blob
        try:
            taken = carrier.take(item.blob)
        except (IntegrityError, NotOnMirrorsError) as error:
            with self._lock:
                self._failures.append(error)
                if len(self._failures) >= _ENOUGH:
                    self.stop.set()
            return
        with taken as path:
            self._place.put(item.file, path)

    def _failed(self) -> ZooError:
        """The error for files that no mirror had right, all others of their kind having been copied."""
        worst = next((error for error in self._failures if isinstance(error, IntegrityError)), self._failures[0])
        kind = IntegrityError if isinstance(worst, IntegrityError) else NotOnMirrorsError
        others = f", nor {len(self._failures) - 1} others" if len(self._failures) > 1 else ""
        return kind(
            f"{worst.message}{others}",
            hint="The mirror keeps its old state, and what was copied. Try again, or name a further --mirror.",
        )

    def _remove(self, names: Collection[str], timestamp: bytes) -> None:
        """Remove names, unless somebody has published since what may need them."""
        seen = self._place.timestamp()
        if seen is None or seen.data != timestamp:
            raise ConflictError("somebody else published there meanwhile: nothing is removed", hint="Run it again.")
        self._place.remove(names)

    def _replace(self, published: Published, timestamp: bytes, seen: Seen | None) -> None:
        """Put the new timestamp; somebody who was faster with the same one, or with an older one, is no conflict."""
        for _ in range(_ROUNDS):
            try:
                self._place.replace_timestamp(timestamp, seen)
            except ConflictError:
                seen = self._place.timestamp()
                if seen and seen.data == timestamp:
                    return
                if seen and published.standing(seen.data) is not Standing.OLDER:
                    raise
            else:
                return
        raise ConflictError("the mirror's timestamp changes all the time", hint="Run the same again.")
