"""The whole check of an index folder: what a client would find in it, and whether the blobs it promises are there.

Trusts nothing from before: begins at the root, in a state of its own that is thrown away. Mends nothing.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zoopkg.errors import ZooError
from zoopkg.index.blobs import check_release
from zoopkg.index.client import IndexClient
from zoopkg.index.entry import PackEntry
from zoopkg.index.location import locate
from zoopkg.model.names import PackName
from zoopkg.model.record import Record
from zoopkg.transport.file import FileOpener


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an index: with what of it, and why."""

    what: str
    why: str


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
    with tempfile.TemporaryDirectory() as state:
        client = IndexClient(Path(state), location.root, location.urls, FileOpener(), now=lambda: now, namespaces=())
        return tuple(_findings(client, idx))


def _findings(client: IndexClient, idx: Path) -> Iterator[Finding]:
    try:
        client.refresh()
        client.mirrors()
    except ZooError as error:
        yield Finding("index", error.message)
        return
    for namespace in client.namespaces():
        yield from _namespace_findings(client, idx, namespace)


def _namespace_findings(client: IndexClient, idx: Path, namespace: str) -> Iterator[Finding]:
    try:
        client.revocations(namespace)
        entries = client.catalog(namespace)
    except ZooError as error:
        yield Finding(namespace, error.message)
        return
    for entry in entries:
        try:
            record = client.record(entry.name)
        except ZooError as error:
            yield Finding(str(entry.name), error.message)
            continue
        if record is None:
            yield Finding(str(entry.name), "the catalog lists it, and the index has no record of it")
        else:
            yield from _release_findings(record, idx, entry.name)


def _release_findings(record: Record, idx: Path, name: PackName) -> Iterator[Finding]:
    for release in record.releases:
        try:
            check_release(PackEntry(name, release, record.texts), (idx,))
        except ZooError as error:
            yield Finding(f"{name} {release.version}", error.message)
