"""The whole check of an index: what a client would find in it, whether its documents agree, and the blobs they promise.

Trusts nothing from before: begins at the root, in a state of its own that is thrown away. Mends nothing. Bundles are
hashed; whoever passes another way to check them may look into them (`zoopkg.pack.audit` does).
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from zoopkg.errors import ZooError
from zoopkg.index.blobs import BlobPlace, describe
from zoopkg.index.catalog import decode_catalog
from zoopkg.index.client import IndexClient
from zoopkg.index.entry import PackEntry
from zoopkg.index.location import Location, locate
from zoopkg.index.upkeep import dates, root_gaps, unlisted
from zoopkg.model import layout as layouts
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Layout
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Release, Revocations, catalog
from zoopkg.transport.file import FileOpener
from zoopkg.transport.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of an index, and what there is to say about it."""

    what: str
    why: str


CheckBundles = Callable[[PackName, Sequence[Layout]], Iterable[Finding]]
"""What is wrong with the bundles that the layouts of a pack lead to."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to.

    Attributes:
        findings: what is wrong.
        notes: what a maintainer should know though it is not wrong.
        records: the records that could be read, by namespace.
        revoked: what each namespace withdrew.
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    revoked: dict[str, Revocations] = field(default_factory=dict)


def verify(idx: Path, now: datetime, root: Path | None = None) -> tuple[Finding, ...]:
    """All that is wrong with an index folder; nothing where a client would find it whole.

    Args:
        idx: the folder.
        now: this machine's clock, UTC.
        root: the file of the root to trust it by; its own first root by default.

    Raises:
        UsageError: the folder holds no index, or there is no such root file.
        IntegrityError: the root file is too large to be one.
    """
    location = locate(str(idx), root)
    place = BlobPlace(Mirror.parse(location.urls[0]), FileOpener())
    return tuple(examine(location, place, now, idx, _Hashing(place)).findings)


def examine(  # noqa: PLR0913, PLR0917  (what to look at, and how)
    location: Location,
    place: BlobPlace,
    now: datetime,
    folder: Path | None,
    check_bundles: CheckBundles,
    listed: Callable[[MirrorList], Iterable[Mirror]] = lambda _: (),
) -> Report:
    """Check an index from its root on.

    Args:
        location: where it is, and by which root to trust it.
        place: where its blobs are.
        now: this machine's clock, UTC.
        folder: its folder, None where it is elsewhere and cannot be listed.
        check_bundles: told the layouts of each pack.
        listed: which of the mirrors that the index signs may be asked for blobs that the place does not have.
    """
    with tempfile.TemporaryDirectory() as state:
        urls = location.urls
        client = IndexClient(Path(state), location.root, urls, place.opener, now=lambda: now, namespaces=())
        examination = _Examination(client, place, folder, check_bundles, listed)
        examination.run()
    report = examination.report
    if folder and report.revoked:
        report.findings.extend(Finding("root", why) for why in root_gaps(folder, location.root))
        try:
            report.notes.extend(Finding(role, why) for role, why in dates(folder, now))
        except ZooError as error:  # a root that no client takes, say, though its number is the highest
            report.findings.append(Finding("index", error.message))
    return report


class _Hashing:
    """Hashes each bundle once."""

    def __init__(self, place: BlobPlace) -> None:
        self._place = place
        self._seen: set[Digest] = set()

    def __call__(self, _: PackName, some: Sequence[Layout]) -> Iterator[Finding]:
        for blob in {bundle.blob.digest: bundle.blob for layout in some for bundle in layout.bundles}.values():
            if blob.digest not in self._seen:
                self._seen.add(blob.digest)
                try:
                    self._place.check(blob)
                except ZooError as error:
                    yield Finding(blob.name, error.message)


class _Examination:
    """One run over an index, namespace by namespace, pack by pack."""

    def __init__(
        self,
        client: IndexClient,
        place: BlobPlace,
        folder: Path | None,
        check_bundles: CheckBundles,
        listed: Callable[[MirrorList], Iterable[Mirror]],
    ) -> None:
        self._client = client
        self._place = place
        self._folder = folder
        self._check_bundles = check_bundles
        self._listed = listed
        self.report = Report()

    def run(self) -> None:
        try:
            self._client.refresh()
            self._place.others.extend(self._listed(self._client.mirrors()))
        except ZooError as error:
            self._find("index", error.message)
            return
        for namespace in self._client.namespaces():
            try:
                self.report.revoked[namespace] = self._client.revocations(namespace)
            except ZooError as error:
                self._find(namespace, error.message)
        for namespace in self.report.revoked:
            self._namespace(namespace)

    def _find(self, what: str, why: str) -> None:
        self.report.findings.append(Finding(what, why))

    def _note(self, what: str, why: str) -> None:
        self.report.notes.append(Finding(what, why))

    def _namespace(self, namespace: str) -> None:
        try:
            entries = self._client.catalog(namespace)
        except ZooError as error:
            self._find(namespace, error.message)
            return
        records = self.report.records[namespace] = []
        for entry in entries:
            try:
                record = self._client.record(entry.name)
            except ZooError as error:
                self._find(str(entry.name), error.message)
                continue
            if record is None:
                self._find(str(entry.name), "the catalog lists it, and the index has no record of it")
                continue
            records.append(record)
            stated = decode_catalog(catalog({record.name: record}), "the catalog that follows")
            if stated != (entry,):
                self._find(str(entry.name), "the catalog says something else than the record")
            self._record(record)
        if self._folder:
            for name in unlisted(self._folder, namespace, {str(entry.name) for entry in entries}):
                self._find(name, "the catalog does not list it, and the index has a record of it")

    def _record(self, record: Record) -> None:
        gone = self.report.revoked[record.name.namespace].manifests
        some = []
        for release in record.releases:
            if release.content in gone:
                if not release.yanked:
                    self._note(f"{record.name} {release.version}", "was withdrawn, and resolution may still choose it")
                continue
            layout = self._release(record, release)
            if layout:
                some.append(layout)
        self.report.findings.extend(self._check_bundles(record.name, some))

    def _release(self, record: Record, release: Release) -> Layout | None:
        """Check a release's documents; where its contents lie, if that could be told."""
        what = f"{record.name} {release.version}"
        own = self.report.revoked[record.name.namespace].instances
        try:
            described = describe(PackEntry(record.name, release, record.texts), self._place.read, own)
        except ZooError as error:
            self._find(what, error.message)
            return None
        if release.facets and dict(release.facets) != described.facets:
            self._note(what, "the facets of its record are not those that this zoopkg counts in its manifest")
        for namespace, revoked in self.report.revoked.items():
            placed = {member.digest for member in layouts.members(described.layout)} & revoked.instances.keys()
            if placed:
                self._find(what, f"its layout still leads to {min(placed)}, which {namespace} withdrew")
        return described.layout
