"""The auditor's check of an index: every block of every bundle decompressed, every content hashed; and what lies about.

`zoopkg.index.verify` checks what is signed and how it agrees; this looks into bundles, in bounded memory, and for bytes
that were withdrawn and are still there. Mends nothing.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from blake3 import blake3

from zoopkg.errors import IntegrityError, ZooError
from zoopkg.index.blobs import BlobPlace, hashed, refuse_other
from zoopkg.index.location import is_url, locate
from zoopkg.index.verify import Finding, Report, examine
from zoopkg.install.frames import Stream, write_block
from zoopkg.install.index_mirrors import usable
from zoopkg.install.progress import Progress
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Bundle, Layout, united
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList
from zoopkg.model.text import plural, printable
from zoopkg.pack.holdings import Holdings
from zoopkg.pack.prune import Why, plan_pruning
from zoopkg.transport.base import Opener
from zoopkg.transport.mirror import Mirror

_PIECE = 1 << 20
_OURS = re.compile(r"\..*|timestamp\.json|[0-9]+\.[^.]+\.json|[0-9a-f]{64}\.(?:.*\.json|manifest|layout|bundle)")


@dataclass(frozen=True, slots=True)
class Auditor:
    """What looks into an index.

    Attributes:
        opener: how to reach it.
        progress: told of bytes as they are read.
        jobs: how many bundles to look into at once.
    """

    opener: Opener
    progress: Progress
    jobs: int

    def audit(self, text: str, root: Path | None, now: datetime) -> Report:
        """Check an index and everything in it.

        Args:
            text: its folder, or its URL.
            root: the file of the root to trust it by; the folder's own first root by default.
            now: this machine's clock, UTC.

        Raises:
            UsageError: there is no index, or no root to trust it by.
        """
        location = locate(text, root)
        place = BlobPlace(Mirror.parse(location.urls[0]), self.opener)
        folder = None if is_url(text) else Path(text)
        look = _Look(place, self.progress, self.jobs)

        def listed(mirrors: MirrorList) -> list[Mirror]:
            return [] if folder else usable(text, mirrors.templates, location.urls, self.progress.warn)

        report = examine(location, place, now, folder, look, listed)
        report.notes.extend(look.shared())
        if folder:
            _look_about(report, Holdings(report.records, report.revoked, place.read, folder))
        return report


def _look_about(report: Report, holdings: Holdings) -> None:
    """Find withdrawn bytes, needed or not, and tell what else lies in the folder that no release needs."""
    try:
        pruning = plan_pruning(holdings, unreferenced=True)
    except ZooError:  # a document is missing or wrong, which was told
        return
    for name, held in pruning.kept:
        why = f"holds something withdrawn, and {held} still needs it; `zoopkg index withdraw` repacks"
        report.findings.append(Finding(name, why))
    for each in pruning.useless:
        if each.why is Why.WITHDRAWN:
            what = "holds something withdrawn" if each.kind is BlobKind.BUNDLE else "tells of something withdrawn"
            report.findings.append(Finding(each.path.name, f"{what}; `zoopkg index prune` deletes it"))
    if others := [each.path.name for each in pruning.useless if each.why is Why.UNNEEDED]:
        why = f"{others[0]} for one; `zoopkg index prune --unreferenced` deletes that"
        report.notes.append(Finding(f"{plural(len(others), 'blob')} that no release needs", why))
    assert holdings.folder
    for path in sorted(holdings.folder.iterdir()):
        if path.is_file() and not _OURS.fullmatch(path.name):
            report.notes.append(Finding(printable(path.name), "no file of an index"))


class _Look:
    """Looks into the bundles of one pack after the other."""

    def __init__(self, place: BlobPlace, progress: Progress, jobs: int) -> None:
        self._place = place
        self._progress = progress
        self._jobs = jobs
        self._namespaces: dict[Digest, set[str]] = {}

    def shared(self) -> Iterator[Finding]:
        """The bundles that several namespaces use, so that what one of them withdraws another one still serves."""
        for digest, namespaces in self._namespaces.items():
            if len(namespaces) > 1:
                yield Finding(f"{digest.hex}.{BlobKind.BUNDLE}", f"shared by {' and '.join(sorted(namespaces))}")

    def __call__(self, name: PackName, some: Sequence[Layout]) -> Iterator[Finding]:
        bundles = united(bundle for layout in some for bundle in layout.bundles)
        for bundle in bundles:
            self._namespaces.setdefault(bundle.blob.digest, set()).add(name.namespace)
        self._progress.begin("Checking", sum(bundle.blob.size for bundle in bundles))
        with ThreadPoolExecutor(self._jobs) as executor:
            for findings in executor.map(self._findings, bundles):
                yield from findings

    def _findings(self, bundle: Bundle) -> list[Finding]:
        return [Finding(bundle.blob.name, why) for why in self._faults(bundle)]

    def _faults(self, bundle: Bundle) -> Iterator[str]:
        hasher = BlobHasher()
        try:
            with self._place.open(bundle.blob) as body:
                stream = Stream(self._counted(hashed(body, hasher)), 0)
                for block in bundle.blocks:
                    yield from _block_faults(stream, block)
                while stream.some(_PIECE):
                    pass
            refuse_other(hasher, bundle.blob)
        except ZooError as error:
            yield error.message

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress.advance(len(piece))
            yield piece


def _block_faults(stream: Stream, block: Block) -> Iterator[str]:
    overlap = any(one.place + one.size > other.place for one, other in pairwise(block.members))
    if overlap or stream.position > block.offset:
        yield f"the block at {block.offset}: layouts disagree about where it, or something in it, ends"
        return
    try:
        write_block(stream, block, _Judge())
    except IntegrityError as error:
        yield f"the block at {block.offset}: {error.message}"


class _Judge:
    """Takes contents and keeps none: only whether they are right."""

    def put(self, digest: Digest, data: bytes | memoryview) -> None:
        """Judge a content that is whole."""
        if blake3(data).digest() != digest.raw:
            raise IntegrityError(f"it does not hold {digest} where a layout says so")

    def writer(self, digest: Digest) -> "_Hashing":
        """What judges a content that comes in pieces."""
        return _Hashing(digest)


class _Hashing:
    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._hasher = blake3()

    def __enter__(self) -> Self:
        return self

    def write(self, data: bytes | memoryview) -> None:
        self._hasher.update(data)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._hasher.digest() != self._digest.raw:
            raise IntegrityError(f"it does not hold {self._digest} where a layout says so")
