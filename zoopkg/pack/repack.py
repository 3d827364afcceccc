"""New bundles for what lies beside withdrawn contents, and layouts that lead to them. Deletes nothing, signs nothing.

A bundle is never rewritten: whatever of it is still wanted goes into new ones, by the rules that `pack build` follows,
and the layouts of all releases that used it are written anew. Manifests, and so identities, stay as they are.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zoopkg.errors import IntegrityError, NotOnMirrorsError, explaining
from zoopkg.install.fetch import Fetcher
from zoopkg.install.progress import Progress
from zoopkg.install.ranges import plan_requests
from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Bundle, Layout
from zoopkg.pack.blocks import Piece, arrange
from zoopkg.pack.bundles import BundleWriter
from zoopkg.pack.documents import compress, write_blob
from zoopkg.pack.holdings import Held, Holdings
from zoopkg.store.flush import flush_file, flush_filesystem
from zoopkg.store.store import Store
from zoopkg.transport.base import Opener
from zoopkg.transport.mirrors import Mirrors

_SCRATCH = ".repacking"


@dataclass(frozen=True, slots=True)
class Affected:
    """A release whose layout has to change.

    Attributes:
        keeps: its part of the bundles that stay as they are.
        leaves: its part of those that it leaves, without what is dead.
    """

    held: Held
    keeps: tuple[Bundle, ...]
    leaves: tuple[Bundle, ...]


@dataclass(frozen=True, slots=True)
class Repacking:
    """What is to be bundled anew in a namespace.

    Attributes:
        affected: the releases whose layouts change, by name and version.
        pieces: the contents that go into new bundles, by the first release that has them.
    """

    affected: tuple[Affected, ...]
    pieces: Mapping[Held, Sequence[Piece]]

    @property
    def sizes(self) -> dict[Digest, int]:
        """The contents that go into new bundles, with their bytes."""
        return {piece.digest: piece.size for pieces in self.pieces.values() for piece in pieces}


def plan_repacking(
    holdings: Holdings, live: Sequence[Held], tainted: Collection[Digest], dead: Collection[Digest]
) -> Repacking:
    """Find the releases that use tainted bundles, and what of these has to be bundled anew.

    Args:
        holdings: the index.
        live: the releases of a namespace that stay, by name and version.
        tainted: bundles that hold something dead.
        dead: contents that no layout may place any more.
    """
    affected = [each for held in live if tainted and (each := _affected(holdings, held, tainted, dead))]
    pieces: dict[Held, list[Piece]] = {}
    placed: set[Digest] = set()
    for each in affected:
        left = {member.digest for member in layouts.members(Layout(each.leaves))} - placed
        if left:
            pieces[each.held] = _pieces(holdings, each.held, left)
            placed |= left
    return Repacking(tuple(affected), pieces)


def _affected(holdings: Holdings, held: Held, tainted: Collection[Digest], dead: Collection[Digest]) -> Affected | None:
    bundles = holdings.layout(held).bundles
    left = [bundle for bundle in bundles if bundle.blob.digest in tainted]
    if not left:
        return None
    keeps = tuple(bundle for bundle in bundles if bundle.blob.digest not in tainted)
    elsewhere = {member.digest for member in layouts.members(Layout(keeps))}
    return Affected(held, keeps, tuple(_without(bundle, {*dead, *elsewhere}) for bundle in left))


def _without(bundle: Bundle, contents: Collection[Digest]) -> Bundle:
    blocks = [
        replace(block, members=tuple(member for member in block.members if member.digest not in contents))
        for block in bundle.blocks
    ]
    return Bundle(bundle.blob, tuple(block for block in blocks if block.members))


def _pieces(holdings: Holdings, held: Held, wanted: set[Digest]) -> list[Piece]:
    pieces: dict[Digest, Piece] = {}
    for instance in holdings.manifest(held):
        if instance.digest in wanted and instance.digest not in pieces:
            series = str(instance.facets.get("series", ""))
            pieces[instance.digest] = Piece(instance.digest, instance.size, instance.path, series)
    return list(pieces.values())


class Repacker:
    """Carries out a repacking within an index folder.

    Args:
        out: the index folder, where new blobs go.
        opener: how to reach mirrors.
        mirrors: where bundles are, the folder itself first.
        progress: told how far it has come.
        jobs: how many blocks to compress, and how many downloads to have under way, at once.
    """

    def __init__(self, out: Path, opener: Opener, mirrors: Mirrors, progress: Progress, jobs: int) -> None:
        self._out = out
        self._opener = opener
        self._mirrors = mirrors
        self._progress = progress
        self._jobs = jobs

    def run(self, repacking: Repacking) -> dict[Held, Blob]:
        """Write new bundles, and the new layout of each affected release. The same plan gives the same blobs.

        Raises:
            IntegrityError: what has to be bundled anew is wrong wherever it lies.
            NotOnMirrorsError: it is nowhere.
            ZooError: the folder cannot be written.
        """
        scratch = self._out / _SCRATCH
        try:
            with explaining(f"write into {self._out}"):
                shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
                store, new = Store.open(scratch), scratch / "new"
                new.mkdir()
            self._bring(repacking, store)
            written = self._write(repacking, store, new)
            self._move(new)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return written

    def _bring(self, repacking: Repacking, store: Store) -> None:
        """Have every content that is bundled anew in a store of its own, verified."""
        sizes = repacking.sizes
        requests, unknown = plan_requests((Layout(each.leaves) for each in repacking.affected), sizes)
        if unknown:
            raise IntegrityError(f"no layout tells where {min(unknown)} lies", hint="`zoopkg index verify` tells more.")
        self._progress.begin("Repacking", sum(request.span.length for request in requests))
        with store.session(list(sizes)) as session:
            try:
                Fetcher(self._opener, self._mirrors, session, self._progress, self._jobs).fetch(requests)
            except NotOnMirrorsError as error:
                hint = "Name a place that has it with --mirror, or add releases that need it once more (--repack)."
                raise NotOnMirrorsError(error.message, hint=error.hint or hint) from error

    def _write(self, repacking: Repacking, store: Store, new: Path) -> dict[Held, Blob]:
        where: dict[Digest, Bundle] = {}
        for held, pieces in repacking.pieces.items():
            writer = BundleWriter(lambda piece: store.objects.path(piece.digest), new, origin_of(held), self._jobs)
            for bundle in writer.write(arrange(pieces)):
                where |= dict.fromkeys((member.digest for member in layouts.members(Layout((bundle,)))), bundle)
        return {each.held: _write_layout(each, where, new) for each in repacking.affected}

    def _move(self, new: Path) -> None:
        """Have what is whole in the index folder, bundles before the layouts that lead to them."""
        with explaining(f"write into {self._out}"):
            paths = sorted(new.iterdir(), key=lambda path: path.suffix)
            if not flush_filesystem(new):
                for path in paths:
                    flush_file(path)
            for path in paths:
                path.replace(self._out / path.name)


def origin_of(held: Held) -> str:
    """The release, as what it is the first to carry names it."""
    return f"{held.name.namespace}.{held.name.name}-{held.release.version}"


def _write_layout(affected: Affected, where: Mapping[Digest, Bundle], new: Path) -> Blob:
    wanted = {member.digest for member in layouts.members(Layout(affected.leaves))}
    bundles = {where[digest].blob.digest: where[digest] for digest in wanted}
    fresh = tuple(_only(bundles[digest], wanted) for digest in sorted(bundles))
    text = b"".join(layouts.write(Layout((*affected.keeps, *fresh))))
    return write_blob(new, BlobKind.LAYOUT, compress(text), origin_of(affected.held))


def _only(bundle: Bundle, wanted: Collection[Digest]) -> Bundle:
    others = {member.digest for member in layouts.members(Layout((bundle,)))} - set(wanted)
    return _without(bundle, others)
